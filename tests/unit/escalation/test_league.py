"""League tables: each obligation counted once, in the period it falls due, against who held it then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from services.common.spans import DAY_MS, HOUR_MS
from services.common.terms import Level, NoticeColour
from services.escalation.domain.cases import Case
from services.escalation.domain.events import Decision
from services.escalation.domain.league import LeagueFold, Period, Standing, Step, ranked
from services.escalation.domain.messages import LegalDuty, Message, ReplyNotice
from tests.unit.escalation.desk import (
    COUNTY,
    HOUSEHOLD,
    START_MS,
    TOWNSHIP,
    VILLAGE,
    Desk,
    rules,
)
from tests.unit.escalation.test_promises import promising

FOREVER = 1 << 62
WHOLE = Period(0, FOREVER, FOREVER)
UNITS = ("532301001002", "532301001", "532301", "532300")
HOW_MANY = ("opened", "reopened", "resolved", "due", "on_time", "white", "yellow", "red")


@dataclass
class Recorded(Desk):
    """A desk that keeps what the ledger's records would say."""

    steps: list[Step] = field(default_factory=list)

    def takes(self, message: Message) -> Decision:
        decision = super().takes(message)
        if decision.case is not None and decision.entries:
            entries = tuple((one.type, one.at_ms) for one in decision.entries)
            self.steps.append(Step(entries, decision.case))
        return decision

    def standings(self, period: Period = WHOLE) -> dict[str, Standing]:
        return counted(self.steps, period)

    def seen_at(self, now_ms: int) -> dict[str, Standing]:
        """As it is known at a moment, of everything before it."""
        return self.standings(Period(0, FOREVER, now_ms))


def counted(steps: Iterable[Step], period: Period = WHOLE) -> dict[str, Standing]:
    fold = LeagueFold(period)
    for step in steps:
        fold.take(step)
    return dict(fold.standings())


def test_a_duty_done_in_time_counts_for_the_unit_and_all_above() -> None:
    """Acknowledged, visited and resolved in time by the village: three of three, at four tiers."""
    desk = Recorded()
    desk.finds(Level.GREEN)
    desk.acknowledges(VILLAGE)
    desk.passes(24)
    desk.visits(VILLAGE)
    desk.resolves(VILLAGE)
    standings = desk.standings()
    assert sorted(standings) == sorted(UNITS)
    for one in standings.values():
        assert (one.opened, one.resolved, one.open) == (1, 1, 0)
        assert (one.due, one.on_time) == (3, 3)


def test_what_a_tier_above_owes_is_not_held_against_those_below() -> None:
    """A red case is the county's: village and township have it in their area, and owe nothing."""
    desk = Recorded()
    desk.finds(Level.RED)
    desk.passes(3)
    seen = desk.seen_at(desk.now_ms)
    assert {code: (seen[code].open, seen[code].due) for code in UNITS} == {
        "532301001002": (1, 0),
        "532301001": (1, 0),
        "532301": (1, 1),
        "532300": (1, 1),
    }
    assert (seen["532301"].on_time, seen["532301"].white) == (0, 1)
    assert seen["532301001"].white == 0


def test_late_is_not_in_time_and_stays_with_who_held_it_when_due() -> None:
    """The village misses its time and the case climbs: the miss is the village's, whoever acknowledges later."""
    desk = Recorded()
    desk.finds(Level.GREEN)
    desk.passes(72 + 72)
    assert desk.case.owner_id == TOWNSHIP
    desk.acknowledges(TOWNSHIP)
    seen = desk.seen_at(desk.now_ms)
    for code in UNITS:
        assert (seen[code].due, seen[code].on_time) == (1, 0)
    assert (seen["532301001002"].white, seen["532301001002"].yellow) == (1, 1)


def test_an_obligation_that_is_replaced_in_time_is_not_counted() -> None:
    """A rise to red before the village's time is over: the village owes nothing any more."""
    desk = Recorded()
    desk.finds(Level.GREEN)
    desk.passes(1)
    desk.finds(Level.RED)
    desk.acknowledges(COUNTY)
    standings = desk.standings()
    assert standings["532301001002"].due == 0
    # The acknowledgement in time; the first visit and the resolution are to come, and late for ever.
    assert (standings["532301"].due, standings["532301"].on_time) == (3, 1)
    assert desk.seen_at(desk.now_ms)["532301"].due == 0


def test_an_acknowledgement_that_became_void_is_one_act_missed() -> None:
    """In time acknowledged, the visit never made: one of two, not one of three when the promise is broken."""
    desk = Recorded(rules(None, promising()))
    desk.finds(Level.YELLOW)
    desk.acknowledges(TOWNSHIP)
    # A clock never strikes on the very millisecond.
    desk.now_ms = desk.case.ladder_due_ms + 1
    while not desk.case.broken_due_ms:
        assert desk.clock_strikes().entries, "a reminder, then the ladder"
    assert desk.case.broken_due_ms
    assert (
        desk.seen_at(desk.now_ms)["532301001"].due,
        desk.seen_at(desk.now_ms)["532301001"].on_time,
    ) == (2, 1)
    desk.acknowledges(desk.case.owner_id)
    assert desk.seen_at(desk.now_ms)["532301001"].due == 2


def test_legal_duties_have_their_own_dates() -> None:
    """A duty owed within 24 hours and never done is one more obligation missed."""
    desk = Recorded()
    desk.finds(Level.RED, legal_duties=(LegalDuty("report", START_MS + 24 * HOUR_MS),))
    desk.acknowledges(COUNTY)
    desk.passes(1)
    desk.visits(COUNTY)
    seen = desk.seen_at(START_MS + 25 * HOUR_MS)
    assert (seen["532301"].due, seen["532301"].on_time) == (3, 2)


def test_notices_by_colour_and_by_their_end() -> None:
    """Answered in time, answered late, not answered: as known at the moment asked about."""
    desk = Recorded()
    desk.finds(Level.GREEN)
    desk.passes(73)
    (white,) = desk.case.notices
    assert desk.seen_at(desk.now_ms)["532301"].unanswered == 0
    late_ms = white.reply_due_ms + HOUR_MS
    assert counted(desk.steps, Period(0, FOREVER, late_ms))["532301"].unanswered == 1
    desk.does(VILLAGE, ReplyNotice(white.serial_no, b""))
    one = desk.seen_at(late_ms)["532301001002"]
    assert (one.white, one.answered, one.answered_late, one.unanswered) == (1, 1, 0, 0)


def test_a_home_that_comes_back_within_90_days_is_reopened() -> None:
    """The second case within 90 days of the first one's end; not the first, and not after a year."""
    desk = Recorded()
    for pause_days in (0, 30, 365):
        desk.now_ms += pause_days * DAY_MS
        desk.finds(Level.YELLOW, from_incident=True)
        desk.visits(TOWNSHIP)
        desk.resolves(TOWNSHIP)
    assert len(desk.subject.cases) == 3
    one = desk.standings()["532301"]
    assert (one.opened, one.reopened, one.resolved) == (3, 1, 3)


def test_places_by_on_time_rate_then_by_notices() -> None:
    """Equal units share a place; who owed nothing has none."""
    good, same, worse, idle = (
        Standing(due=4, on_time=4),
        Standing(due=2, on_time=2),
        Standing(due=4, on_time=4, red=1),
        Standing(opened=1),
    )
    table = ranked({"a": worse, "b": good, "c": idle, "d": same})
    assert [(place, code) for place, code, _ in table] == [(1, "b"), (1, "d"), (3, "a"), (0, "c")]


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("finds"), st.sampled_from([Level.GREEN, Level.YELLOW, Level.RED])),
        st.tuples(st.sampled_from(["acknowledges", "visits", "resolves"]), st.just("owner")),
        st.tuples(st.just("passes"), st.integers(1, 400)),
    ),
    min_size=1,
    max_size=25,
)


def _played(script: Iterable[tuple[str, object]]) -> Recorded:
    desk = Recorded()
    desk.finds(Level.GREEN)
    for deed, what in script:
        getattr(desk, deed)(desk.case.owner_id if what == "owner" else what)
    return desk


@given(deeds, st.integers(0, 4000))
def test_two_halves_make_the_whole(script: list[tuple[str, object]], hours: int) -> None:
    """Whatever happens and wherever a year is cut, both parts together count what the whole counts."""
    desk = _played(script)
    cut_ms = START_MS + hours * HOUR_MS
    first, second = Period(0, cut_ms, FOREVER), Period(cut_ms, FOREVER, FOREVER)
    halves, whole = (desk.standings(first), desk.standings(second)), desk.standings()
    for code, one in whole.items():
        for name in HOW_MANY:
            parts = sum(getattr(half.get(code, Standing()), name) for half in halves)
            assert parts == getattr(one, name), (code, name)
        assert 0 <= one.on_time <= one.due


@given(deeds, st.integers(0, 3000))
def test_what_was_written_later_changes_no_report_of_an_earlier_day(
    script: list[tuple[str, object]], hours: int
) -> None:
    """As of a day: the same figures then and now; and what is read twice counts once."""
    desk = _played(script)
    as_of_ms = START_MS + hours * HOUR_MS
    period = Period(0, FOREVER, as_of_ms)
    then = [step for step in desk.steps if step.at_ms <= as_of_ms]
    assert counted(then, period) == counted(desk.steps, period)
    assert counted([*then, *then], period) == counted(then, period)


def test_cases_of_other_homes_are_counted_beside_each_other() -> None:
    """Records of several cases in any mixture give the sum of each alone."""
    desk = _played([("passes", 100), ("acknowledges", "owner"), ("passes", 500)])
    others = [Step(step.entries, _elsewhere(step.case)) for step in desk.steps]
    mixed = [one for pair in zip(desk.steps, others, strict=True) for one in pair]
    alone, both = counted(desk.steps), counted(mixed)
    for name in HOW_MANY:
        assert getattr(both["532301"], name) == 2 * getattr(alone["532301"], name)
        assert getattr(both["532301001"], name) == getattr(alone["532301001"], name)
    assert {NoticeColour.WHITE, NoticeColour.YELLOW} <= {n.colour for n in desk.case.notices}
    assert desk.now_ms > START_MS + 20 * DAY_MS


def _elsewhere(case: Case) -> Case:
    return replace(
        case,
        case_id=f"{case.case_id}-2",
        subject_id=f"{HOUSEHOLD}2",
        jurisdiction_code="532301002001001",
    )
