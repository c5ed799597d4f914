"""Facts to protobuf: personal texts sealed, the household's number replaced by its pseudonym."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from services.common.crypto import Keys, Sealed
from services.common.divisions import GRID_DIGITS
from services.common.ids import derived_id
from services.common.lanes import lane_of
from services.common.support import CategoryWords
from services.intake.domain import facts
from services.intake.domain.codes import ReportKind
from services.intake.domain.incoming import Format, Incoming, source_id_of
from services.intake.domain.limits import MAX_KEPT_ORIGINAL_BYTES
from services.intake.domain.problems import Problem
from services.intake.domain.rulebook import Questionnaire, Rulebook

_BASE64 = ";base64"
_ORIGINAL_PURPOSE = "original"
_CATEGORY_PURPOSE = "support_category"
# Ciphertext is as long as its text, so every category is filled up to one length.
_CATEGORY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event as it stands in a batch: since protobuf messages merge by concatenation, batches are joined bytes."""

    lane: int
    entry: bytes


class EventCodec:
    """Writes accepted reports with one set of keys and one rulebook."""

    def __init__(self, keys: Keys, rules: Rulebook) -> None:
        self._keys = keys
        self._rules = rules
        questionnaires = {**rules.questionnaires, "": rules.every}
        # The wire bytes of each possible answer: building message objects would take most of the time.
        self._assessment_wire = _tables(
            questionnaires,
            lambda item: events_pb2.Assessment(answers=[item]).SerializeToString(),
        )
        self._incident_wire = _tables(
            questionnaires, lambda item: events_pb2.Incident(facts=[item]).SerializeToString()
        )
        self._writers: Mapping[ReportKind, Callable[[Any, Any, str], None]] = {
            ReportKind.ASSESSMENT: self._assessment,
            ReportKind.INCIDENT: self._incident,
            ReportKind.GRIEVANCE: self._grievance,
            ReportKind.TASK_ASSIGNED: _task,
            ReportKind.SUPPORT_VISIT: _visit,
            ReportKind.SUPPORT_PLAN: self._plan,
            ReportKind.OUTCOME: _outcome,
            ReportKind.HOUSEHOLD_MOVE: self._move,
        }

    def encode(
        self, report: facts.Report, event_id: str, source: str, accepted_at_ms: int
    ) -> EncodedEvent:
        """The event of a report, with the lane of its subject."""
        household_id = self._keys.pseudonym(report.household_no) if report.household_no else ""
        subject_id = subject_of(household_id, report.jurisdiction_code, event_id)
        batch = events_pb2.EventBatch()
        event = batch.events.add(
            event_id=event_id,
            source=source,
            source_id=report.source_id,
            occurred_at_ms=report.occurred_at_ms,
            accepted_at_ms=accepted_at_ms,
            jurisdiction_code=report.jurisdiction_code,
            household_id=household_id,
            subject_id=subject_id,
            # An event id without its dashes is a W3C trace id: the same for every hop of this event.
            trace_id=event_id.replace("-", ""),
        )
        body = getattr(event, report.kind.value)
        body.SetInParent()
        self._writers[report.kind](body, report.body, subject_id)
        if report.kind is ReportKind.OUTCOME and not event.outcome.related_event_id:
            event.outcome.related_event_id = _related(report.body, source)
        return EncodedEvent(lane_of(subject_id), batch.SerializeToString())

    def _assessment(self, out: Any, body: facts.Assessment, subject_id: str) -> None:
        if body.answers:
            out.MergeFromString(_row(self._assessment_wire[body.pack_id], body.answers))
        out.round_id = body.round_id
        out.pack_id = body.pack_id
        out.status = int(body.status)
        out.assessor_level = int(body.assessor_level)
        out.assessor_id = body.assessor_id
        self._seal(out.remarks, "remarks", subject_id, body.remarks)

    def _incident(self, out: Any, body: facts.Incident, subject_id: str) -> None:
        if body.facts:
            out.MergeFromString(_row(self._incident_wire[body.pack_id], body.facts))
        out.category = body.category
        out.pack_id = body.pack_id
        out.reporter_role = body.reporter_role
        self._seal(out.narrative, "narrative", subject_id, body.narrative)

    def _grievance(self, out: Any, body: facts.Grievance, subject_id: str) -> None:
        out.category = body.category
        out.channel = body.channel
        out.reply_due_ms = body.reply_due_ms
        self._seal(out.narrative, "narrative", subject_id, body.narrative)

    def _move(self, out: Any, body: facts.HouseholdMove, _: str) -> None:
        out.to_household_id = self._keys.pseudonym(body.to_household_no)
        out.to_jurisdiction_code = body.to_jurisdiction_code
        out.who = int(body.who)

    def _plan(self, out: Any, body: facts.SupportPlan, subject_id: str) -> None:
        out.plan_id = body.plan_id
        out.visit_every_days = body.visit_every_days
        out.first_visit_due_ms = body.first_visit_due_ms
        out.ends_ms = body.ends_ms
        out.visitor_id = body.visitor_id
        out.revoked = body.revoked
        if body.category:
            filled = body.category.ljust(_CATEGORY_LENGTH)
            self._seal(out.sealed_category, _CATEGORY_PURPOSE, subject_id, filled)

    def _seal(self, out: Any, purpose: str, subject_id: str, text: str) -> None:
        if text:
            out.CopyFrom(sealed_message(self._keys.seal(purpose, subject_id, text)))


class RejectCodec:
    """Writes refused input, its original sealed; and opens it again for replay."""

    def __init__(self, keys: Keys, words: CategoryWords) -> None:
        self._keys = keys
        self._words = words

    def encode(
        self, incoming: Incoming, original: bytes, problem: Problem, source: str, now_ms: int
    ) -> tuple[str, bytes]:
        """The reject's id and value. The same input refused again has the same id."""
        source_id = source_id_of(incoming.report)
        reject_id = derived_id("reject", source, original.hex())
        message = events_pb2.RejectedInput(
            reject_id=reject_id,
            source=source,
            # A number that says a category of help is kept sealed, with the original.
            source_id="" if self._words.named_in(source_id) else source_id,
            reason=problem.reason.value,
            field_path=problem.field_path,
            message_zh=problem.message_zh,
            message_en=problem.message_en,
            allowed=problem.allowed,
            rejected_at_ms=now_ms,
        )
        if len(original) <= MAX_KEPT_ORIGINAL_BYTES:
            text, suffix = _as_text(original)
            message.original.CopyFrom(
                sealed_message(self._keys.seal(_ORIGINAL_PURPOSE, reject_id, text))
            )
            message.original_format = incoming.format.value + suffix
        return reject_id, message.SerializeToString()

    def open(self, reject: events_pb2.RejectedInput) -> tuple[Format, bytes] | None:
        """The original and its format; None when it was too large to keep."""
        if not reject.HasField("original"):
            return None
        sealed = reject.original
        text = self._keys.open(
            reject.reject_id, Sealed(sealed.key_id, sealed.nonce, sealed.ciphertext)
        )
        name = reject.original_format
        if name.endswith(_BASE64):
            return Format(name.removesuffix(_BASE64)), base64.b64decode(text)
        return Format(name), text.encode()


def subject_of(household_id: str, jurisdiction_code: str, event_id: str) -> str:
    """Whom an event is about: the household, else the grid, else the event itself."""
    if household_id:
        return household_id
    return f"G{jurisdiction_code}" if len(jurisdiction_code) == GRID_DIGITS else event_id


def sealed_message(sealed: Sealed) -> common_pb2.SealedText:
    """A sealed text on the wire."""
    return common_pb2.SealedText(
        key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext
    )


def _tables(
    questionnaires: Mapping[str, Questionnaire],
    wire: Callable[[common_pb2.AnsweredIndicator], bytes],
) -> Mapping[str, list[tuple[bytes, ...]]]:
    return {
        pack_id: [
            (b"", *(wire(_answered(name, answer)) for answer in (1, 2, 3)))
            for name in questions.indicators
        ]
        for pack_id, questions in questionnaires.items()
    }


def _answered(name: str, answer: int) -> common_pb2.AnsweredIndicator:
    item = common_pb2.AnsweredIndicator(indicator_id=name)
    item.answer = common_pb2.Answer.Name(answer)  # type: ignore[assignment,arg-type]
    return item


def _row(table: list[tuple[bytes, ...]], answers: bytes) -> bytes:
    return b"".join([row[answer] for row, answer in zip(table, answers, strict=True)])


def _task(out: Any, body: facts.TaskAssigned, _: str) -> None:
    out.task_no = body.task_no
    out.unit_id = body.unit_id
    out.due_ms = body.due_ms
    out.kind = body.kind


def _visit(out: Any, body: facts.SupportVisit, _: str) -> None:
    out.plan_id = body.plan_id
    out.visitor_id = body.visitor_id
    out.result = body.result


def _outcome(out: Any, body: facts.Outcome, _: str) -> None:
    out.kind = body.kind
    out.related_event_id = body.related_event_id


def _related(body: facts.Body, source: str) -> str:
    if isinstance(body, facts.Outcome) and body.related_source_id:
        return event_id_of(source, body.related_source_id)
    return ""


def event_id_of(source: str, source_id: str) -> str:
    """The id of an event: the same report sent twice has the same."""
    return derived_id(source, source_id)


def _as_text(original: bytes) -> tuple[str, str]:
    try:
        return original.decode(), ""
    except UnicodeDecodeError:
        return base64.b64encode(original).decode(), _BASE64
