"""Made-up assessments for measuring: the same for the same seed, one household each."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2
from services.common.ids import derived_id
from services.common.lanes import lane_of
from services.common.pack_catalogue import PackOutline

EVENTS_PER_BATCH = 390
OfSubject = TypeVar("OfSubject", events_pb2.Event, risk_pb2.RiskDecision, notify_pb2.Notice)
_ANSWERS = (common_pb2.ANSWER_YES, common_pb2.ANSWER_NO, common_pb2.ANSWER_UNKNOWN)
# Most answers are "no": a household with no trouble is the common case.
_WEIGHTS = (4, 92, 4)
_START_MS = 1_790_000_000_000


def assessments(pack: PackOutline, count: int, seed: int) -> Iterator[events_pb2.Event]:
    """`count` assessments that answer every indicator of the pack."""
    chance = random.Random(seed)
    for number in range(count):
        subject = f"HBENCH{seed:04d}{number:010d}"
        answers = chance.choices(_ANSWERS, _WEIGHTS, k=len(pack.indicators))
        yield events_pb2.Event(
            event_id=derived_id("bench", subject),
            source="bench",
            source_id=str(number),
            occurred_at_ms=_START_MS + number,
            accepted_at_ms=_START_MS + number,
            jurisdiction_code="532301001001001",
            household_id=subject,
            subject_id=subject,
            assessment=events_pb2.Assessment(
                round_id="2026-1",
                pack_id=pack.pack_id,
                status=events_pb2.ASSESSMENT_STATUS_ASSESSED,
                assessor_level=common_pb2.LEVEL_GREEN,
                answers=[
                    common_pb2.AnsweredIndicator(indicator_id=name, answer=answer)
                    for name, answer in zip(pack.indicators, answers, strict=True)
                ],
            ),
        )


def batches(
    events: Iterable[events_pb2.Event], size: int = EVENTS_PER_BATCH
) -> Iterator[tuple[int, bytes]]:
    """Events packed per lane as intake's bulk path packs them: (lane, EventBatch bytes)."""
    for lane, some in in_lanes(events, size):
        yield lane, _batch(lane, some)


def in_lanes(items: Iterable[OfSubject], size: int) -> Iterator[tuple[int, list[OfSubject]]]:
    """What is about subjects, by their lanes: (lane, as many as `size`), the rest at the end."""
    waiting: defaultdict[int, list[OfSubject]] = defaultdict(list)
    for item in items:
        lane = lane_of(item.subject_id)
        waiting[lane].append(item)
        if len(waiting[lane]) == size:
            yield lane, waiting.pop(lane)
    yield from waiting.items()


def _batch(lane: int, events: Sequence[events_pb2.Event]) -> bytes:
    return events_pb2.EventBatch(lane=lane, events=events).SerializeToString()
