"""Who owes a case and where it stands follow from its ledger alone, over any history: so a true file verifies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.evidence.derive import Happened, owner_of, status_of
from services.common.terms import Level
from services.escalation.domain.cases import Case, EvidenceKind
from services.escalation.domain.events import LedgerEntry
from services.escalation.domain.messages import (
    AddEvidence,
    ApproveClosing,
    RaiseLevel,
    ReturnClosing,
)
from tests.unit.escalation.desk import (
    COUNTY,
    POLICY,
    PREFECTURE,
    TOWNSHIP,
    Desk,
    rules,
)
from tests.unit.escalation.test_laws import steps
from tests.unit.escalation.test_obligations import HASH, HAZARD, owed
from tests.unit.escalation.test_promises import Promising, scripts


def holds(case: Case, entries: list[LedgerEntry]) -> None:
    """What the ledger says is what the case says."""
    own = [one for one in entries if one.case_id == case.case_id]
    happened = [Happened(one.type.name.lower(), one.recipient_id, one.reason) for one in own]
    assert owner_of(happened) == case.owner_id
    assert status_of(happened) == case.status.name.lower()


@settings(max_examples=60)
@given(st.one_of(scripts, steps))
def test_owner_and_status_of_any_case(script: list[tuple[str, Any]]) -> None:
    """Raised, taken over, offered, un-acknowledged, resolved: in any order of acts."""
    history = Promising().play(script)
    entries = [entry for _, decision in history.decisions for entry in decision.entries]
    for case in history.subject.cases:
        holds(case, entries)


@pytest.mark.parametrize("decisions", ["", "r", "a", "ra", "late a"])
def test_owner_and_status_of_a_closing(decisions: str) -> None:
    """While it waits the approver has it, with its ladder; returned or approved, it is its owner's again."""
    desk = Desk(rules=rules(None, HAZARD))
    desk.takes(owed(1, "hidden_hazard"))
    desk.visits(TOWNSHIP)
    for step in ("ask", *decisions):
        if step == "ask" or desk.case.closing is None:
            desk.does(TOWNSHIP, AddEvidence(EvidenceKind.DOCUMENT, HASH))
            desk.resolves(TOWNSHIP, "done")
        if step == "l":
            desk.passes(100)
        if step in "ra":
            desk.does(PREFECTURE, ReturnClosing("") if step == "r" else ApproveClosing())
        holds(desk.case, desk.entries)


def test_owner_and_status_of_a_resolved_case_whose_level_a_person_raised() -> None:
    """It stays resolved and its owner's; the new case is another."""
    desk = Desk(rules=rules(None, POLICY))
    desk.finds(Level.YELLOW)
    desk.visits(TOWNSHIP)
    desk.resolves(TOWNSHIP)
    raised = desk.does(PREFECTURE, RaiseLevel(Level.RED))
    assert raised.then is not None
    desk.takes(raised.then)
    for case, owner in zip(desk.subject.cases, (TOWNSHIP, COUNTY), strict=True):
        assert case.owner_id == owner
        holds(case, desk.entries)
