"""Laws that hold for any order of messages, with duplicates and a clock that strikes at will."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.lanes import lane_of
from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import Case, CaseStatus, NextAct, SubjectCases
from services.escalation.domain.decide import decide
from services.escalation.domain.events import Decision, EntryType
from services.escalation.domain.messages import (
    CLOCK,
    Acknowledge,
    ApproveLowering,
    Command,
    DeadlineReached,
    Finding,
    FindingReason,
    FulfilDuty,
    LegalDuty,
    RaiseLevel,
    Reassign,
    RecordVisit,
    RequestLowering,
    Resolve,
)
from tests.unit.escalation.desk import HOUSEHOLD, OFFICIALS, START_MS, finding, rules

RULES = rules()
Script = list[tuple[str, Any]]
RATING = [FindingReason.RAISED, FindingReason.UNCHANGED, FindingReason.FIRST_RATING]
RATED = [Level.GREEN, Level.YELLOW, Level.RED]
ACTORS = [*OFFICIALS, "nobody"]

findings = st.builds(
    lambda level, found, reason, incident, hit, pack, duties: {
        "level": level,
        "computed_level": found,
        "reason": reason,
        "from_incident": incident,
        "has_contribution": hit,
        "pack_id": pack,
        "duties": duties,
    },
    st.sampled_from(RATED),
    st.sampled_from(list(Level)),
    st.sampled_from([*RATING, *RATING, *FindingReason]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["household_dispute", "partner_violence"]),
    st.dictionaries(st.sampled_from(["report", "warning"]), st.integers(1, 300), max_size=2),
)
acts = st.one_of(
    st.just(Acknowledge()),
    st.just(RecordVisit()),
    st.builds(FulfilDuty, st.sampled_from(["report", "warning"])),
    st.builds(Resolve, st.sampled_from(["mediated", "other", "nonsense"])),
    st.builds(Reassign, st.sampled_from(ACTORS)),
    st.builds(RaiseLevel, st.sampled_from(RATED)),
    st.tuples(st.just("lower"), st.sampled_from(RATED)),
    st.just(ApproveLowering()),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("finding"), findings),
        st.tuples(st.just("act"), st.tuples(st.sampled_from(ACTORS), acts, st.integers(0, 1))),
        st.tuples(st.just("owner_act"), st.tuples(acts, st.integers(0, 1))),
        st.tuples(st.just("clock"), st.integers(0, 1)),
        st.tuples(st.just("deadline"), st.integers(0, 1)),
        st.tuples(st.just("hours"), st.integers(1, 200)),
        st.tuples(st.just("settle"), st.sampled_from(["mediated", "nonsense"])),
        st.tuples(st.just("again"), st.integers(0, 40)),
        st.tuples(st.just("lowering"), st.tuples(st.sampled_from(ACTORS), st.sampled_from(ACTORS))),
    ),
    min_size=4,
    max_size=40,
)


class History:
    """Plays steps, keeping every message with the decision it led to and the state before it."""

    rules = RULES

    def __init__(self) -> None:
        self.subject = SubjectCases(HOUSEHOLD, lane_of(HOUSEHOLD))
        self.now_ms = START_MS
        self.messages: list[Finding | Command] = []
        self.decisions: list[tuple[SubjectCases, Decision]] = []

    def play(self, script: Script) -> History:
        """Every play begins with a case, so that there is something to act on."""
        self.take(finding(1000, Level.YELLOW))
        for kind, value in script:
            for message in self._messages(kind, value):
                self.take(message)
        return self

    def take(self, message: Finding | Command) -> Decision:
        decision = decide(self.subject, message, self.rules)
        self.decisions.append((self.subject, decision))
        self.messages.append(message)
        self.subject = decision.subject
        return decision

    def _messages(self, kind: str, value: Any) -> Iterator[Finding | Command]:
        cases, number = self.subject.cases, len(self.messages)
        if kind == "hours":
            self.now_ms += value * HOUR_MS
        elif kind == "finding":
            given = {name: part for name, part in value.items() if name != "duties"}
            duties = tuple(
                LegalDuty(name, self.now_ms + hours * HOUR_MS)
                for name, hours in value["duties"].items()
            )
            yield finding(number, **given, at_ms=self.now_ms, legal_duties=duties)
        elif kind == "again":
            yield self.messages[value % number]
        elif kind == "settle":
            owed = [FulfilDuty(one.duty_id) for one in self.subject.cases[-1].duties_owed]
            for act in (RecordVisit(), *owed, Resolve(value)):
                yield self._command(self.subject.cases[-1], self.subject.cases[-1].owner_id, act)
        elif kind == "lowering":
            yield from self._lowering(*value)
        elif kind == "act":
            actor, act, which = value
            yield self._command(cases[which % len(cases)], actor, act)
        elif kind == "owner_act":
            act, which = value
            case = cases[which % len(cases)]
            yield self._command(case, case.owner_id, act)
        else:
            case = cases[value % len(cases)]
            if kind == "deadline":
                self.now_ms = max(self.now_ms, case.ladder_due_ms)
            rung = DeadlineReached(case.next_act, case.ladder_due_ms, case.ladder_step)
            yield self._command(case, CLOCK, rung)

    def _lowering(self, requester: str, approver: str) -> Iterator[Finding | Command]:
        """A fresh assessment finds green; one asks, another (or the same) approves."""
        self.now_ms += HOUR_MS
        level, reason = self.subject.cases[-1].level, FindingReason.FALL_RECORDED
        pack_id = self.subject.cases[-1].pack_id
        fall = finding(len(self.messages), level, computed_level=Level.GREEN, reason=reason)
        yield replace(fall, at_ms=self.now_ms, pack_id=pack_id)
        yield self._command(self.subject.cases[-1], requester, ("lower", Level.GREEN))
        yield self._command(self.subject.cases[-1], approver, ApproveLowering())

    def _command(self, case: Case, actor: str, act: Any) -> Command:
        if isinstance(act, tuple):
            act = RequestLowering(act[1], case.assessment_decision_id)
        number = len(self.messages)
        return Command(f"m{number}", case.case_id, HOUSEHOLD, actor, self.now_ms, act)


LAW = settings(max_examples=150)


@LAW
@given(steps)
def test_open_case_waits_for_exactly_one_act(script: Script) -> None:
    """Open: one act with a due time. Resolved: none. At most one open case per pack."""
    history = History().play(script)

    for _, decision in history.decisions:
        for case in decision.subject.cases:
            assert case.is_open == (case.next_act is not NextAct.NONE)
            assert case.is_open == (case.next_due_ms > 0)
            assert case.ladder_due_ms == 0 or case.is_open
            assert case.owner_id
        packs = [case.pack_id for case in decision.subject.cases if case.is_open]
        assert len(set(packs)) == len(packs)


@LAW
@given(steps)
def test_act_awaited_fits_the_status(script: Script) -> None:
    """The status says which act may be awaited."""
    allowed = {
        CaseStatus.OPENED: {NextAct.ACKNOWLEDGE},
        CaseStatus.ACKNOWLEDGED: {NextAct.FIRST_VISIT, NextAct.LEGAL_DUTY},
        CaseStatus.IN_PROGRESS: {NextAct.REVISIT, NextAct.RESOLVE, NextAct.LEGAL_DUTY},
        CaseStatus.RESOLVED: {NextAct.NONE},
    }
    for case in History().play(script).subject.cases:
        assert case.next_act in allowed[case.status]
        assert case.act_behind_duty in allowed[case.status] - {NextAct.LEGAL_DUTY}
        assert not (case.duties_owed and case.status is CaseStatus.RESOLVED)


@LAW
@given(steps)
def test_ladder_climbs_one_tier_one_rung_and_only_when_late(
    script: Script,
) -> None:
    """Escalation goes a tier and a rung at a time, in the order of colours, never for an act done or not due."""
    for before, decision in History().play(script).decisions:
        if decision.case is None or not any(
            entry.type is EntryType.NOTICE_ISSUED for entry in decision.entries
        ):
            continue
        old = before.case(decision.case.case_id)
        assert old is not None
        assert old.is_open and 0 < old.ladder_due_ms <= decision.entries[0].at_ms
        assert decision.case.ladder_step == old.ladder_step + 1
        assert decision.case.next_act is old.next_act
        climbs = old.ladder_step >= 1 and old.tier < Tier.PREFECTURE
        assert decision.case.tier == old.tier + (1 if climbs else 0)
        colour = NoticeColour(min(old.ladder_step + 1, 3))
        assert [colour] == [n.colour for n in decision.notices if n.serial_no]


@LAW
@given(steps)
def test_message_twice_in_a_row_counts_once(script: Script) -> None:
    """Whatever a message did, the same message right after it does nothing."""
    history = History().play(script)

    for (_, decision), message in zip(history.decisions, history.messages, strict=True):
        again = decide(decision.subject, message, RULES)
        assert (again.subject, again.entries, again.notices) == (decision.subject, (), ())


@LAW
@given(steps)
def test_applied_messages_read_again_change_nothing(script: Script) -> None:
    """All messages that had an effect, a second time and at any later time: nothing."""
    history = History().play(script)

    for (_, decision), message in zip(history.decisions, history.messages, strict=True):
        if decision.entries:
            again = decide(history.subject, message, RULES)
            assert (again.subject, again.entries, again.notices) == (history.subject, (), ())


@LAW
@given(steps)
def test_level_falls_only_by_two_persons(script: Script) -> None:
    """Each lowering rests on a fresh assessment and has two different persons on record."""
    for before, decision in History().play(script).decisions:
        if decision.case is None:
            continue
        old = before.case(decision.case.case_id)
        if old is None or decision.case.level >= old.level:
            continue
        assert [entry.type for entry in decision.entries] == [EntryType.LEVEL_LOWERED]
        assert old.lowering is not None
        requester = old.lowering.requested_by
        approver = decision.entries[0].actor_id
        assert requester != approver
        assert OFFICIALS[approver].tier >= min(OFFICIALS[requester].tier + 1, Tier.PREFECTURE)
        assert old.lowering.to_level >= old.assessment_level > Level.NONE


@LAW
@given(steps)
def test_nothing_is_resolved_without_a_visit(script: Script) -> None:
    """A resolved case has been visited."""
    for case in History().play(script).subject.cases:
        assert case.is_open or case.visits >= 1


@LAW
@given(steps)
def test_same_messages_give_the_same_history(script: Script) -> None:
    """State, entries and ids are a function of the messages alone."""
    first = History().play(script)
    second = History()
    for message in first.messages:
        second.take(message)

    assert [decision for _, decision in first.decisions] == [
        decision for _, decision in second.decisions
    ]


@LAW
@given(steps)
def test_sequences_have_no_gap_and_ids_no_double(script: Script) -> None:
    """Entries of a case are 1, 2, 3 …; notice ids and serial numbers are unique."""
    history = History().play(script)
    sequences: dict[str, list[int]] = {}
    notice_ids, serials = [], []
    for _, decision in history.decisions:
        for entry in decision.entries:
            sequences.setdefault(entry.case_id, []).append(entry.sequence)
        notice_ids += [notice.notice_id for notice in decision.notices]
        serials += [notice.serial_no for notice in decision.notices if notice.serial_no]

    for case in history.subject.cases:
        assert list(range(1, case.ledger_length + 1)) == sequences[case.case_id]
    assert len(set(notice_ids)) == len(notice_ids)
    assert len(set(serials)) == len(serials)


@given(steps, steps)
def test_other_households_do_not_matter(script: Script, other: Script) -> None:
    """Any interleaving with another subject's messages gives the same decisions."""
    history, neighbour = History().play(script), History().play(other)
    moved = [replace(message, subject_id="HOTHER") for message in neighbour.messages]
    subjects = {HOUSEHOLD: SubjectCases(HOUSEHOLD, 0), "HOTHER": SubjectCases("HOTHER", 0)}
    alone = SubjectCases(HOUSEHOLD, 0)
    for own, strange in zip(history.messages, [*moved, *history.messages], strict=False):
        for message in (strange, own):
            decision = decide(subjects[message.subject_id], message, RULES)
            subjects[message.subject_id] = decision.subject
        if strange.subject_id == HOUSEHOLD:
            alone = decide(alone, strange, RULES).subject
        alone = decide(alone, own, RULES).subject

    assert alone == subjects[HOUSEHOLD]
