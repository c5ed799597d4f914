"""sanse templates: check, lock and preview the texts of messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from services.cli.context import chosen
from services.cli.evidence.fonts import PACKAGES, FontMissing, find_fonts
from services.cli.evidence.settings import EvidenceSettings
from services.cli.templates.picture import draw
from services.cli.templates.preview import Preview, previews, sample_notice
from services.cli.templates.texts import say
from services.common.terms import Language, NoticeColour
from services.notifier.adapters.template_file import load_templates, read_lock, write_lock
from services.notifier.channels.catalogue import channel_forms
from services.notifier.domain.approved import contradictions, fingerprints
from services.notifier.domain.message import Form
from services.notifier.domain.notices import NoticeKind
from services.notifier.domain.segments import segments, utf16_units
from services.notifier.domain.templates import TemplateBook, TemplateWrong, fill
from services.notifier.domain.wording import longest_values
from services.notifier.service.composer import link_units
from services.notifier.settings import NotifierSettings

# Lengths are checked with the links of this deployment, else with those of a usual address.
_USUAL_URL = "https://sanse.prefecture.gov.cn"
Folder = Annotated[Path | None, typer.Argument(help="default: SANSE_TEMPLATES_DIR")]
app = typer.Typer(
    help="信息文本：检查、锁定、预览 · texts of messages: check, lock, preview",
    no_args_is_help=True,
)
_console = Console()


@app.command()
def check(folder: Folder = None) -> None:
    """检查全部文本，有问题则以 1 退出 · check all texts, their lengths and approvals; exits with 1 on a fault."""
    folder = folder or NotifierSettings().templates_dir
    book, locked = _book(folder), read_lock(folder / "approved.lock")
    wrong = list(contradictions(book, locked))
    for line in wrong:
        _print(f"{folder / 'notices.yaml'}: {line}")
    if wrong:
        raise typer.Exit(1)
    _console.print(_lengths(book))
    ids = fingerprints(book)
    if new := sorted(ids.keys() - locked.keys()):
        _print(say("unlocked", ids=_names(new)))
    _print(say("clean", texts=len(book.texts), ids=len(ids), version=book.version))


@app.command()
def lock(folder: Folder = None) -> None:
    """记住平台已审批的文本 · remember texts the platforms approved; a changed one is refused from then on."""
    folder = folder or NotifierSettings().templates_dir
    file = folder / "approved.lock"
    book, locked = _book(folder), read_lock(file)
    if wrong := list(contradictions(book, locked)):
        for line in wrong:
            _print(line)
        raise typer.Exit(1)
    now = {key: digest for key, [digest] in fingerprints(book).items()}
    new = sorted(now.keys() - locked.keys())
    # An id that is not used any more stays known: a platform never gives it to another text.
    write_lock(file, {**locked, **now})
    _print(say("locked", count=len(new), ids=_names(new)) if new else say("lock_nothing"))


@app.command()
def preview(
    kind: Annotated[str, typer.Argument(help="duty_assigned, supervision, …")],
    colour: Annotated[str, typer.Option(help="white, yellow, red")] = "",
    lang: Annotated[str, typer.Option(help="zh, en")] = "zh",
    channel: Annotated[str, typer.Option(help="一种通道，默认全部 · one channel")] = "",
    png: Annotated[
        Path | None, typer.Option("--png", help="图片目录 · folder for pictures")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="default: SANSE_TEMPLATES_DIR")] = None,
) -> None:
    """预览一种通知在各通道的样子 · how a notice looks on each channel, as text and as a picture."""
    forms = channel_forms()
    if channel and channel not in forms:
        raise typer.BadParameter(", ".join(forms))
    wanted = {name: form for name, form in forms.items() if channel in ("", name)}
    paint = chosen(NoticeColour, "colour", colour) if colour else NoticeColour.NONE
    notice = sample_notice(chosen(NoticeKind, "kind", kind), paint)
    book = _book(folder or NotifierSettings().templates_dir)
    shown = list(previews(book, notice, _language(lang), _link(), wanted))
    for one in shown:
        _show(one)
    if png is not None:
        _pictures(shown, png, f"{kind}{'.' + colour if colour else ''}.{lang}")


def _book(folder: Path) -> TemplateBook:
    try:
        return load_templates(folder / "notices.yaml", link_units(_url()))
    except TemplateWrong as wrong:
        _print(str(wrong))
        raise typer.Exit(1) from wrong


def _url() -> str:
    return NotifierSettings().public_url.rstrip("/") or _USUAL_URL


def _link() -> str:
    """Of the length of a real one, leading nowhere."""
    url = f"{_url()}/a/"
    return url + "x" * (link_units(_url()) - len(url))


def _language(code: str) -> Language:
    allowed = {"zh": Language.ZH, "en": Language.EN}
    if code not in allowed:
        raise typer.BadParameter(", ".join(allowed))
    return allowed[code]


def _lengths(book: TemplateBook) -> Table:
    """Every SMS text with its longest values, in UTF-16 units and parts."""
    longest = longest_values(book.limits.longest, link_units(_url()))
    texts = {
        (language, one.sms.text)
        for (_, _, language), one in (*book.texts.items(), *book.of_obligations.items())
    }
    grid = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for name in ("text", "units", "parts"):
        grid.add_column(say(f"column.{name}"), overflow="fold")
    for language, text in sorted(texts):
        whole = book.limits.signature + fill(text, longest[language])
        grid.add_row(text, str(utf16_units(whole)), str(segments(whole)))
    return grid


def _show(one: Preview) -> None:
    _print(say("preview.form", channel=one.channel, form=one.form.value))
    for line in (one.title, one.text, f"[ {one.button} ]" if one.button else "", one.note):
        if line:
            _print("\n".join(f"    {row}" for row in line.splitlines()))


def _pictures(shown: list[Preview], folder: Path, stem: str) -> None:
    try:
        font = find_fonts(EvidenceSettings().print_font).title
    except FontMissing as missing:
        _print(say("preview.missing_font", packages=PACKAGES))
        raise typer.Exit(1) from missing
    folder.mkdir(parents=True, exist_ok=True)
    for one in shown:
        if one.text and one.form is not Form.DATA:
            path = folder / f"{stem}.{one.channel}.png"
            draw(one, font, f"{one.channel} · {stem}", path)
            _print(say("preview.saved", path=path))


def _names(ids: list[tuple[str, str]]) -> str:
    return ", ".join(template_id for _, template_id in ids)


def _print(line: str) -> None:
    _console.print(line, highlight=False, markup=False, soft_wrap=True)
