"""How fast scoring is without Kafka and Redis: EventBatch bytes in, RiskBatch and profile bytes out, one process."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from random import Random
from time import perf_counter

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from services.common.ids import derived_id
from services.common.lane_types import LaneRecord
from services.common.settings import CommonSettings
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.service.handler import ScoringHandler

EVENTS_PER_RECORD = 400
RECORDS = 8
PACK = "household_dispute"
_START_MS = 1_772_000_000_000
_DAY_MS = 86_400_000
# A believable survey: most answers are no, some yes, a few unknown.
_ANSWERS, _SHARES = (1, 2, 3), (8, 88, 4)


def assessments(pack: Pack, round_no: int, *, seed: int = 1) -> bytes:
    """One record: an assessment of each of 400 households, every indicator answered."""
    random = Random(seed * 1000 + round_no)
    batch = events_pb2.EventBatch(lane=7)
    for number in range(EVENTS_PER_RECORD):
        subject = f"H{number:020d}"
        event = batch.events.add(
            event_id=derived_id("limit", seed, round_no, number),
            source="limit",
            source_id=f"L-{round_no}-{number}",
            occurred_at_ms=_START_MS + round_no * 90 * _DAY_MS,
            accepted_at_ms=_START_MS + round_no * 90 * _DAY_MS + 5000,
            jurisdiction_code="532301001001003",
            household_id=subject,
            subject_id=subject,
            trace_id=f"{number:032x}",
        )
        event.assessment.round_id = f"2026-{round_no}"
        event.assessment.pack_id = pack.id
        event.assessment.assessor_level = common_pb2.LEVEL_GREEN
        event.assessment.status = events_pb2.ASSESSMENT_STATUS_ASSESSED
        chosen = random.choices(_ANSWERS, _SHARES, k=len(pack.indicators))
        for indicator, answer in zip(pack.indicators, chosen, strict=True):
            event.assessment.answers.add(indicator_id=indicator.id, answer=answer)
    return batch.SerializeToString()


def one_pass(handler: ScoringHandler, records: list[LaneRecord]) -> int:
    """Score the records, each upon the state the one before left; gives the number of events."""
    state: dict[str, bytes] = {}
    events = 0
    for record in records:
        decoded = handler.decode(record)
        wanted = handler.wanted(decoded)
        known = {key: state[key] for key in wanted if key in state}
        outcome = handler.decide(record, decoded, known, _START_MS)
        for key, value in outcome.puts.items():
            if value is not None:
                state[key] = value
        events += len(decoded.reports)
    return events


def measure(seconds: float, packs: Mapping[str, Pack] | None = None) -> float:
    """Events per second over about this long: rounds of assessments, the first upon no profile."""
    packs = packs or load_packs(CommonSettings().packs_dir)
    handler = ScoringHandler(packs)
    records = [
        LaneRecord("limit.events.v1", 0, number, 7, assessments(packs[PACK], number))
        for number in range(RECORDS)
    ]
    one_pass(handler, records)
    events, start = 0, perf_counter()
    while perf_counter() - start < seconds:
        events += one_pass(handler, records)
    return events / (perf_counter() - start)


def main() -> None:
    """Print the rate."""
    sys.stdout.write(f"{measure(5.0):,.0f} events/s\n")


if __name__ == "__main__":
    main()
