"""sanse publish, import and replay: reports into intake."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Annotated, Any, TypeVar

import httpx
import typer
from pydantic_settings import BaseSettings
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from services.cli.context import load_context
from services.cli.doors import http_client
from services.cli.texts import english, say
from services.common import log
from services.common.terms import Language
from services.intake.adapters.files.rows import FileUnreadable
from services.intake.domain.columns import HeaderWrong
from services.intake.main import UnknownSource, run_import, run_replay
from services.intake.service.file_import import Progress as ImportProgress
from services.intake.settings import IntakeSettings

AT_ONCE = 500
TIMEOUT_S = 60.0
_console = Console()
S = TypeVar("S", bound=BaseSettings)


def publish(
    file: Annotated[
        Path,
        typer.Argument(
            help=".jsonl 或 .json · one report a line, or one report", exists=True, dir_okay=False
        ),
    ],
    key: Annotated[str, typer.Option(envvar="SANSE_API_KEY", help="接口密钥 · API key")],
) -> None:
    """经 HTTP 上报一个文件中的报告 · send the reports of a file over HTTP; 1 when none of them could be used."""
    address = load_context().address("intake", "http")
    headers = {
        "x-api-key": key,
        "accept-language": "en" if english() else "zh",
        "content-type": "application/json",
    }
    told: Counter[str] = Counter()
    reports = list(_reports(file))
    with _bar() as bar, http_client(address, headers, TIMEOUT_S) as client:
        task = bar.add_task(say("publish.progress"), total=len(reports))
        for part in _portions(reports):
            for report, result in zip(part, _send(client, part), strict=True):
                told[result["status"]] += 1
                _explain(report, result)
            bar.advance(task, len(part))
    _console.print(_told(len(reports), told))
    if told["rejected"] and told["rejected"] == len(reports):
        raise typer.Exit(1)


# A report, or the bytes of what is no JSON: intake says what is wrong with those, and keeps them.
Item = Any


def _reports(file: Path) -> Iterator[Item]:
    content = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if file.suffix == ".jsonl":
        yield from (_parsed(line) for line in content.splitlines() if line.strip())
        return
    whole = _parsed(content)
    yield from whole if isinstance(whole, list) else [whole]


def _parsed(text: bytes) -> Item:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _portions(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Reports in portions, in order; what is no JSON by itself."""
    for unreadable, run in groupby(items, lambda item: isinstance(item, bytes)):
        size = 1 if unreadable else AT_ONCE
        while part := list(islice(run, size)):
            yield part


def _send(client: httpx.Client, part: list[Item]) -> list[dict[str, Any]]:
    """The result of each; leaves with 1 when the request as a whole is refused."""
    raw = isinstance(part[0], bytes)
    content = part[0] if raw else json.dumps({"reports": part}).encode()
    answer = client.post("/v1/reports", content=content)
    told = answer.json()
    if told.get("status") == "refused":
        _console.print(told["message"], style="red", markup=False)
        raise typer.Exit(1)
    results: list[dict[str, Any]] = [told] if raw else told["results"]
    return results


def _explain(report: Item, result: dict[str, Any]) -> None:
    if result["status"] == "rejected":
        source_id = report.get("source_id", "?") if isinstance(report, dict) else "?"
        _console.print(f"[yellow]{source_id}[/] {result['message']}", highlight=False)


def _told(sent: int, told: Counter[str]) -> str:
    return say(
        "publish.done",
        sent=sent,
        accepted=told["accepted"],
        duplicates=told["duplicate"],
        rejected=told["rejected"],
    )


def import_reports(
    file: Annotated[
        Path,
        typer.Argument(help="CSV (UTF-8, GB18030), XLSX, JSONL", exists=True, dir_okay=False),
    ],
    source: Annotated[str, typer.Option(help="密钥文件中的来源 · a source of the keys file")],
) -> None:
    """导入文件，可中断后续传 · import a file; resumes where it stopped."""
    settings = _settings()
    with _bar() as bar:
        task = bar.add_task(file.name, total=1.0)

        def show(progress: ImportProgress) -> None:
            bar.update(task, completed=progress.done)

        try:
            summary = asyncio.run(run_import(settings, file, source, show))
        except (UnknownSource, HeaderWrong, FileUnreadable) as wrong:
            _console.print(str(wrong), style="red", markup=False)
            raise typer.Exit(1) from wrong
    language = Language.EN if english() else Language.ZH
    for reject in summary.rejects:
        for problem in reject.problems:
            _console.print(f"[yellow]{reject.row}[/] {problem.message(language)}", highlight=False)
    told = Counter(
        accepted=summary.accepted, duplicate=summary.duplicates, rejected=summary.rejected
    )
    _console.print(_told(summary.rows, told))


def replay(
    reject: Annotated[
        list[str] | None, typer.Argument(help="reject ids; 默认全部 · default all")
    ] = None,
) -> None:
    """重放退回件 · replay rejected inputs after the cause was put right."""
    summary = asyncio.run(run_replay(_settings(), reject or ()))
    _console.print(
        say(
            "replay.done",
            count=summary.replayed,
            accepted=summary.accepted,
            duplicates=summary.duplicates,
            rejected=summary.rejected,
        )
    )


def _settings() -> IntakeSettings:
    """The settings of the running stack."""
    log.configure("cli", "WARNING")
    return settings_from(IntakeSettings, load_context().env)


def settings_from(kind: type[S], env: Mapping[str, str]) -> S:
    """Settings read from a mapping of SANSE_… variables instead of the process environment."""
    named = {k.removeprefix("SANSE_").lower(): v for k, v in env.items() if k.startswith("SANSE_")}
    values: dict[str, Any] = {k: v for k, v in named.items() if k in kind.model_fields and v}
    return kind(**values)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    return Progress(*columns, TimeRemainingColumn(), console=_console)
