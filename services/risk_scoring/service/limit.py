"""How fast scoring is without Kafka and Redis: EventBatch bytes in, RiskBatch and profile bytes out, one process."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from random import Random
from time import perf_counter, process_time

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from services.common.ids import derived_id
from services.common.lane_types import LaneRecord
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.adapters.risk_codec import forget_encodings
from services.risk_scoring.adapters.triage_loader import load_triage
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.verdict import forget_verdicts
from services.risk_scoring.service.handler import ScoringHandler

PACK = "household_dispute"
EVENTS_PER_RECORD = 400
RECORDS_PER_ROUND = 20
ROUNDS = 2
_LANE = 7
_START_MS = 1_772_000_000_000
# Most answers are "no": a household with no trouble is the common case.
_ANSWERS = (common_pb2.ANSWER_YES, common_pb2.ANSWER_NO, common_pb2.ANSWER_UNKNOWN)
_SHARES = (4, 92, 4)


def survey(pack: Pack, seed: int = 1) -> list[LaneRecord]:
    """Two rounds over 8,000 households, every indicator answered; the second finds the profiles of the first."""
    random = Random(seed)
    rounds = [(n, part) for n in range(ROUNDS) for part in range(RECORDS_PER_ROUND)]
    values = [_record(pack, random, number, part) for number, part in rounds]
    return [
        LaneRecord("limit.events.v1", 0, offset, _LANE, value)
        for offset, value in enumerate(values)
    ]


def one_pass(handler: ScoringHandler, records: Sequence[LaneRecord]) -> int:
    """Score the records, each upon the state the ones before left; gives the number of decided events."""
    state: dict[str, bytes] = {}
    events = 0
    for record in records:
        decoded = handler.decode(record)
        known = {key: state[key] for key in handler.wanted(decoded) if key in state}
        outcome = handler.decide(record, decoded, known, _START_MS)
        for key, value in outcome.puts.items():
            if value is not None:
                state[key] = value
        events += len(outcome.puts)
    return events


def measure(seconds: float) -> float:
    """Events per second over about this long; each pass begins with nothing remembered."""
    return _measure(seconds)[0]


def _measure(seconds: float) -> tuple[float, float]:
    """Events per second of wall time, and of this process's own processor time."""
    settings = CommonSettings()
    packs = load_packs(settings.packs_dir)
    handler = ScoringHandler(packs, load_triage(settings.triage_dir))
    records = survey(packs[PACK])
    one_pass(handler, records[:RECORDS_PER_ROUND])
    events, wall, cpu = 0, perf_counter(), process_time()
    while perf_counter() - wall < seconds:
        forget_verdicts()
        forget_encodings()
        events += one_pass(handler, records)
    return events / (perf_counter() - wall), events / (process_time() - cpu)


def _record(pack: Pack, random: Random, round_no: int, part: int) -> bytes:
    batch = events_pb2.EventBatch(lane=_LANE)
    for number in range(EVENTS_PER_RECORD):
        subject = f"H{part:08d}{number:012d}"
        at_ms = _START_MS + round_no * 90 * DAY_MS + number
        event = batch.events.add(
            event_id=derived_id("limit", round_no, subject),
            source="limit",
            source_id=f"L-{round_no}-{subject}",
            occurred_at_ms=at_ms,
            accepted_at_ms=at_ms + 5000,
            jurisdiction_code="532301001001003",
            household_id=subject,
            subject_id=subject,
            trace_id=f"{number:032x}",
        )
        body = event.assessment
        body.pack_id, body.round_id = pack.id, f"2026-{round_no}"
        body.assessor_level = common_pb2.LEVEL_GREEN
        body.status = events_pb2.ASSESSMENT_STATUS_ASSESSED
        chosen = random.choices(_ANSWERS, _SHARES, k=len(pack.indicators))
        for indicator, answer in zip(pack.indicators, chosen, strict=True):
            body.answers.add(indicator_id=indicator.id, answer=answer)
    return batch.SerializeToString()


def main() -> None:
    """Print the rates."""
    wall, cpu = _measure(5.0)
    sys.stdout.write(f"{wall:,.0f} events/s; per second of processor time {cpu:,.0f}\n")


if __name__ == "__main__":
    main()
