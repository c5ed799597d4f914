"""The lane handler of escalation: what scoring decided, what is owed, commands in; ledger entries and notices out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from google.protobuf.message import DecodeError

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.risk.v1 import reviews_pb2, risk_pb2, triage_pb2
from services.common import log
from services.common.lane_types import LaneOutcome, LaneRecord, PoisonRecord, Restored
from services.common.topics import Topic, TopicNames
from services.escalation.adapters.bulletin_codec import bulletin_from, told_key
from services.escalation.adapters.command_codec import command_from
from services.escalation.adapters.finding_codec import (
    finding_from,
    owed_by_review,
    owed_by_triage,
    refusal_from,
)
from services.escalation.adapters.lane_view import subject_key
from services.escalation.adapters.ledger_fold import LedgerFold
from services.escalation.adapters.overdue_homes import owed_by_clock
from services.escalation.adapters.owed_codec import owed_by_events
from services.escalation.adapters.serial_codec import request_from
from services.escalation.domain.bulletins import Bulletin
from services.escalation.domain.draft import Rules
from services.escalation.domain.events import Decision
from services.escalation.domain.messages import Command, Message
from services.escalation.domain.reasons import REFUSED, Reason
from services.escalation.domain.serials import NumberRequest
from services.escalation.service.batch import Batch
from services.escalation.service.measures import ASSUMED, DECISIONS, NOTICES
from services.escalation.service.numbers import state_wanted

_log = log.get("escalation")
Decoded = Message | NumberRequest | Bulletin


class EscalationHandler:
    """Pure but for its codec; `now_ms` is not used, since messages carry the time that counts."""

    def __init__(self, rules: Rules, names: TopicNames) -> None:
        self._rules = rules
        self._readers: Mapping[str, Callable[[bytes], Sequence[Decoded]]] = {
            names(Topic.RISK): _findings,
            names(Topic.TRIAGE): _triaged,
            names(Topic.REVIEWS): _reviews,
            names(Topic.EVENTS): _events,
            names(Topic.COMMANDS): _commands,
        }

    def decode(self, record: LaneRecord) -> Sequence[Decoded]:
        """The record's messages; PoisonRecord when bytes or numbers in it are not of this protocol."""
        try:
            return self._readers[record.topic](record.value)
        except (DecodeError, KeyError) as wrong:
            raise PoisonRecord(f"{record.topic} at {record.offset}: {wrong!r}") from wrong

    def wanted(self, decoded: Sequence[Decoded]) -> Sequence[str]:
        """All cases of each subject named; of a request for a number, the register and the notice's number."""
        keys: dict[str, None] = {}
        for message in decoded:
            if isinstance(message, NumberRequest):
                keys.update(dict.fromkeys(state_wanted(message)))
            elif isinstance(message, Bulletin):
                keys[told_key(message.recipient_id)] = None
            else:
                keys[subject_key(message.subject_id)] = None
        return list(keys)

    def decide(
        self,
        record: LaneRecord,
        decoded: Sequence[Decoded],
        state: Mapping[str, bytes],
        now_ms: int,
    ) -> LaneOutcome:
        """Apply the messages in their order."""
        batch = Batch(record, state, self._rules)
        for message in decoded:
            if isinstance(message, NumberRequest):
                batch.allot(message)
            elif isinstance(message, Bulletin):
                _report_bulletin(message, batch.announce(message))
            else:
                _report(message, batch.apply(message))
        return batch.outcome()

    def fold(self) -> LedgerFold:
        """A rebuild reads the ledger through this, since one record carries only the cases it changed."""
        return LedgerFold()

    def restore(self, topic: Topic, value: bytes) -> Restored | None:
        """What one ledger record alone says; a rebuild uses `fold`."""
        fold = LedgerFold()
        fold.add(topic, value)
        return next(iter(fold.finish()), None)


def read_command(command: pb.Command) -> Decoded:
    """A command to a case, a notice's request for its number, or what the clock wants told or opened."""
    if command.WhichOneof("act") == "send_bulletin":
        return bulletin_from(command)
    if command.WhichOneof("act") == "open_reassessment":
        return owed_by_clock(command)
    if command.WhichOneof("act") == "allot_number":
        return request_from(command)
    return command_from(command)


def _findings(value: bytes) -> list[Message]:
    batch = risk_pb2.RiskBatch.FromString(value)
    found = [finding_from(decision) for decision in batch.decisions]
    return [*found, *(refusal_from(refused) for refused in batch.refused)]


def _triaged(value: bytes) -> list[Message]:
    made = triage_pb2.TriageBatch.FromString(value).decisions
    return [owed for one in made for owed in owed_by_triage(one)]


def _reviews(value: bytes) -> list[Message]:
    return [owed_by_review(one) for one in reviews_pb2.ReviewBatch.FromString(value).opened]


def _events(value: bytes) -> list[Message]:
    return [*owed_by_events(value)]


def _commands(value: bytes) -> list[Decoded]:
    return [read_command(command) for command in pb.CommandBatch.FromString(value).commands]


def _report(message: Message, decision: Decision) -> None:
    """Count each decision by its reason; log what people and the clock did, and what was refused."""
    DECISIONS.labels(decision.reason.value).inc()
    for notice in decision.notices:
        NOTICES.labels(notice.kind.name.lower(), notice.colour.name.lower()).inc()
    if decision.assumed_years:
        _report_assumed(decision)
    if not isinstance(message, Command):
        return
    name = "command.refused" if decision.reason in REFUSED else "command.decided"
    _log.info(
        name, case_id=message.case_id, command_id=message.command_id, reason=decision.reason.value
    )


def _report_bulletin(bulletin: Bulletin, reason: Reason) -> None:
    DECISIONS.labels(reason.value).inc()
    if reason is not Reason.TOLD_ALREADY:
        NOTICES.labels(bulletin.kind.name.lower(), "none").inc()
        _log.info("bulletin.told", recipient_id=bulletin.recipient_id, reason=reason.value)


def _report_assumed(decision: Decision) -> None:
    """A deadline in a year without a calendar is counted all the same, and never in silence."""
    for year in decision.assumed_years:
        ASSUMED.labels(str(year)).inc()
    case_id = decision.case.case_id if decision.case else ""
    _log.warning(
        "deadline.calendar_assumed",
        case_id=case_id,
        years=decision.assumed_years,
        reason=decision.reason.value,
    )
