"""A new version of the policy for an open case: two persons, one rule of deadlines, and nobody overdue by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.policy.preview import (
    Effect,
    ProposalWrong,
    command_for,
    preview,
    proposal,
    read,
    write,
)
from services.common.spans import HOUR_MS
from services.common.terms import Level, Tier
from services.escalation.adapters.case_codec import case_to
from services.escalation.adapters.command_codec import command_from
from services.escalation.domain.cases import NextAct
from services.escalation.domain.events import EntryType, PolicyChange
from services.escalation.domain.messages import ChangePolicy, LegalDuty
from services.escalation.domain.policy import Policy, Term
from services.escalation.domain.reasons import Reason
from tests.unit.escalation.desk import (
    COLLEAGUE_ABOVE,
    COUNTY,
    POLICY,
    PREFECTURE,
    START_MS,
    STRANGER,
    TOWNSHIP,
    TRIAGE,
    VILLAGE,
    Desk,
    Roster,
    finding,
    rules,
)
from tests.unit.escalation.test_handovers import handed

NAMES = (
    "acknowledge_within",
    "first_visit_within",
    "revisit_every",
    "resolve_within",
    "ladder_every",
)


def version(name: str, **terms: float) -> Policy:
    """The desk's policy with other terms, in hours, at every level."""
    changes = {key: Term(hours) for key, hours in terms.items()}
    duties = {level: replace(duty, **changes) for level, duty in POLICY.duties.items()}
    # Valid only later: new cases of these tests begin under version 1.
    return replace(POLICY, version=name, duties=duties, valid_from_ms=1 << 50)


def desk_with(policy: Policy) -> Desk:
    return Desk(rules(Roster(), POLICY, policy))


def changed(
    desk: Desk,
    to: str = "test/2",
    proposer: str = TOWNSHIP,
    approver: str = COUNTY,
    since: str = "test/1",
) -> Reason:
    return desk.does(approver, ChangePolicy(since, to, proposer, approver)).reason


def test_a_term_counts_from_when_it_began() -> None:
    """Twelve hours after the opening, a term of 20 hours instead of 24 leaves eight; the ledger names who did it."""
    desk = desk_with(version("2", acknowledge_within=20, resolve_within=100))
    desk.finds(Level.YELLOW)
    desk.passes(12)

    assert changed(desk) is Reason.POLICY_CHANGED

    assert desk.case.next_due_ms == desk.case.ladder_due_ms == START_MS + 20 * HOUR_MS
    assert desk.case.resolve_due_ms == START_MS + 100 * HOUR_MS
    assert desk.case.policy_version == "test/2"
    entry = desk.entries[-1]
    assert (entry.type, entry.actor_id) == (EntryType.POLICY_CHANGED, COUNTY)
    assert entry.policy_change == PolicyChange("test/1", "test/2", TOWNSHIP, COUNTY)


def test_a_term_that_would_be_over_begins_afresh() -> None:
    """Twelve hours after the opening a term of 5 hours ends five hours from now, not seven ago."""
    desk = desk_with(version("2", acknowledge_within=5))
    desk.finds(Level.YELLOW)
    desk.passes(12)
    changed(desk)

    assert desk.case.next_due_ms == desk.now_ms + 5 * HOUR_MS


def test_each_act_counts_from_its_own_beginning() -> None:
    """The first visit counts from the acknowledgement, the next one from the last."""
    desk = desk_with(version("2", first_visit_within=50, revisit_every=60))
    desk.finds(Level.YELLOW)
    desk.passes(10)
    desk.acknowledges(TOWNSHIP)
    desk.passes(10)
    changed(desk)
    assert desk.case.next_due_ms == START_MS + (10 + 50) * HOUR_MS

    desk.visits(TOWNSHIP)
    desk.passes(10)
    changed(desk, "test/1", since="test/2")
    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.REVISIT,
        START_MS + (20 + 72) * HOUR_MS,
    )


def test_what_is_overdue_stays_overdue() -> None:
    """No change of policy forgives a missed deadline, nor stops its ladder."""
    desk = desk_with(version("2", acknowledge_within=500))
    desk.finds(Level.YELLOW)
    desk.passes(25)
    before = desk.case
    changed(desk)

    assert (desk.case.next_due_ms, desk.case.ladder_due_ms, desk.case.ladder_step) == (
        before.next_due_ms,
        before.ladder_due_ms,
        1,
    )


def test_a_duty_of_the_law_does_not_move() -> None:
    """The law's deadline comes first whatever the policy says; the act behind it is counted anew."""
    desk = desk_with(version("2", first_visit_within=300))
    desk.finds(Level.YELLOW, legal_duties=(LegalDuty("report", START_MS + 30 * HOUR_MS),))
    desk.acknowledges(TOWNSHIP)
    assert desk.case.next_act is NextAct.LEGAL_DUTY
    changed(desk)

    assert (desk.case.next_act, desk.case.next_due_ms) == (
        NextAct.LEGAL_DUTY,
        START_MS + 30 * HOUR_MS,
    )
    assert desk.case.after_duty_due_ms == START_MS + 300 * HOUR_MS


@pytest.mark.parametrize(
    ("proposer", "approver", "reason"),
    [
        (TOWNSHIP, COUNTY, Reason.POLICY_CHANGED),
        (PREFECTURE, COLLEAGUE_ABOVE, Reason.POLICY_CHANGED),
        (COUNTY, COUNTY, Reason.SECOND_PERSON_MISSING),
        (COUNTY, TOWNSHIP, Reason.APPROVER_TIER_TOO_LOW),
        (TOWNSHIP, TOWNSHIP, Reason.SECOND_PERSON_MISSING),
        (VILLAGE, TOWNSHIP, Reason.POLICY_CHANGED),
        (STRANGER, COUNTY, Reason.OUTSIDE_JURISDICTION),
        ("nobody", COUNTY, Reason.NOT_ON_ROSTER),
    ],
)
def test_two_persons_in_line(proposer: str, approver: str, reason: Reason) -> None:
    """Different persons over the place, the second a tier above the first; a refusal is on record."""
    desk = desk_with(version("2"))
    desk.finds(Level.YELLOW)
    before = desk.case

    assert changed(desk, proposer=proposer, approver=approver) is reason
    if reason is not Reason.POLICY_CHANGED:
        assert desk.entries[-1].type is EntryType.COMMAND_REFUSED
        assert desk.case.policy_version == before.policy_version


def test_nobody_approves_in_anothers_name() -> None:
    """Who sends the command is who approves."""
    desk = desk_with(version("2"))
    desk.finds(Level.YELLOW)
    act = ChangePolicy("test/1", "test/2", TOWNSHIP, PREFECTURE)

    assert desk.does(COUNTY, act).reason is Reason.SECOND_PERSON_MISSING


def test_a_version_must_exist_and_fit() -> None:
    """An unknown version, one for other packs, one the case has left, and the same one again are refused."""
    other = replace(version("3"), packs=("partner_violence",))
    desk = Desk(rules(Roster(), POLICY, version("2"), other))
    desk.finds(Level.YELLOW)

    assert changed(desk, "test/9") is Reason.UNKNOWN_POLICY
    assert changed(desk, "test/3") is Reason.POLICY_NOT_FOR_THIS_PACK
    assert changed(desk, since="test/2") is Reason.POLICY_MOVED_ON
    assert changed(desk, "test/1") is Reason.POLICY_MOVED_ON


terms = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 900), max_size=5)
days = st.lists(st.sampled_from(["ack", "visit", "hours", "duty", "raise"]), max_size=8)


@given(terms, days, st.integers(0, 200))
def test_nobody_is_overdue_by_a_change(
    changes: dict[str, int], story: list[str], hours: int
) -> None:
    """Any terms at any moment: one next act, its deadline ahead unless missed before, as previewed."""
    new = version("2", **changes)
    desk = desk_with(new)
    desk.finds(Level.YELLOW)
    for number, step in enumerate(story):
        if step == "ack":
            desk.acknowledges(desk.case.owner_id)
        elif step == "visit":
            desk.visits(desk.case.owner_id)
        elif step == "hours":
            desk.passes(hours / 4)
        elif step == "duty":
            due_ms = desk.now_ms + hours * HOUR_MS
            desk.finds(Level.YELLOW, legal_duties=(LegalDuty(f"d{number}", due_ms),))
        else:
            desk.finds(Level.RED)
    before = desk.case
    (told,) = preview([case_to(before)], new, desk.rules, desk.now_ms)

    assert changed(desk, proposer=PREFECTURE, approver=COLLEAGUE_ABOVE) is Reason.POLICY_CHANGED

    after = desk.case
    assert (told.act_after, told.due_after_ms, told.resolve_due_after_ms) == (
        after.next_act,
        after.next_due_ms,
        after.resolve_due_ms,
    )
    assert after.next_act is not NextAct.NONE and after.next_due_ms > 0
    assert (after.owner_id, after.tier, after.legal_duties, after.level) == (
        before.owner_id,
        before.tier,
        before.legal_duties,
        before.level,
    )
    late = before.ladder_step > 0 or before.next_due_ms <= desk.now_ms
    if late:
        assert (after.next_act, after.next_due_ms, after.ladder_due_ms) == (
            before.next_act,
            before.next_due_ms,
            before.ladder_due_ms,
        )
        assert told.effect is Effect.OVERDUE_BEFORE
    else:
        assert desk.now_ms < after.next_due_ms == after.ladder_due_ms
        assert after.next_due_ms <= after.resolve_due_ms or after.next_act is not NextAct.REVISIT
        assert told.effect is not Effect.OVERDUE_BY_IT
    for owed in after.duties_owed:
        assert after.next_due_ms <= max(owed.due_ms, before.next_due_ms)


def test_a_triage_case_keeps_the_deadlines_of_its_decision() -> None:
    """Its deadlines came with the decision that handed it over; only the ladder follows the new version."""
    new = replace(TRIAGE, version="2", valid_from_ms=START_MS + 1)
    desk = Desk(rules(Roster(), POLICY, TRIAGE, new))
    desk.takes(handed(1, "police_station", Tier.TOWNSHIP))
    case = desk.case
    (told,) = preview([case_to(case)], new, desk.rules, desk.now_ms)
    assert preview([case_to(case)], POLICY, desk.rules, desk.now_ms) == []

    assert told.effect is Effect.SAME
    assert told.resolve_due_after_ms == case.resolve_due_ms


def test_a_proposal_survives_its_file(tmp_path: Path) -> None:
    """What was previewed is what is approved: each case with the version it had; a wrong file is told."""
    new = version("2", acknowledge_within=20)
    desk = desk_with(new)
    desk.takes(finding(1, Level.RED))
    changes = preview([case_to(desk.case)], new, desk.rules, desk.now_ms)
    made = proposal(changes, new, TOWNSHIP, desk.now_ms)
    file = tmp_path / "proposal.json"
    write(file, made)

    assert read(file) == made
    ((case_id, since),) = made.cases
    command = command_from(command_for(made, case_id, since, COUNTY))
    assert command.act == ChangePolicy("test/1", "test/2", TOWNSHIP, COUNTY)
    assert command.command_id == command_for(made, case_id, since, COUNTY).command_id
    file.write_text('{"to_version": "x"}', encoding="utf-8")
    with pytest.raises(ProposalWrong):
        read(file)
