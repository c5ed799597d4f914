"""What the roster commands say, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.cli.texts import english
from services.common.divisions import Divisions
from services.common.duty.change_log import LogFault
from services.common.duty.facts import (
    DEPUTY,
    FOREVER_MS,
    KEEPER,
    OWNER,
    DutyRoster,
    Gap,
    GapReason,
    Person,
    Posting,
    PostKey,
)
from services.common.duty.gaps import Stretch
from services.common.duty.moments import local, written
from services.common.duty.rights import EditVerdict

TEXTS: Mapping[str, tuple[str, str]] = {
    "gap": ("{when} {post} 无人值班：{why}", "{when}: nobody on duty at {post}: {why}"),
    "no_gaps": ("今后 {days} 天没有空缺", "no gaps in the next {days} days"),
    "on_duty": ("{post}：{who}", "{post}: {who}"),
    "nobody": ("无人（{why}）", "nobody ({why})"),
    "checked": (
        "名册 {roster}：{persons} 人，{posts} 个岗位，{items} 项安排，{changes} 次签署变更，可用",
        "roster {roster}: {persons} persons, {posts} posts, {items} items, {changes} signed changes: usable",
    ),
    "csv_checked": (
        "CSV 花名册：{persons} 人；修改后须重启服务，且没有日期和变更记录",
        "roster as CSV: {persons} persons; a change needs a restart, and it has no dates and no change log",
    ),
    "not_of_posts": (
        "{path} 不是岗位名册：请用 YAML 文件夹（样例 deploy/rosters/example）",
        "{path} is no roster of posts: use a YAML folder (example: deploy/rosters/example)",
    ),
    "signed": (
        "已签署：新增 {added} 项，撤销 {withdrawn} 项；一分钟后生效，服务无需重启",
        "signed: {added} added, {withdrawn} withdrawn; counts from a minute on, without a restart",
    ),
    "refused": ("不能签署：{why}", "may not be signed off: {why}"),
    "nothing": ("没有可新增的内容", "nothing new in it"),
    "wrong_log": ("{place} {why}", "{place} {why}"),
    "wrong_moment": (
        "{value} 不是时间；允许：2026-02-15 或 2026-02-15 08:30",
        "{value} is no time; allowed: 2026-02-15 or 2026-02-15 08:30",
    ),
    "wrong_post": (
        "没有岗位 {value}；允许：{allowed}",
        "there is no post {value}; allowed: {allowed}",
    ),
    "wrong_form": (
        "{value} 不可用；允许：{allowed}",
        "{value} is not usable; allowed: {allowed}",
    ),
    "exported": ("已写入 {file}：{count} 段", "written to {file}: {count} stretches"),
    "persons_written": (
        "已写入 {file}：{count} 人；含联系方式，请妥善保管",
        "written to {file}: {count} persons; it holds contact data, keep it safe",
    ),
    "persons_taken": (
        "已写入 {file}：{count} 人；一分钟内生效，无需重启",
        "written to {file}: {count} persons; counts within a minute, without a restart",
    ),
    "wrong_channel": (
        "{person} 的 channels：没有通道 {value}；允许：{allowed}",
        "channels of {person}: there is no channel {value}; allowed: {allowed}",
    ),
    "today": ("今天", "today"),
    "tomorrow": ("明天", "tomorrow"),
    "this_week": ("本周{day}", "this {day}"),
    "next_week": ("下周{day}", "next {day}"),
}
_DAYS = ("一", "二", "三", "四", "五", "六", "日")
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_REASONS: Mapping[GapReason, tuple[str, str]] = {
    GapReason.NO_SUCH_POST: ("名册没有此岗位", "the roster has no such post"),
    GapReason.NO_HOLDER: ("未安排人员", "nobody holds it"),
    GapReason.TABLE_HAS_HOLE: ("值班表有空档", "the duty table has a hole"),
    GapReason.ON_LEAVE: ("{who} 请假且无人顶班", "{who} is on leave and nobody stands in"),
    GapReason.SUBSTITUTE_ON_LEAVE: ("顶班人 {who} 也请假", "the substitute {who} is on leave too"),
    GapReason.STAND_IN_ON_LEAVE: ("替班人 {who} 请假", "the stand-in {who} is on leave"),
}
_VERDICTS: Mapping[EditVerdict, tuple[str, str]] = {
    EditVerdict.ALLOWED: ("可以", "allowed"),
    EditVerdict.NOTHING_CHANGES: ("没有变更", "nothing changes"),
    EditVerdict.NO_POST: (
        "签署人此刻没有综治岗位（部门岗位不可签署）",
        "the signer has no post of the ladder now (a department's post gives no right)",
    ),
    EditVerdict.OUTSIDE_JURISDICTION: ("岗位不在签署人辖区", "outside the signer's jurisdiction"),
    EditVerdict.TIER_TOO_LOW: ("签署人层级低于该岗位", "the signer's tier is below the post's"),
    EditVerdict.PERSON_UNKNOWN: (
        "名册 persons 中没有 {detail}",
        "{detail} is not in the roster's persons",
    ),
    EditVerdict.ITEM_UNKNOWN: (
        "没有 {detail} 这一项；见 sanse roster show",
        "there is no item {detail}; see sanse roster show",
    ),
}
_FAULTS: Mapping[LogFault, tuple[str, str]] = {
    LogFault.NOT_JSON: ("该行无法读取；允许：未经改动的变更记录", "the line cannot be read"),
    LogFault.CHAIN_BROKEN: (
        "变更记录被改动、缺失或同时写入；请恢复备份后重试",
        "an entry was changed, lost, or written meanwhile; put the log back and try again",
    ),
    LogFault.FILES_CHANGED: (
        "名册文件的岗位安排在签署变更之外被改动；请恢复文件，并用 sanse roster import 提交改动",
        "the files' duties were changed beside the log; put the file back and use sanse roster import",
    ),
    LogFault.ITEM_UNKNOWN: ("撤销了不存在的项", "it withdraws an item that is not there"),
    LogFault.TIME_RUNS_BACK: ("时间倒退", "time runs back"),
}
_DUTIES: Mapping[str, tuple[str, str]] = {
    OWNER: ("包保责任人", "responsible official"),
    DEPUTY: ("副职", "deputy"),
    KEEPER: ("值班表管理员", "roster keeper"),
}


def tell(key: str, **values: object) -> str:
    """The text of a key in the chosen language."""
    return TEXTS[key][english()].format(**values)


def fault_words(fault: LogFault) -> str:
    """What is wrong with a change log."""
    return _FAULTS[fault][english()]


def verdict_words(verdict: EditVerdict, detail: str = "") -> str:
    """Why a change may not be signed off."""
    return _VERDICTS[verdict][english()].format(detail=detail)


def post_words(roster: DutyRoster, post: PostKey, divisions: Divisions) -> str:
    """A post in words: its title, else the unit and the duty."""
    titles = [i.title for i in roster.of_post(post) if isinstance(i, Posting) and i.title]
    if titles:
        return titles[-1]
    known = _DUTIES.get(post.duty)
    duty = known[english()] if known else post.duty
    return f"{divisions.name(post.jurisdiction_code)} {post.department}{duty}"


def who_words(who: Person | Gap, roster: DutyRoster) -> str:
    """Who is on duty, or that nobody is and why."""
    if isinstance(who, Person):
        return f"{who.name} {who.person_id}".strip()
    return tell("nobody", why=gap_words(who, roster))


def gap_words(gap: Gap, roster: DutyRoster) -> str:
    """Why nobody is on duty."""
    person = roster.persons.get(gap.expected)
    name = (person.name or person.person_id) if person else gap.expected
    return _REASONS[gap.reason][english()].format(who=name)


def gap_line(gap: Stretch, roster: DutyRoster, divisions: Divisions, now_ms: int) -> str:
    """A gap as one sentence: 下周二 永定镇夜班 无人值班."""
    when = f"{day_words(gap.from_ms, now_ms)}（{span_words(gap)}）"
    if english():
        when = f"{day_words(gap.from_ms, now_ms)} ({span_words(gap)})"
    why = gap_words(gap.who, roster) if isinstance(gap.who, Gap) else ""
    return tell("gap", when=when, post=post_words(roster, gap.post, divisions), why=why)


def span_words(one: Stretch) -> str:
    """From when until when."""
    until = written(one.until_ms) if one.until_ms < FOREVER_MS else "…"
    return f"{written(one.from_ms)} – {until}"


def day_words(at_ms: int, now_ms: int) -> str:
    """A day as people say it: today, tomorrow, next Tuesday, else the date."""
    day, today = local(at_ms), local(now_ms)
    ahead = (day.date() - today.date()).days
    if ahead in (0, 1):
        return tell("tomorrow" if ahead else "today")
    weeks = (_monday(day) - _monday(today)).days // 7
    if weeks in (0, 1) and ahead > 0:
        name = (_ENGLISH_DAYS if english() else _DAYS)[day.weekday()]
        return tell("next_week" if weeks else "this_week", day=name)
    return f"{day:%Y-%m-%d}"


def _monday(day: datetime) -> datetime:
    first = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return first - timedelta(days=day.weekday())
