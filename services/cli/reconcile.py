"""Counts what was lost and what came twice, from the input, the topics and the gateways' own records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from sanse.escalation.v1 import cases_pb2
from sanse.intake.v1 import events_pb2
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2, triage_pb2
from services.cli.topic_reader import read_topic
from services.common.ids import derived_id
from services.common.settings import CommonSettings
from services.common.terms import Level, NoticeColour
from services.common.topics import Topic
from services.escalation.domain.cases import TRIAGE

# Reports that put an obligation on somebody.
_OWED = frozenset({"grievance", "task_assigned"})
_RATED = frozenset({"assessment", "incident"})
_CONFIRMED = frozenset({notify_pb2.DELIVERY_STATUS_DELIVERED, notify_pb2.DELIVERY_STATUS_SENT})


@dataclass(slots=True)
class Records:
    """What the topics hold, by id; counters count how often an id was written."""

    events: dict[str, str] = field(default_factory=dict)
    event_writes: Counter[str] = field(default_factory=Counter)
    rejects: set[str] = field(default_factory=set)
    decisions: dict[str, risk_pb2.RiskDecision] = field(default_factory=dict)
    triages: dict[str, triage_pb2.TriageDecision] = field(default_factory=dict)
    cases: dict[str, list[cases_pb2.CaseEvent]] = field(default_factory=lambda: defaultdict(list))
    forks: int = 0
    notices: dict[str, notify_pb2.Notice] = field(default_factory=dict)
    finals: dict[str, notify_pb2.Delivery] = field(default_factory=dict)
    dead: int = 0

    @property
    def newest_cases(self) -> list[cases_pb2.Case]:
        """Each case after its newest ledger entry that carries a snapshot."""
        found = []
        for entries in self.cases.values():
            snapshots = [e.case_after for e in entries if e.HasField("case_after")]
            found.extend(snapshots[-1:])
        return found

    @property
    def risk_cases(self) -> list[cases_pb2.Case]:
        """Of these, the ones that a risk decision opened."""
        return [case for case in self.newest_cases if not _is_obligation(case)]


def read_records(settings: CommonSettings) -> Records:
    """Everything on the topics of one prefix."""
    records = Records()
    for message in read_topic(settings, Topic.EVENTS):
        for event in events_pb2.EventBatch.FromString(message.value).events:
            records.events[event.event_id] = event.WhichOneof("body") or ""
            records.event_writes[event.event_id] += 1
    for message in read_topic(settings, Topic.REJECTS):
        records.rejects.add(events_pb2.RejectedInput.FromString(message.value).reject_id)
    for message in read_topic(settings, Topic.RISK):
        for decision in risk_pb2.RiskBatch.FromString(message.value).decisions:
            records.decisions[decision.decision_id] = decision
    for message in read_topic(settings, Topic.TRIAGE):
        for triage in triage_pb2.TriageBatch.FromString(message.value).decisions:
            records.triages[triage.triage_id] = triage
    _read_cases(settings, records)
    _read_notices(settings, records)
    records.dead = sum(1 for _ in read_topic(settings, Topic.DEAD))
    return records


def _read_cases(settings: CommonSettings, records: Records) -> None:
    """Keep each ledger entry once; the same sequence with another hash is a fork."""
    for message in read_topic(settings, Topic.CASES):
        for entry in cases_pb2.CaseEventBatch.FromString(message.value).events:
            chain = records.cases[entry.case_id]
            if entry.sequence == len(chain) + 1:
                chain.append(entry)
            elif entry.hash != chain[entry.sequence - 1].hash:
                records.forks += 1


def _read_notices(settings: CommonSettings, records: Records) -> None:
    for message in read_topic(settings, Topic.NOTICES):
        for notice in notify_pb2.NoticeBatch.FromString(message.value).notices:
            # One that went out with another is told by that one.
            if not notice.grouped_into:
                records.notices[notice.notice_id] = notice
    for message in read_topic(settings, Topic.DELIVERIES):
        for delivery in notify_pb2.DeliveryBatch.FromString(message.value).deliveries:
            if delivery.final:
                records.finals[delivery.notice_id] = delivery


@dataclass(frozen=True, slots=True)
class Balance:
    """Where input and output differ; each field lists ids, empty when all is well."""

    accepted_not_on_topic: Set[str]
    events_without_decision: Set[str]
    warnings_without_case: Set[str]
    incidents_without_triage: Set[str]
    triages_without_case: Set[str]
    owed_without_case: Set[str]
    notices_without_end: Set[str]
    confirmed_without_phone: Set[str]
    double_cases: Set[str]
    double_phone_messages: Mapping[str, int]
    forks: int
    dead: int

    @property
    def lost(self) -> int:
        """How many things disappeared on the way."""
        return (
            len(self.accepted_not_on_topic)
            + len(self.events_without_decision)
            + len(self.warnings_without_case)
            + len(self.incidents_without_triage)
            + len(self.triages_without_case)
            + len(self.owed_without_case)
            + len(self.notices_without_end)
            + len(self.confirmed_without_phone)
            + self.dead
        )

    @property
    def duplicates(self) -> int:
        """How many cases or phone messages exist more than once, and forked ledger entries."""
        extra = sum(count - 1 for count in self.double_phone_messages.values())
        return len(self.double_cases) + extra + self.forks


def balance(records: Records, accepted: Iterable[str], phone_notice_ids: Iterable[str]) -> Balance:
    """Compare what senders were told is accepted with the topics and with the phones."""
    triaged = {triage.event_id for triage in records.triages.values()}
    incidents = {event_id for event_id, kind in records.events.items() if kind == "incident"}
    owed = {event_id for event_id, kind in records.events.items() if kind in _OWED}
    decided = {decision.event_id for decision in records.decisions.values()}
    decided |= {triage.event_id for triage in records.triages.values() if not triage.rated_by}
    rated = {event_id for event_id, kind in records.events.items() if kind in _RATED}
    on_phones = Counter(phone_notice_ids)
    confirmed = {n for n, final in records.finals.items() if final.status in _CONFIRMED}
    opened: Counter[tuple[str, str, str]] = Counter()
    for case in records.newest_cases:
        if case.status != cases_pb2.CASE_STATUS_RESOLVED:
            # A subject may have one open case per pack, and one per obligation and unit that owes it.
            cause = case.decision_id if _is_obligation(case) else ""
            opened[(case.subject_id, case.pack_id, cause)] += 1
    return Balance(
        accepted_not_on_topic=set(accepted) - records.events.keys(),
        events_without_decision=rated - decided,
        warnings_without_case=_warnings_without_case(records),
        incidents_without_triage=incidents - triaged,
        triages_without_case=_triages_without_case(records),
        owed_without_case=owed - {case.decision_id for case in records.newest_cases},
        notices_without_end=records.notices.keys() - records.finals.keys(),
        confirmed_without_phone=confirmed - on_phones.keys(),
        double_cases={"/".join(key) for key, n in opened.items() if n > 1},
        double_phone_messages={notice: n for notice, n in on_phones.items() if n > 1},
        forks=records.forks,
        dead=records.dead,
    )


def _warnings_without_case(records: Records) -> set[str]:
    """Yellow and red decisions of subjects for which no case was ever opened."""
    with_case = {(case.subject_id, case.pack_id) for case in records.newest_cases}
    return {
        decision.decision_id
        for decision in records.decisions.values()
        if decision.level >= Level.YELLOW
        and (decision.subject_id, decision.pack_id) not in with_case
    }


def _is_obligation(case: cases_pb2.Case) -> bool:
    """Whether something owed opened it, not a warning. Older cases of triage say so by their pack alone."""
    return bool(case.obligation) or case.pack_id.partition("/")[0] == TRIAGE


def _triages_without_case(records: Records) -> set[str]:
    """Triage decisions of which a department, or the centre, has no case."""
    opened_by = {case.decision_id for case in records.newest_cases}
    return {
        triage.triage_id
        for triage in records.triages.values()
        for name in [task.department_id for task in triage.departments] or [""]
        if derived_id(triage.triage_id, name) not in opened_by
    }


def decisions_by_level(records: Records) -> dict[str, int]:
    """Number of decisions per effective level."""
    counted = Counter(Level(decision.level).name.lower() for decision in records.decisions.values())
    return {level: counted[level] for level in ("green", "yellow", "red")}


def obligations_by_kind(records: Records) -> dict[str, int]:
    """Number of obligations opened per kind."""
    counted = Counter(case.obligation for case in records.newest_cases if case.obligation)
    return dict(sorted(counted.items()))


def triages_by_route(records: Records) -> dict[str, int]:
    """Number of incidents per route of triage."""
    counted = Counter(triage.route for triage in records.triages.values())
    return {
        "dispatch": counted[triage_pb2.TRIAGE_ROUTE_DISPATCH],
        "report_up": counted[triage_pb2.TRIAGE_ROUTE_REPORT_UP],
        "keep": counted[triage_pb2.TRIAGE_ROUTE_KEEP],
    }


def supervision_by_colour(records: Records) -> dict[str, int]:
    """Number of supervision notices per colour."""
    counted = Counter(
        NoticeColour(notice.colour).name.lower()
        for notice in records.notices.values()
        if notice.kind == notify_pb2.NOTICE_KIND_SUPERVISION
    )
    return {colour: counted[colour] for colour in ("white", "yellow", "red")}
