"""A support plan is taken only as its category allows, and its category is seen by nobody afterwards."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from sanse.intake.v1 import events_pb2
from services.common.clock import SHANGHAI, to_ms
from services.common.crypto import Keys, Sealed
from services.common.divisions import Divisions
from services.common.settings import CommonSettings
from services.common.support_file import load_support
from services.intake.adapters.codec import EventCodec, RejectCodec
from services.intake.domain.columns import Columns
from services.intake.domain.facts import Report, SupportPlan
from services.intake.domain.incoming import Incoming
from services.intake.domain.problems import Problem, Reason
from services.intake.domain.rulebook import Context, Rulebook
from services.intake.domain.validate import validate
from services.intake.main import support_table
from services.intake.service.api_page import openapi, page

POLICY = load_support(CommonSettings().support_file)
IDS = [one.id for one in POLICY.categories]
GRID = "532301001001003"
RULES = Rulebook.of(
    {"household_dispute": ("threat_to_kill",)},
    Divisions({"532301001001": "甲村", GRID: "第3网格"}),
    support_table(POLICY),
)
CONTEXT = Context(RULES, to_ms(datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)))
KEYS = Keys("5a" * 32)
GOOD: dict[str, Any] = {
    "source_id": "CA-1",
    "type": "support_plan",
    "occurred_at": "2026-03-01T09:30:00+08:00",
    "jurisdiction_code": GRID,
    "household_no": "53230100012345",
    "support_plan": {
        "plan": "SP-17",
        "category": "elders_living_alone",
        "visit_every_days": 30,
        "first_visit_due_at": "2026-03-20T18:00:00+08:00",
        "ends_at": "2027-02-28T18:00:00+08:00",
        "visitor": "GW-53230100100100301",
    },
}
Spoil = Callable[[dict[str, Any]], object]


def _plan(**values: Any) -> Spoil:
    return lambda report: report["support_plan"].update(values)


SPOILT: dict[str, tuple[Spoil, Reason, str]] = {
    "category": (_plan(category="elders_living_alon"), Reason.SUPPORT_CATEGORY_UNKNOWN, "support_plan.category"),
    "no category": (lambda r: r["support_plan"].pop("category"), Reason.FIELD_MISSING, "support_plan.category"),
    "interval": (_plan(visit_every_days=31), Reason.SUPPORT_INTERVAL_LONG, "support_plan.visit_every_days"),
    "zero": (_plan(visit_every_days=0), Reason.NUMBER_OUT_OF_RANGE, "support_plan.visit_every_days"),
    "no number": (_plan(visit_every_days="often"), Reason.NUMBER_OUT_OF_RANGE, "support_plan.visit_every_days"),
    "true is no number": (_plan(visit_every_days=True), Reason.NUMBER_OUT_OF_RANGE, "support_plan.visit_every_days"),
    "end": (_plan(ends_at="2029-01-01T00:00:01+08:00"), Reason.SUPPORT_ENDS_LATE, "support_plan.ends_at"),
    "no time": (_plan(ends_at="2026-03-01T09:30:00+08:00"), Reason.SUPPORT_ENDS_EARLY, "support_plan.ends_at"),
    "first visit": (
        _plan(first_visit_due_at="2026-03-31T09:30:01+08:00"),
        Reason.SUPPORT_FIRST_VISIT_LATE,
        "support_plan.first_visit_due_at",
    ),
    "number tells": (_plan(plan="elders-living-alone-3"), Reason.SUPPORT_CATEGORY_SHOWN, "support_plan.plan"),
    "visitor tells": (_plan(visitor="re_entry_support-1"), Reason.SUPPORT_CATEGORY_SHOWN, "support_plan.visitor"),
    "sender's number tells": (lambda r: r.update(source_id="安置帮教-3"), Reason.SUPPORT_CATEGORY_SHOWN, "source_id"),
    "no household": (lambda r: r.pop("household_no"), Reason.FIELD_MISSING, "household_no"),
    "flag": (_plan(revoked="perhaps"), Reason.CODE_UNKNOWN, "support_plan.revoked"),
    "flag type": (_plan(revoked=3), Reason.TYPE_WRONG, "support_plan.revoked"),
    "who somebody is": (_plan(religion="x"), Reason.FIELD_FORBIDDEN, "support_plan.religion"),
}  # fmt: skip


def _problems(report: object) -> Sequence[Problem]:
    found = validate(report, CONTEXT)
    assert isinstance(found, list), found
    return found


def _good(**values: Any) -> Report:
    report = copy.deepcopy(GOOD)
    report["support_plan"].update(values)
    found = validate(report, CONTEXT)
    assert isinstance(found, Report), found
    return found


@pytest.mark.parametrize("name", SPOILT)
def test_what_a_category_does_not_allow_is_refused(name: str) -> None:
    """The reason and the field, in both languages; nothing else is blamed."""
    spoil, reason, path = SPOILT[name]
    report = copy.deepcopy(GOOD)
    spoil(report)
    (one,) = _problems(report)
    assert (one.reason, one.field_path) == (reason, path)
    assert one.message_zh != one.message_en


def test_the_limits_themselves_are_allowed() -> None:
    """The category's interval, its last second, and a first visit just one interval on."""
    found = _good(
        ends_at="2029-01-01T00:00:00+08:00", first_visit_due_at="2026-03-31T09:30:00+08:00"
    )
    assert isinstance(found.body, SupportPlan)
    assert found.body.visit_every_days == 30


def test_an_unknown_category_is_told_all_ids_and_never_the_nearest() -> None:
    """All ids are listed; a "did you mean" would tell what was meant, on a topic in the clear."""
    report = copy.deepcopy(GOOD)
    report["support_plan"]["category"] = "elders_living_alon"
    (one,) = _problems(report)
    assert one.allowed == ", ".join(IDS)
    for text in (one.message_zh, one.message_en):
        assert "did you mean" not in text and "是否应为" not in text
        assert text.endswith(one.allowed)


def test_a_reject_reads_the_same_whatever_the_category() -> None:
    """Two plans alike but for their category, refused for the same fault, leave the same clear text."""
    for spoil in (_plan(visit_every_days=366), _plan(ends_at="2040-01-01T00:00:00Z")):
        seen = set()
        for name in IDS:
            report = copy.deepcopy(GOOD)
            spoil(report)
            report["support_plan"]["category"] = name
            problem = _problems(report)[0]
            original = json.dumps(report).encode()
            _, value = RejectCodec(KEYS, RULES.support.words).encode(
                Incoming(report), original, problem, "office", 1
            )
            assert name.encode() not in value
            seen.add((problem.reason, problem.message_zh, problem.message_en, problem.allowed))
        assert len(seen) == 1


def test_a_visit_under_a_telling_number_is_refused() -> None:
    """Plan, visitor and the sender's number of a visit stand in the clear as well."""
    report = copy.deepcopy(GOOD) | {"type": "support_visit"}
    del report["support_plan"]
    report["support_visit"] = {"plan": "SP-17", "visitor": "GW-1", "result": "done"}
    assert isinstance(validate(report, CONTEXT), Report)
    for path in ("source_id", "support_visit.plan", "support_visit.visitor"):
        telling = copy.deepcopy(report)
        place = telling if path == "source_id" else telling["support_visit"]
        place[path.rpartition(".")[2]] = "community-correction-7"
        (one,) = _problems(telling)
        assert (one.reason, one.field_path) == (Reason.SUPPORT_CATEGORY_SHOWN, path)


def test_a_telling_number_is_not_kept_with_its_reject() -> None:
    """Whatever else is wrong with a report: the reject's clear number is empty, its original opens again."""
    codec = RejectCodec(KEYS, RULES.support.words)
    report = copy.deepcopy(GOOD) | {"source_id": "安置帮教-3", "jurisdiction_code": "53"}
    original = json.dumps(report, ensure_ascii=False).encode()
    _, value = codec.encode(Incoming(report), original, _problems(report)[0], "office", 1)
    reject = events_pb2.RejectedInput.FromString(value)
    assert reject.source_id == ""
    assert "安置帮教".encode() not in value
    opened = codec.open(reject)
    assert opened is not None
    assert opened[1] == original
    plain = copy.deepcopy(GOOD) | {"jurisdiction_code": "53"}
    _, value = codec.encode(Incoming(plain), b"{}", _problems(plain)[0], "office", 1)
    assert events_pb2.RejectedInput.FromString(value).source_id == "CA-1"


def test_a_revocation_needs_the_number_alone() -> None:
    """Nothing else is asked, and what is sent besides is not kept."""
    report = copy.deepcopy(GOOD)
    report["support_plan"] = {"plan": "SP-17", "revoked": True}
    bare = validate(report, CONTEXT)
    assert isinstance(bare, Report)
    assert bare.body == _good(revoked=True).body == SupportPlan("SP-17", "", 0, 0, 0, "", True)
    event = _event(bare)
    assert event.support_plan.revoked
    assert not event.support_plan.HasField("sealed_category")


def test_without_categories_no_plan_is_taken() -> None:
    """A prefecture that configured none has none; visits and all else are taken as before."""
    rules = Rulebook.of({}, RULES.divisions)
    found = validate(GOOD, Context(rules, CONTEXT.now_ms))
    assert isinstance(found, list)
    assert found[0].reason is Reason.SUPPORT_CATEGORY_UNKNOWN


def test_events_differ_by_nothing_but_the_seal() -> None:
    """Whatever the category, the event has the same length and the same clear fields: even its size is silent."""
    events = {name: _event(_good(category=name, visit_every_days=30)) for name in IDS}
    clear = set()
    for name, event in events.items():
        raw = event.SerializeToString()
        assert name.encode() not in raw
        category = next(one for one in POLICY.categories if one.id == name)
        for word in (category.name.zh, category.name.en, *category.aliases):
            assert word.encode() not in raw
        sealed = event.support_plan.sealed_category
        seal = Sealed(sealed.key_id, sealed.nonce, sealed.ciphertext)
        assert KEYS.open(event.subject_id, seal).strip() == name
        assert len(sealed.ciphertext) == 64 + 16
        sealed.ClearField("nonce")
        sealed.ClearField("ciphertext")
        clear.add((len(raw), event.SerializeToString()))
    assert len(clear) == 1


def test_a_table_row_is_the_same_report() -> None:
    """A CSV or XLSX row with Chinese headings gives the same facts as the JSON."""
    cells = {
        "编号": "CA-1",
        "类型": "support_plan",
        "发生时间": GOOD["occurred_at"],
        "区划代码": GRID,
        "户编号": GOOD["household_no"],
        "帮扶计划编号": "SP-17",
        "类别": "elders_living_alone",
        "走访间隔天数": "30",
        "首次走访期限": GOOD["support_plan"]["first_visit_due_at"],
        "结束时间": GOOD["support_plan"]["ends_at"],
        "走访人": GOOD["support_plan"]["visitor"],
        "撤销": "否",
    }
    report = Columns.of(list(cells), RULES).report(list(cells.values()))
    assert validate(report, CONTEXT) == _good()


def test_the_api_page_lists_categories_with_their_limits() -> None:
    """Id, longest interval and last day of each: the answer to a refused report does not say them."""
    document = openapi(RULES)
    field = document["components"]["schemas"]["support_plan"]["properties"]["category"]
    assert field["enum"] == IDS
    for one in POLICY.categories:
        assert f"{one.id}: ≤ {one.visit_every_days} 天 days, {one.ends}" in field["description"]
    assert "帮扶计划" in page(document)


def _event(report: Report) -> events_pb2.Event:
    encoded = EventCodec(KEYS, RULES).encode(report, "e" * 36, "office", 1)
    (event,) = events_pb2.EventBatch.FromString(encoded.entry).events
    return event
