"""Reads deploy/obligations/*.yaml, one file a kind, into policies; an error names file, line and path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

from services.common.spans import HOUR_MS, MINUTE_MS
from services.common.terms import Level, NoticeColour, Tier
from services.common.text import Text
from services.common.yaml_nodes import FileError, Node, open_file
from services.escalation.adapters.policy_file import load_policies
from services.escalation.domain.cases import EvidenceKind
from services.escalation.domain.closing import ASSESSED
from services.escalation.domain.messages import Origin
from services.escalation.domain.obligation import (
    DAY_OF_MONTH_MOST,
    EventDate,
    Finish,
    Obligation,
    OwnerRule,
)
from services.escalation.domain.policy import (
    REPLY_WITHIN,
    Duty,
    Opens,
    Policies,
    Policy,
    Rung,
    Term,
)
from services.escalation.domain.worktime import CHINA, OfficeHours

_TIERS = {tier.name.lower(): tier for tier in Tier if tier is not Tier.NONE}
_COLOURS = {one.name.lower(): one for one in NoticeColour if one is not NoticeColour.NONE}
# No kind can ask for an assessment: it closes by itself what was owed for want of one.
_NO_EVIDENCE = (EvidenceKind.NONE, EvidenceKind.ASSESSMENT)
_EVIDENCE = {kind.name.lower(): kind for kind in EvidenceKind if kind not in _NO_EVIDENCE}
_LEVELS = frozenset(level.name.lower() for level in Level)
_KEYS = (
    "id",
    "version",
    "valid_from",
    "title",
    "text",
    "source",
    "comes_from",
    "owner",
    "deadlines",
    "evidence",
    "outcomes",
    "ladder",
    "catch_all",
)
_DAYS_MOST = 10 * 366


def load_all_policies(policies: Path, obligations: Path) -> Policies:
    """Policies of risk levels and kinds of obligation together, every version of both."""
    of_levels = load_policies(policies)
    kinds = [_with_levels(kind, of_levels) for kind in load_obligations(obligations)]
    return Policies([*of_levels, *kinds])


def _with_levels(kind: Policy, of_levels: Policies) -> Policy:
    """What a person who sees a risk in it may raise it to: the levels of the policy that the kind names."""
    assert kind.obligation is not None
    if not kind.obligation.levels_of:
        return kind
    duties = of_levels.of_case(kind.obligation.levels_of).duties
    return replace(kind, duties={**duties, **kind.duties})


def load_obligations(folder: Path) -> Sequence[Policy]:
    """All kinds of a folder; FileError for the first that cannot be used, or when there is none."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        missing = Text("没有义务文件", "no obligation file")
        raise FileError(folder, "", missing, Text("至少一个 *.yaml", "at least one *.yaml"))
    return [read_obligation(file) for file in files]


def read_obligation(file: Path) -> Policy:
    """One kind; FileError where its shape is wrong. What it means is judged by the checks."""
    keys = open_file(file).keys(_KEYS, ("office_hours", "approval", "levels_of"))
    hours = _office_hours(keys.get("office_hours"))
    kind_id = _code(keys["id"])
    ladder = keys["ladder"].keys(("every", "rungs", "repeats_at_top"))
    approval = keys["approval"].keys(("tier", "within")) if "approval" in keys else None
    deadlines = keys["deadlines"].keys(
        ("acknowledge", "finish"), ("first_visit", "review_every", "event_date", "at_least")
    )
    terms = {
        name: _term(node, hours)
        for name, node in deadlines.items()
        if name not in ("finish", "event_date")
    }
    obligation = Obligation(
        *_comes_from(keys["comes_from"], kind_id),
        owner=_owner(keys["owner"]),
        finish=_finish(deadlines, terms, hours),
        evidence=tuple(_EVIDENCE[one.choice(*_EVIDENCE)] for one in keys["evidence"].items()),
        outcomes=_outcomes(keys["outcomes"], keys["comes_from"]),
        approval=_tier(approval["tier"]) if approval else Tier.NONE,
        approve_within=_term(approval["within"], hours) if approval else Term(0),
        review_every=terms.get("review_every"),
        levels_of=keys["levels_of"].text() if "levels_of" in keys else "",
        source=_both(keys["source"]),
        text=_both(keys["text"]),
    )
    return Policy(
        policy_id=kind_id,
        version=keys["version"].text(),
        valid_from_ms=_midnight_ms(keys["valid_from"]),
        # It covers no rule pack: a warning never opens it.
        packs=(),
        catch_all_id=keys["catch_all"].text(),
        office_hours=hours,
        duties={Level.NONE: _duty(obligation, terms, _term(ladder["every"], hours))},
        rungs=tuple(_rung(node, hours) for node in ladder["rungs"].items()),
        repeats_at_top=ladder["repeats_at_top"].integer(0, 100),
        title=_both(keys["title"]),
        catch_all_text={},
        obligation=obligation,
    )


def _duty(obligation: Obligation, terms: Mapping[str, Term], every: Term) -> Duty:
    """The duty without a level; the finish itself is counted when the case opens."""
    finish = obligation.finish.within or Term(31 * 24)
    return Duty(
        tier=obligation.owner.tier,
        opens=Opens.ALWAYS,
        acknowledge_within=terms["acknowledge"],
        first_visit_within=terms.get("first_visit", finish),
        revisit_every=finish,
        resolve_within=finish,
        ladder_every=every,
        visits_owed="first_visit" in terms,
        text=obligation.text,
    )


def _comes_from(node: Node, kind_id: str) -> tuple[Origin, frozenset[str]]:
    keys = node.keys(("event",), ("details",))
    origin = Origin(keys["event"].choice(*Origin))
    details = frozenset(keys["details"].texts()) if "details" in keys else frozenset()
    unknown = details - _LEVELS if origin is Origin.REASSESSMENT else frozenset()
    if unknown:
        problem = Text(f"{sorted(unknown)} 不是等级", f"{sorted(unknown)} are no levels")
        raise keys["details"].fail(problem, Text(*[", ".join(sorted(_LEVELS))] * 2))
    # A task names its list, and that is the kind's id.
    return origin, frozenset({kind_id}) if origin is Origin.TASK else details


def _owner(node: Node) -> OwnerRule:
    keys = node.keys(("tier",), ("department", "from_event"))
    return OwnerRule(
        _tier(keys["tier"]),
        _code(keys["department"]) if "department" in keys else "",
        keys["from_event"].flag() if "from_event" in keys else False,
    )


def _finish(deadlines: Mapping[str, Node], terms: Mapping[str, Term], hours: OfficeHours) -> Finish:
    node, date = deadlines["finish"], EventDate.IGNORED
    if "event_date" in deadlines:
        date = EventDate(deadlines["event_date"].choice(*EventDate))
    keys = node.keys((), ("before_day", "hours", "days", "counted"))
    if "before_day" in keys:
        if len(keys) > 1:
            raise node.fail(Text("期限写了两种", "two deadlines"), Text("一种", "one of them"))
        day = keys["before_day"].integer(1, DAY_OF_MONTH_MOST)
        return Finish(None, day, date, terms.get("at_least"))
    return Finish(_term(node, hours), 0, date, terms.get("at_least"))


def _term(node: Node, hours: OfficeHours) -> Term:
    """Hours or days; a working day is as long as the office is open."""
    keys = node.keys((), ("hours", "days", "counted"))
    counted = keys["counted"].choice("calendar", "working") if "counted" in keys else "calendar"
    working = counted == "working"
    if ("hours" in keys) == ("days" in keys):
        problem = Text("须写 hours 或 days 之一", "needs hours or days, one of them")
        raise node.fail(problem, Text("{hours: 24}", "{hours: 24}"))
    if "hours" in keys:
        return Term(keys["hours"].integer(1, _DAYS_MOST * 24), working)
    day_h = (hours.closes_minute - hours.opens_minute) * MINUTE_MS / HOUR_MS if working else 24
    return Term(keys["days"].integer(1, _DAYS_MOST) * day_h, working)


def _rung(node: Node, hours: OfficeHours) -> Rung:
    keys = node.keys(("colour", "escalates"), ("reply_within",))
    reply = _term(keys["reply_within"], hours) if "reply_within" in keys else REPLY_WITHIN
    return Rung(_COLOURS[keys["colour"].choice(*_COLOURS)], keys["escalates"].flag(), reply)


def _outcomes(node: Node, comes_from: Node) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for item in node.items():
        keys = item.keys(("code", "zh", "en"))
        code = _code(keys["code"])
        if code in found:
            raise keys["code"].fail(Text("重复的结果", "the outcome stands twice"), _ONCE)
        found[code] = {"zh": keys["zh"].text(), "en": keys["en"].text()}
    origin = comes_from.some(("event",))["event"].text()
    if origin == Origin.REASSESSMENT and ASSESSED not in found:
        missing = Text(f"缺少 {ASSESSED}", f"{ASSESSED} is missing")
        raise node.fail(missing, Text(f"其中一项 code: {ASSESSED}", f"one with code: {ASSESSED}"))
    return found


def _office_hours(node: Node | None) -> OfficeHours:
    if node is None:
        return OfficeHours(8 * 60 + 30, 17 * 60 + 30)
    keys = node.keys(("opens", "closes"))
    opens, closes = _minute(keys["opens"]), _minute(keys["closes"])
    if closes <= opens:
        raise keys["closes"].fail(Text("早于上班", "before it opens"), Text("更晚", "later"))
    return OfficeHours(opens, closes)


def _minute(node: Node) -> int:
    hour, colon, minute = node.text().partition(":")
    if not (colon and hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise node.fail(Text("不是时刻", "no time of day"), Text("08:30", "08:30"))
    return int(hour) * 60 + int(minute)


def _code(node: Node) -> str:
    text = node.text()
    fits = text.isascii() and text[:1].isalpha() and text.replace("_", "").isalnum()
    if not fits or text != text.lower() or len(text) > 40:
        allowed = Text("小写字母、数字和 _，最多 40 个", "small letters, digits and _, at most 40")
        raise node.fail(Text(f"{text!r} 不可用", f"{text!r} is not usable"), allowed)
    return text


def _tier(node: Node) -> Tier:
    return _TIERS[node.choice(*_TIERS)]


def _midnight_ms(node: Node) -> int:
    return int(datetime.combine(node.day(), time(), CHINA).timestamp() * 1000)


def _both(node: Node) -> Mapping[str, str]:
    keys = node.keys(("zh", "en"))
    return {name: keys[name].text() for name in ("zh", "en")}


_ONCE = Text("一次", "once")
