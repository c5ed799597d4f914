"""sanse roster: who is on duty, what is missing, and signed changes of a roster of posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from services.cli.context import load_context
from services.cli.roster.calendars import CalendarWrong, Window, schedules_from, to_calendar
from services.cli.roster.edit import Edit, sign_off
from services.cli.roster.persons import persons_in_sheets, write_persons, write_roster_file
from services.cli.roster.tables import TableRules, TableWrong, read_sheets, schedules_of
from services.cli.roster.words import (
    fault_words,
    gap_line,
    post_words,
    tell,
    verdict_words,
    who_words,
)
from services.cli.texts import english
from services.common.clock import clock_from
from services.common.divisions import Divisions
from services.common.duty.change_log import ChangeLogWrong
from services.common.duty.facts import Item, Leave, Override, PostKey
from services.common.duty.folder import RosterFolder, is_roster_of_posts, load_folder
from services.common.duty.gaps import gaps, stretches
from services.common.duty.moments import local, minute_of, moment_of, written
from services.common.duty.on_duty import on_duty
from services.common.duty.plain import kind_of, plain, post_of
from services.common.duty.rights import EditVerdict
from services.common.duty.roster_file import read_roster
from services.common.roster import Roster
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.common.yaml_nodes import FileError
from services.notifier.adapters.sending_file import load_sending
from services.notifier.channels.catalogue import channel_forms

app = typer.Typer(
    help="值班表：谁在岗、空缺、签署变更 · rosters: who is on duty, gaps, signed changes",
    no_args_is_help=True,
)
_console = Console()
File = Annotated[
    Path | None, typer.Option("--roster", help="名册文件夹 · folder; default: SANSE_ROSTER_FILE")
]
Signer = Annotated[str, typer.Option("--as", help="签署人编号 · who signs it off")]
At = Annotated[str, typer.Option(help="时间 · a moment, such as 2026-02-15 08:30; default: now")]


@app.command()
def show(roster: File = None, unit: Annotated[str, typer.Option()] = "") -> None:
    """全部安排及其编号 · everything the roster says, with ids."""
    with _told():
        read = _load(roster)
        for one in read.roster.items():
            said = plain(one.item)
            if unit and not (isinstance(one.item, Leave) or unit in str(said.get("post", ""))):
                continue
            words = " ".join(f"{name}={value}" for name, value in said.items())
            _print(f"{one.item_id}  {kind_of(one.item)}  {words}")


@app.command()
def check(roster: File = None) -> None:
    """检查名册与变更记录 · check the roster and its change log."""
    path = roster or _path()
    with _told():
        if not is_roster_of_posts(path):
            officials = Roster.load(path).officials()
            _check_channels({one.official_id: one.channels for one in officials.values()})
            _print(tell("csv_checked", persons=len(officials)))
            return
        read = load_folder(path)
        persons = read.roster.persons
        _check_channels({one.person_id: one.channels for one in persons.values()})
        counts = {
            "persons": len(read.roster.persons),
            "posts": len(read.roster.posts()),
            "items": len(read.roster.items()),
            "changes": len(read.changes),
        }
        _print(tell("checked", roster=read.roster.roster_id, **counts))


@app.command()
def who(
    roster: File = None, at: At = "", post: Annotated[str, typer.Option()] = "", unit: str = ""
) -> None:
    """某一时刻谁在岗 · who is on duty at a moment."""
    with _told():
        read, names = _load(roster), _names()
        moment = _moment(at)
        wanted = [_post(read, post)] if post else read.roster.posts()
        for one in wanted:
            if one.jurisdiction_code.startswith(unit):
                found = who_words(on_duty(read.roster, one, moment), read.roster)
                words = post_words(read.roster, one, names)
                _print(tell("on_duty", post=f"{words} [{one}]", who=found))


@app.command("gaps")
def show_gaps(
    roster: File = None,
    days: Annotated[int, typer.Option(min=1, max=366)] = 14,
    unit: str = "",
    at: At = "",
) -> None:
    """今后若干天的空缺；有空缺时返回 1 · gaps of the days to come; exit status 1 when there are any."""
    with _told():
        read, names, now_ms = _load(roster), _names(), _moment(at)
        posts = [one for one in read.roster.posts() if one.jurisdiction_code.startswith(unit)]
        found = gaps(read.roster, posts, now_ms, now_ms + days * DAY_MS)
    for gap in found:
        _print(gap_line(gap, read.roster, names, now_ms))
    if found:
        raise typer.Exit(1)
    _print(tell("no_gaps", days=days))


@app.command("log")
def show_log(roster: File = None) -> None:
    """签署变更记录 · the signed changes, their chain checked."""
    with _told():
        for one in _load(roster).changes:
            added = [f"+{kind_of(item)} {plain(item)}" for item in one.added]
            gone = [f"-{item}" for item in one.withdrawn]
            words = "; ".join([*added, *gone])
            _print(f"{one.sequence} {written(one.at_ms)} {one.signed_by} {one.reason} {words}")


@app.command("import")
def import_file(
    file: Path,
    signer: Signer,
    roster: File = None,
    reason: str = "",
    year: Annotated[int, typer.Option(help="日期未写年份时 · for dates without a year")] = 0,
    hand_over: Annotated[
        str, typer.Option(help="每日交接时间 · when a day's duty begins")
    ] = "00:00",
    post: Annotated[str, typer.Option(help="iCalendar 事件的岗位 · post of events")] = "",
    days: Annotated[
        int, typer.Option(min=1, max=1100, help="重复事件列出多少天 · days of events that repeat")
    ] = 366,
) -> None:
    """导入值班表（xlsx、csv、ics、yaml）并签署 · import a duty table and sign it off."""
    with _told():
        read = _load(roster)
        rules = TableRules(read.roster, year or local(_moment("")).year, _minute(hand_over))
        otherwise = _post(read, post) if post else None
        now_ms = _moment("")
        added = _items(file, rules, otherwise, Window(now_ms, now_ms + days * DAY_MS))
        _sign(roster, Edit(signer, reason, added))


@app.command()
def override(
    post: str,
    person: str,
    signer: Signer,
    start: Annotated[str, typer.Option("--from")],
    until: Annotated[str, typer.Option("--until")],
    instead_of: str = "",
    roster: File = None,
    reason: str = "",
) -> None:
    """某人某时段顶岗 · somebody stands in at a post for a while."""
    with _told():
        key = _post(_load(roster), post)
        span = {"from_ms": _moment(start), "until_ms": _moment(until)}
        _ordered(start, until, **span)
        item = Override(post=key, person=person, instead_of=instead_of, **span)
        _sign(roster, Edit(signer, reason, (item,)))


@app.command()
def leave(
    person: str,
    signer: Signer,
    start: Annotated[str, typer.Option("--from")],
    until: Annotated[str, typer.Option("--until")],
    substitute: str = "",
    roster: File = None,
    reason: str = "",
) -> None:
    """某人请假，可指定代理人 · somebody is on leave, with or without a substitute."""
    with _told():
        span = {"from_ms": _moment(start), "until_ms": _moment(until)}
        _ordered(start, until, **span)
        item = Leave(person=person, substitute=substitute, **span)
        _sign(roster, Edit(signer, reason, (item,)))


@app.command()
def withdraw(item: str, signer: Signer, roster: File = None, reason: str = "") -> None:
    """撤销一项安排（编号见 sanse roster show）· take an item back, by its id."""
    with _told():
        _sign(roster, Edit(signer, reason, (), (item,)))


@app.command("export")
def export_file(
    file: Path,
    roster: File = None,
    days: Annotated[int, typer.Option(min=1, max=366)] = 30,
    unit: str = "",
    at: At = "",
) -> None:
    """导出日历（ics）· write the duties of the days to come as a calendar."""
    with _told():
        read, names, now_ms = _load(roster), _names(), _moment(at)
        posts = [one for one in read.roster.posts() if one.jurisdiction_code.startswith(unit)]
        end_ms = now_ms + days * DAY_MS
        found = [one for p in posts for one in stretches(read.roster, p, now_ms, end_ms)]
        titles = {one: post_words(read.roster, one, names) for one in posts}
        file.write_bytes(to_calendar(found, titles, now_ms))
        _print(tell("exported", file=file, count=len(found)))


@app.command("persons")
def show_persons(file: Path, roster: File = None) -> None:
    """导出人员表（xlsx）：联系方式、通道与本人规则 · write the persons with channels and rules as Excel."""
    with _told():
        count = write_persons(_load(roster).roster.persons.values(), file)
        _print(tell("persons_written", file=file, count=count))


@app.command("take-persons")
def take_persons(
    file: Path,
    roster: File = None,
    into: Annotated[str, typer.Option(help="名册文件夹中的文件名 · file in the folder")] = (
        "persons.yaml"
    ),
) -> None:
    """读入人员表（xlsx、csv）写成名册文件 · read persons from Excel into a file of the roster's folder."""
    with _told():
        read = _load(roster)
        if not read.path.is_dir() or Path(into).name != into or Path(into).suffix != ".yaml":
            _stop(tell("wrong_form", value=into, allowed="<folder>/*.yaml"))
        persons = persons_in_sheets(read_sheets(file))
        write_roster_file(read.roster.roster_id, persons, read.path, read.path / into)
        _print(tell("persons_taken", file=into, count=len(persons)))


def _items(
    file: Path, rules: TableRules, otherwise: PostKey | None, window: Window
) -> tuple[Item, ...]:
    kind = file.suffix.lower()
    if kind in (".xlsx", ".csv"):
        sheets = read_sheets(file)
        return tuple(item for sheet in sheets for item in schedules_of(sheet, rules))
    if kind == ".ics":
        return tuple(schedules_from(file, rules.roster, otherwise, window))
    if kind in (".yaml", ".yml"):
        return tuple(item for _, item in read_roster(file).items)
    _stop(tell("wrong_form", value=file, allowed="*.xlsx, *.csv, *.ics, *.yaml"))


def _sign(roster: Path | None, edit: Edit) -> None:
    done = sign_off(roster or _path(), edit, _now_ms())
    if done.change is None:
        if done.verdict is EditVerdict.NOTHING_CHANGES:
            _print(tell("nothing"))
            return
        _stop(tell("refused", why=verdict_words(done.verdict, done.detail)))
    counts = {"added": len(done.change.added), "withdrawn": len(done.change.withdrawn)}
    _print(tell("signed", **counts))


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be used is told in the chosen language, and ends the command."""
    try:
        yield
    except ChangeLogWrong as wrong:
        place = f"{wrong.file}:{wrong.line}"
        _stop(tell("wrong_log", place=place, why=fault_words(wrong.fault)))
    except (FileError, TableWrong, CalendarWrong) as wrong:
        chinese, _, other = str(wrong).partition(" / ")
        if isinstance(wrong, FileError):
            chinese, other = other, chinese
        _stop((other if english() else chinese) or str(wrong))


def _check_channels(orders: Mapping[str, tuple[str, ...]]) -> None:
    """Every name is a channel, or a kind of sending.yaml."""
    page = load_sending(CommonSettings().templates_dir / "sending.yaml")
    known = {*channel_forms(), *page.providers.kinds}
    for person, order in orders.items():
        for name in order:
            if name not in known:
                allowed = ", ".join(sorted(known))
                _stop(tell("wrong_channel", person=person, value=name, allowed=allowed))


def _load(roster: Path | None) -> RosterFolder:
    path = roster or _path()
    if not is_roster_of_posts(path):
        _stop(tell("not_of_posts", path=path))
    return load_folder(path)


def _path() -> Path:
    return Path(load_context().env.get("SANSE_ROSTER_FILE") or CommonSettings().roster_file)


def _names() -> Divisions:
    return Divisions.load(CommonSettings().divisions_file)


def _now_ms() -> int:
    clock_file = load_context().env.get("SANSE_CLOCK_FILE", "")
    return clock_from(Path(clock_file) if clock_file else None).now_ms()


def _moment(text: str) -> int:
    if not text:
        return _now_ms()
    try:
        return moment_of(text)
    except ValueError:
        _stop(tell("wrong_moment", value=text))


def _minute(text: str) -> int:
    try:
        return minute_of(text)
    except ValueError:
        _stop(tell("wrong_form", value=text, allowed="08:30"))


def _ordered(start: str, until: str, from_ms: int, until_ms: int) -> None:
    if from_ms >= until_ms:
        _stop(tell("wrong_form", value=f"--until {until}", allowed=f"> {start}"))


def _post(read: RosterFolder, text: str) -> PostKey:
    try:
        post = post_of(text)
    except (KeyError, ValueError):
        post = None
    if post is None or post not in read.roster.by_post:
        allowed = ", ".join(str(one) for one in read.roster.posts()[:20])
        _stop(tell("wrong_post", value=text, allowed=allowed))
    return post


def _print(text: str) -> None:
    _console.print(text, markup=False, highlight=False, soft_wrap=True)


def _stop(text: str) -> NoReturn:
    """Tell what is wrong and end with status 2."""
    Console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(2)
