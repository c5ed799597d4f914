"""sanse publish, import and replay: reports into intake."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import httpx
import typer
from pydantic_settings import BaseSettings
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from services.cli.context import load_context
from services.cli.texts import english, say
from services.common import log
from services.common.terms import Language
from services.intake.main import run_import, run_replay
from services.intake.service.file_import import Progress as ImportProgress
from services.intake.settings import IntakeSettings

AT_ONCE = 500
_console = Console()
S = TypeVar("S", bound=BaseSettings)


def publish(
    file: Annotated[
        Path, typer.Argument(help=".jsonl 或 .json · one report a line, or one report")
    ],
    key: Annotated[str, typer.Option(envvar="SANSE_API_KEY", help="接口密钥 · API key")],
) -> None:
    """经 HTTP 上报一个文件中的报告 · send the reports of a file over HTTP."""
    url = f"http://{load_context().address('intake', 'http')}/v1/reports"
    headers = {"x-api-key": key, "accept-language": "en" if english() else "zh"}
    told: Counter[str] = Counter()
    reports = list(_reports(file))
    with _bar() as bar, httpx.Client(timeout=60, trust_env=False) as client:
        task = bar.add_task(say("publish.progress"), total=len(reports))
        for start in range(0, len(reports), AT_ONCE):
            part = reports[start : start + AT_ONCE]
            answer = client.post(url, json={"reports": part}, headers=headers)
            if answer.is_error:
                _console.print(f"[red]{answer.json().get('message', answer.text)}")
                raise typer.Exit(1)
            for report, result in zip(part, answer.json()["results"], strict=True):
                told[result["status"]] += 1
                _explain(report, result)
            bar.advance(task, len(part))
    _console.print(_told(len(reports), told))


def _reports(file: Path) -> Iterator[dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".jsonl":
        yield from (json.loads(line) for line in text.splitlines() if line.strip())
        return
    content = json.loads(text)
    yield from content if isinstance(content, list) else [content]


def _explain(report: dict[str, Any], result: dict[str, Any]) -> None:
    if result["status"] == "rejected":
        source_id = report.get("source_id", "?")
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
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8, GB18030), XLSX, JSONL")],
    source: Annotated[str, typer.Option(help="密钥文件中的来源 · a source of the keys file")],
) -> None:
    """导入文件，可中断后续传 · import a file; resumes where it stopped."""
    settings = _settings()
    with _bar() as bar:
        task = bar.add_task(file.name, total=1.0)

        def show(progress: ImportProgress) -> None:
            bar.update(task, completed=progress.done)

        summary = asyncio.run(run_import(settings, file, source, show))
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
