"""The backtest's replay of record bytes gives what plain replays with each side's packs give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.common.terms import Level
from services.risk_scoring.adapters.events_codec import EventsReader, opened
from services.risk_scoring.domain.backtest import Groups, Pair, Question, tally
from services.risk_scoring.domain.decide import decide
from services.risk_scoring.domain.pack import Pack, tables_of
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.service.backtest import replay
from tests.contract.risk_scoring.batches import assessment, incident, value
from tests.unit.risk_scoring.candidates import changed, records
from tests.unit.risk_scoring.makers import DAY_0, HOUSEHOLD, PACKS, PARTNER

_TURNED = tuple(reversed(HOUSEHOLD.indicators))
CANDIDATES = [
    changed(HOUSEHOLD, yellow_at=2, red_at=4),
    # The same questions in another order: read by the candidate's own reader.
    changed(HOUSEHOLD, indicators=_TURNED, tables=tables_of(_TURNED, HOUSEHOLD.duties)),
    # Accepts nothing that no pack lists: incidents go elsewhere or nowhere.
    changed(PARTNER, yellow_at=1, red_at=2),
    # A pack the live folder does not have.
    changed(HOUSEHOLD, id="another_pack"),
]
QUESTION_AT = DAY_0 + 400 * 86_400_000


@st.composite
def _events(draw: st.DrawFn) -> list[Any]:
    made = []
    for number in range(draw(st.integers(1, 8))):
        subject, day = draw(st.sampled_from(["H1", "H2", "H3"])), draw(st.integers(0, 300))
        pack_id = draw(st.sampled_from([*PACKS, "another_pack"]))
        pack = PACKS.get(pack_id, HOUSEHOLD)
        asked = draw(st.lists(st.sampled_from(pack.indicators), max_size=6, unique=True))
        answers = {one.id: draw(st.sampled_from(["yes", "no", "unknown"])) for one in asked}
        if draw(st.booleans()):
            status = draw(st.sampled_from([1, 1, 1, 3]))
            made.append(
                assessment(f"e{number}", answers, subject, day, pack_id=pack_id, status=status)
            )
        else:
            kinds = ["household_dispute", "stalking", "traffic", "unheard_of"]
            kind = draw(st.sampled_from(kinds))
            made.append(incident(f"e{number}", kind, answers, subject, day, pack=pack_id))
    return made


def _alone(packs: Mapping[str, Pack], batch: bytes) -> dict[str, Profile]:
    """The plain replay of one side: reader and decide, nothing shared."""
    reader, profiles = EventsReader(packs), dict[str, Profile]()
    for one in opened(batch).events:
        subject = one.subject_id
        profile = profiles.setdefault(subject, Profile(subject))
        report = reader.report(one)
        if report is not None:
            profiles[subject] = decide(profile, report).profile
    return profiles


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(_events(), st.sampled_from(CANDIDATES))
def test_equals_two_plain_replays(events: list[Any], candidate: Pack) -> None:
    """Whatever is shared between the sides for speed, the counts are those of two separate replays."""
    batch = value(*events)
    question = Question(candidate.id, QUESTION_AT, {Level.YELLOW: 72.0, Level.RED: 24.0})
    live = _alone(PACKS, batch)
    after = _alone({**PACKS, candidate.id: candidate}, batch)
    pairs = [Pair(live[subject], after[subject]) for subject in live]
    found = replay(records([batch]), PACKS, candidate, question, Groups())
    assert found.tally == tally(pairs, question, Groups())
    assert found.read.events == len(events)
