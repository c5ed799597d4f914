"""Reads what a league table counts: the ledger, serious events, and the rounds that began in the period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter

from sanse.escalation.v1 import cases_pb2
from sanse.risk.v1 import reviews_pb2
from services.cli.league.ledgers import Branched, ChainWatch, Ledgers
from services.cli.rounds.counting import count, rounds_of
from services.cli.topic_reader import read_topic
from services.common.divisions import code_at
from services.common.settings import CommonSettings
from services.common.terms import Tier
from services.common.topics import Topic
from services.escalation.adapters.case_codec import case_from
from services.escalation.domain.events import EntryType
from services.escalation.domain.league import LeagueFold, Period, Standing, Step
from services.risk_scoring.domain.round_counts import NOTHING, Counts, totals

HOMICIDE = "homicide"
_TYPES = {kind.value: kind for kind in EntryType}
_TIERS = (Tier.VILLAGE, Tier.TOWNSHIP, Tier.COUNTY, Tier.PREFECTURE)


def standings(
    settings: CommonSettings, period: Period
) -> tuple[Mapping[str, Standing], tuple[Branched, ...]]:
    """How every unit fulfilled its duties, from the ledger; and the cases that have more than one."""
    return counted(lambda: _ledger(settings), period)


def counted(
    ledger: Callable[[], Iterable[cases_pb2.CaseEventBatch]], period: Period
) -> tuple[Mapping[str, Standing], tuple[Branched, ...]]:
    """The same of a ledger that can be read again.

    Cases with two ledgers are rare: only where there are any it is, to count of each the branch that counts.
    """
    fold, watch = LeagueFold(period), ChainWatch()
    for batch in ledger():
        watch.take(batch.events)
        for step in steps(batch.events):
            fold.take(step)
    if not watch.suspects:
        return fold.standings(), ()
    ledgers = Ledgers(ledger(), watch.suspects)
    fold = LeagueFold(period)
    for batch in ledger():
        for step in steps(ledgers.counted(batch.events)):
            fold.take(step)
    return fold.standings(), ledgers.branched


def _ledger(settings: CommonSettings) -> Iterator[cases_pb2.CaseEventBatch]:
    for message in read_topic(settings, Topic.CASES):
        yield cases_pb2.CaseEventBatch.FromString(message.value)


def steps(events: Iterable[cases_pb2.CaseEvent]) -> Iterator[Step]:
    """What the entries of a record say of each of its cases; the last entry of each carries the case."""
    for _, some in groupby(events, attrgetter("case_id")):
        entries = list(some)
        if not entries[-1].HasField("case_after"):
            continue
        # A kind of a newer protocol performs nothing that is counted here.
        happened = tuple((_TYPES.get(one.type, EntryType.RISK_NOTED), one.at_ms) for one in entries)
        yield Step(happened, case_from(entries[-1].case_after))


def homicides(settings: CommonSettings, period: Period) -> Counter[str]:
    """Homicides reported as serious events, by every unit around the place. Each event counts once."""
    seen: set[str] = set()
    found: Counter[str] = Counter()
    for message in read_topic(settings, Topic.REVIEWS):
        batch = reviews_pb2.ReviewBatch.FromString(message.value)
        for event in (*(review.event for review in batch.opened), *batch.warned):
            if event.event_id in seen or event.kind != HOMICIDE:
                continue
            seen.add(event.event_id)
            if period.holds(event.occurred_at_ms):
                found.update(_units(event.jurisdiction_code))
    return found


def round_counts(
    settings: CommonSettings, period: Period
) -> tuple[tuple[str, ...], dict[str, Counts]]:
    """The rounds that began in the period, and all their counts together, by unit."""
    rounds = rounds_of(settings)
    chosen = tuple(one.id for one in rounds.values() if period.holds(one.starts_ms))
    together: dict[str, Counts] = {}
    if chosen:
        fold = count(settings, rounds, period.as_of_ms).fold
        for round_id in chosen:
            for unit, counts in totals(fold.counts(round_id)).items():
                together[unit] = together.get(unit, NOTHING).plus(counts)
    return chosen, together


def _units(code: str) -> set[str]:
    return {unit for tier in _TIERS if (unit := code_at(code, tier))}
