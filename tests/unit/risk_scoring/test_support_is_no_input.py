"""Who gets which help is never an input to a score: proved on bytes, on the schema and on the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from services.common.lane_types import LaneRecord, Outgoing
from services.common.settings import REPOSITORY
from services.risk_scoring.adapters.wire_views import EventBatchView
from services.risk_scoring.domain.report import Report
from services.risk_scoring.service.handler import ScoringHandler
from tests.contract.risk_scoring.batches import apply, assessment, event, incident, value
from tests.unit.risk_scoring.makers import HOUSEHOLD, PACKS, TRIAGE

SUBJECTS = ("H1", "H2", "G532301001001003")
HANDLER = ScoringHandler(PACKS, TRIAGE)
Events = list[events_pb2.Event]

_answers = st.lists(
    st.sampled_from(["no", "no", "no", "yes", "unknown"]),
    min_size=len(HOUSEHOLD.indicators),
    max_size=len(HOUSEHOLD.indicators),
).map(lambda drawn: dict(zip((one.id for one in HOUSEHOLD.indicators), drawn, strict=True)))


@st.composite
def rated(draw: st.DrawFn) -> events_pb2.Event:
    """An assessment or an incident."""
    name, day = f"r{draw(st.integers(0, 12))}", draw(st.integers(0, 400))
    subject = draw(st.sampled_from(SUBJECTS))
    if draw(st.booleans()):
        status = draw(st.sampled_from([1, 1, 1, 2, 3]))
        given_answers = draw(_answers) if status == 1 else {}
        return assessment(name, given_answers, subject, day, status=status)
    category = draw(st.sampled_from(["household_dispute", "fight", "domestic_violence", "fraud"]))
    facts = dict(list(draw(_answers).items())[:3])
    return incident(name, category, facts, subject, day, pack="household_dispute")


@st.composite
def help_given(draw: st.DrawFn) -> events_pb2.Event:
    """A support plan or a support visit of the same subjects, with any content."""
    name, day = f"s{draw(st.integers(0, 999))}", draw(st.integers(0, 400))
    subject = draw(st.sampled_from(SUBJECTS))
    if draw(st.booleans()):
        result = draw(st.sampled_from(["done", "not_home", "declined", "needs_help"]))
        return event(
            name, subject, day, support_visit=events_pb2.SupportVisit(plan_id="P", result=result)
        )
    sealed = common_pb2.SealedText(key_id="k", ciphertext=draw(st.binary(max_size=80)))
    plan = events_pb2.SupportPlan(
        plan_id=draw(st.text(max_size=10)),
        sealed_category=sealed,
        visit_every_days=draw(st.integers(0, 366)),
        first_visit_due_ms=draw(st.integers(0, 1 << 50)),
        ends_ms=draw(st.integers(0, 1 << 50)),
        revoked=draw(st.booleans()),
    )
    return event(name, subject, day, support_plan=plan)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Events], list[Events]]:
    """Records of rated events, and the same records with help anywhere among them."""
    plain = draw(st.lists(st.lists(rated(), max_size=3), min_size=1, max_size=5))
    mixed = []
    for events in plain:
        among = list(events)
        for one in draw(st.lists(help_given(), max_size=3)):
            among.insert(draw(st.integers(0, len(among))), one)
        mixed.append(among)
    return plain, mixed


def _outputs(records: list[Events]) -> tuple[list[list[Outgoing]], dict[str, bytes]]:
    """All that scoring writes, and its state after."""
    state: dict[str, bytes] = {}
    outputs = []
    for offset, events in enumerate(records):
        one = LaneRecord("test.events.v1", 3, offset, 7, value(*events))
        outputs.append(list(apply(HANDLER, state, one).outputs))
    return outputs, state


@settings(max_examples=60)
@given(histories())
def test_help_changes_no_byte_of_any_decision(history: tuple[list[Events], list[Events]]) -> None:
    """With plans and visits added anywhere, scoring writes the same bytes and keeps the same state."""
    plain, mixed = history
    assert _outputs(mixed) == _outputs(plain)


def test_the_histories_would_show_a_difference() -> None:
    """The comparison can fail: one more incident changes the bytes."""
    one = [assessment("a", {one.id: "no" for one in HOUSEHOLD.indicators})]
    more = [*one, incident("b", "fight", {"physical_fight": "yes"}, pack="household_dispute")]
    assert _outputs([one]) != _outputs([more])


def test_to_scoring_a_plan_has_no_fields() -> None:
    """In the message classes scoring reads with, plans and visits are bytes: there is no field to read."""
    fields = EventBatchView.DESCRIPTOR.fields_by_name["events"].message_type.fields_by_name
    for name in ("support_plan", "support_visit"):
        assert fields[name].type == FieldDescriptor.TYPE_BYTES
    plan = event("p", support_plan=events_pb2.SupportPlan(plan_id="P", visit_every_days=3))
    (seen,) = EventBatchView.FromString(value(plan)).events
    assert seen.WhichOneof("body") == "support_plan"
    assert isinstance(seen.support_plan, bytes)


def test_no_code_of_scoring_reads_a_plan() -> None:
    """No file of scoring names these bodies, their messages, or a field that only they have."""
    bodies = (events_pb2.SupportPlan, events_pb2.SupportVisit)
    words = {"support_plan", "support_visit"} | {body.DESCRIPTOR.name for body in bodies}
    words |= {one.name for body in bodies for one in body.DESCRIPTOR.fields}
    # Words that scoring uses for things of its own.
    words -= {"result", "revoked", "ends_ms"}
    for path in sorted((REPOSITORY / "services" / "risk_scoring").rglob("*.py")):
        named = set(_names(path)) & words
        assert not named, f"{path} names {named}"


def test_a_report_has_no_place_for_help() -> None:
    """The facts scoring decides on: none could hold a plan, a category or a visit."""
    assert set(Report._fields) == {
        "event_id",
        "subject_id",
        "jurisdiction_code",
        "occurred_at_ms",
        "accepted_at_ms",
        "trace_id",
        "kind",
        "pack",
        "answers",
        "assessor_level",
        "round_id",
        "moving",
        "serious",
        "related_event_id",
        "incident",
    }


def _names(path: Path) -> Iterator[str]:
    """Every attribute, name, import and whole string of a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
