"""Packs, reports and strategies for the tests of scoring."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

from hypothesis import strategies as st

from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.common.terms import Level
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.adapters.triage_loader import load_triage
from services.risk_scoring.domain.decide import Decision, decide
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.profile import Profile
from services.risk_scoring.domain.report import Report, ReportKind

PACKS_DIR: Path = CommonSettings().packs_dir
PACKS = load_packs(PACKS_DIR)
TRIAGE = load_triage(CommonSettings().triage_dir)
HOUSEHOLD, PARTNER = PACKS["household_dispute"], PACKS["partner_violence"]
CHILD = PACKS["child_at_risk"]
YES, NO, UNKNOWN = 1, 2, 3
DAY_0 = 1_772_000_000_000

packs = st.sampled_from(sorted(PACKS.values(), key=lambda pack: pack.id))
answers_of = {
    pack.id: st.lists(
        st.sampled_from([NO, NO, NO, YES, UNKNOWN]),
        min_size=len(pack.indicators),
        max_size=len(pack.indicators),
    ).map(bytes)
    for pack in PACKS.values()
}


def row(pack: Pack, *hits: str, unknown: tuple[str, ...] = (), rest: int = NO) -> bytes:
    """Answers: the hits yes, some unknown, the rest no unless said otherwise."""
    answers = bytearray([rest]) * len(pack.indicators)
    for name in hits:
        answers[pack.tables.index[name]] = YES
    for name in unknown:
        answers[pack.tables.index[name]] = UNKNOWN
    return bytes(answers)


def report(
    event_id: str,
    kind: ReportKind,
    pack: Pack | None,
    answers: bytes = b"",
    day: int = 0,
    subject: str = "H1",
) -> Report:
    """A report made on a day and accepted a minute later."""
    at_ms = DAY_0 + day * DAY_MS
    return Report(
        event_id, subject, "532301001001003", at_ms, at_ms + 60_000, "t", kind, pack, answers
    )


def assessed(event_id: str, pack: Pack, answers: bytes, day: int = 0) -> Report:
    """An assessment of household H1."""
    return report(event_id, ReportKind.ASSESSMENT, pack, answers, day)


def incident(event_id: str, pack: Pack, answers: bytes, day: int = 0) -> Report:
    """An incident in household H1."""
    return report(event_id, ReportKind.INCIDENT, pack, answers, day)


@st.composite
def reports(draw: st.DrawFn, *, subject: str = "H1", prefix: str = "e") -> list[Report]:
    """Any reports about one subject, in any order of time, some of them twice."""
    kinds = st.sampled_from(list(ReportKind))
    made = []
    for number in range(draw(st.integers(1, 7))):
        kind, pack, day = draw(kinds), draw(packs), draw(st.integers(0, 500))
        answers = b"" if kind is ReportKind.NOT_ASSESSED else draw(answers_of[pack.id])
        named = None if kind is ReportKind.OTHER else pack
        made.append(report(f"{prefix}{number}", kind, named, answers, day, subject))
    again = draw(st.lists(st.sampled_from(made), max_size=2))
    return draw(st.permutations(made + again))


def applied(history: list[Report], subject: str = "H1") -> Profile:
    """The profile after a history."""
    return reduce(lambda profile, one: decide(profile, one).profile, history, Profile(subject))


def decided(history: list[Report], subject: str = "H1") -> list[Decision]:
    """The decisions of a history, in order."""
    profile, made = Profile(subject), []
    for one in history:
        profile, decision, _ = decide(profile, one)
        if decision is not None:
            made.append(decision)
    return made


def level(profile: Profile, pack: Pack) -> Level:
    """The level in force of a pack; NONE when it never rated."""
    state = profile.state_of(pack.id)
    return state.level if state else Level.NONE
