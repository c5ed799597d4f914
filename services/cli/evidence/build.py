"""Makes a case file from what the topics hold of one case; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2
from services.cli.evidence import codes
from services.cli.evidence.case_file import (
    CaseFile,
    Change,
    Command,
    Contribution,
    Decision,
    Delivery,
    DutyBegun,
    Entry,
    Header,
    Missing,
    Notice,
    Words,
)
from services.cli.evidence.codes import code, when
from services.cli.evidence.derive import duties_in, entry_of, place, supervision_in, visits_in
from services.escalation.adapters.ledger import body_of
from services.escalation.domain.messages import CLOCK, MACHINE


@dataclass(frozen=True, slots=True)
class Indicator:
    """The words and the source of an indicator, as its pack's version has them."""

    text: Words
    source: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Words that packs and policy add to codes; what is missing stays a code."""

    # (pack id@version, indicator id)
    indicators: Mapping[tuple[str, str], Indicator] = field(default_factory=dict)
    # Duty id of the case's pack.
    duties: Mapping[str, Words] = field(default_factory=dict)
    policy_title: Words = field(default_factory=Words)
    policy_duty: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of one case. `events` is its whole ledger, its chain checked, oldest first."""

    events: Sequence[pb.CaseEvent]
    decisions: Sequence[risk_pb2.RiskDecision] = ()
    notices: Sequence[notify_pb2.Notice] = ()
    deliveries: Sequence[notify_pb2.Delivery] = ()
    commands: Sequence[pb.Command] = ()


def build(found: Found, texts: Texts, exported_by: str, now_ms: int) -> CaseFile:
    """The case file; ValueError when the ledger is empty or its last entry carries no snapshot."""
    events = found.events
    if not events or not events[-1].HasField("case_after"):
        raise ValueError("the ledger has no last entry with a snapshot of the case")
    case = events[-1].case_after
    decisions = _decisions(found, texts)
    notices = tuple(place(_notice(one), events, case.case_id) for one in _once(found.notices))
    commands = tuple(_command(one, events) for one in found.commands)
    by_id = {one.decision: one for one in decisions}
    return CaseFile(
        case=_header(case, texts),
        exported_at=when(now_ms),
        exported_by=exported_by,
        ledger=_ledger(events),
        decisions=decisions,
        duties=duties_in(events, by_id, texts.duties),
        supervision=supervision_in(events, now_ms),
        notices=notices,
        deliveries=tuple(_delivery(one) for one in found.deliveries),
        commands=commands,
        visits=visits_in(events),
        documents=(),
        missing=missing_of(events, decisions, commands, notices),
    )


def missing_of(
    events: Sequence[pb.CaseEvent],
    decisions: Sequence[Decision],
    commands: Sequence[Command],
    notices: Sequence[Notice],
) -> Missing:
    """What the ledger names and the file lacks."""
    causes = {event.cause_id: event.actor_id for event in events}
    decided, asked = {one.decision for one in decisions}, {one.command for one in commands}
    told = {one.serial_no for one in notices if one.kind == "supervision"}
    issued = [e.serial_no for e in events if e.type == pb.CASE_EVENT_TYPE_NOTICE_ISSUED]
    return Missing(
        tuple(sorted(c for c, actor in causes.items() if actor == MACHINE and c not in decided)),
        tuple(sorted(c for c, actor in causes.items() if actor != MACHINE and c not in asked)),
        tuple(sorted(serial for serial in issued if serial not in told)),
    )


def referenced(events: Sequence[pb.CaseEvent]) -> frozenset[str]:
    """The ids of the decisions and commands that caused something in a case."""
    return frozenset(event.cause_id for event in events)


def _ledger(events: Sequence[pb.CaseEvent]) -> tuple[Entry, ...]:
    return tuple(entry_of(e, e.prev_hash, e.hash, body_of(e)) for e in events)


def _header(case: pb.Case, texts: Texts) -> Header:
    return Header(
        case_id=case.case_id,
        case_no=case.case_no,
        subject=case.subject_id,
        lane=case.lane,
        jurisdiction=case.jurisdiction_code,
        pack=case.pack_id,
        level=code(codes.LEVEL, case.level),
        status=code(codes.STATUS, case.status),
        tier=code(codes.TIER, case.tier),
        owner=case.owner_id,
        owner_reason=case.owner_reason,
        policy=case.policy_version,
        policy_title=texts.policy_title,
        policy_duty=texts.policy_duty,
        triggers=tuple(case.triggers),
        opened_at=when(case.opened_at_ms),
        resolved_at=when(case.resolved_at_ms),
        next_act=code(codes.ACT, case.next_act),
        next_due=when(case.next_due_ms),
        resolve_due=when(case.resolve_due_ms),
        ledger_length=case.ledger_length,
        ledger_head=case.ledger_head.hex(),
    )


def _decisions(found: Found, texts: Texts) -> tuple[Decision, ...]:
    """Those the ledger names, each once, oldest first."""
    wanted = referenced(found.events)
    by_id = {one.decision_id: one for one in found.decisions if one.decision_id in wanted}
    ordered = sorted(by_id.values(), key=lambda one: (one.decided_at_ms, one.decision_id))
    return tuple(_decision(one, texts) for one in ordered)


def _decision(one: risk_pb2.RiskDecision, texts: Texts) -> Decision:
    pack = f"{one.pack_id}@{one.pack_version}"
    return Decision(
        decision=one.decision_id,
        event_kind=one.event_kind,
        pack=pack,
        reason=code(codes.REASON, one.reason),
        level=code(codes.LEVEL, one.level),
        previous_level=code(codes.LEVEL, one.previous_level),
        computed_level=code(codes.LEVEL, one.computed_level),
        lowest_possible=code(codes.LEVEL, one.lowest_possible),
        highest_possible=code(codes.LEVEL, one.highest_possible),
        assessor_level=code(codes.LEVEL, one.assessor_level),
        points=one.points,
        recency_points=one.recency_points,
        change_points=one.change_points,
        yellow_at=one.yellow_at,
        red_at=one.red_at,
        contributions=tuple(_contribution(pack, hit, texts) for hit in one.contributions),
        unknown_count=one.unknown_count,
        next_question=one.next_question,
        would_change=_change(one),
        triggers=tuple(one.triggers),
        legal_duties=tuple(DutyBegun(d.duty_id, when(d.due_ms)) for d in one.legal_duties),
        occurred_at=when(one.occurred_at_ms),
        decided_at=when(one.decided_at_ms),
        reassess_due=when(one.reassess_due_ms),
    )


def _contribution(pack: str, hit: risk_pb2.Contribution, texts: Texts) -> Contribution:
    known = texts.indicators.get((pack, hit.indicator_id), Indicator(Words(), ""))
    answer, floor = code(codes.ANSWER, hit.answer), code(codes.LEVEL, hit.floor)
    return Contribution(hit.indicator_id, known.text, answer, hit.points, floor, known.source)


def _change(one: risk_pb2.RiskDecision) -> tuple[Change, ...]:
    if not one.HasField("counterfactual"):
        return ()
    other = one.counterfactual
    answer, level = code(codes.ANSWER, other.answer), code(codes.LEVEL, other.level)
    return (Change(other.indicator_id, answer, level),)


def _once(notices: Sequence[notify_pb2.Notice]) -> list[notify_pb2.Notice]:
    """Each notice once: a crash may have written one again, under the same id."""
    return list({one.notice_id: one for one in reversed(notices)}.values())[::-1]


def _notice(one: notify_pb2.Notice) -> Notice:
    return Notice(
        notice=one.notice_id,
        kind=code(codes.KIND, one.kind),
        colour=code(codes.COLOUR, one.colour),
        serial_no=one.serial_no,
        recipient=one.recipient_id,
        level=code(codes.LEVEL, one.level),
        tier=code(codes.TIER, one.tier),
        act=code(codes.ACT, one.act),
        act_due=when(one.act_due_ms),
        created_at=when(one.created_at_ms),
        duties=tuple(one.duty_ids),
        cause="",
        entry=0,
        rule="",
    )


def _delivery(one: notify_pb2.Delivery) -> Delivery:
    return Delivery(
        delivery=one.delivery_id,
        notice=one.notice_id,
        recipient=one.recipient_id,
        attempt=one.attempt,
        channel=one.channel,
        status=code(codes.DELIVERY, one.status),
        reason=one.reason,
        gateway_code=one.provider_code,
        gateway_message=one.provider_message_id,
        at=when(one.at_ms),
        final=int(one.final),
    )


def _command(one: pb.Command, events: Sequence[pb.CaseEvent]) -> Command:
    return Command(
        command=one.command_id,
        act=one.WhichOneof("act") or "",
        actor=one.actor_id,
        via=CLOCK if one.actor_id == CLOCK else one.via,
        at=when(one.at_ms),
        entries=tuple(e.sequence for e in events if e.cause_id == one.command_id),
    )
