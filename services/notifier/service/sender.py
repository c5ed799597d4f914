"""Sends what is due: claims the attempt, calls the channel, records the delivery on Kafka.

The sender never writes a lane's state. It records each step on the deliveries topic, and the lane's own step
reads it from there: one writer per lane, and a lost Redis is rebuilt from the same records. A claim in Redis,
written before the message leaves and settled once the record is acknowledged, tells a successor whether an
attempt may have been sent (then it is sent once more) or is already recorded (then it is not).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from services.common import log
from services.common.clock import Clock
from services.common.failpoint import passing
from services.common.lane_types import LaneOutcome
from services.notifier.adapters import codec
from services.notifier.domain.limits import waits_for_bundle
from services.notifier.domain.notices import DeliveryStatus, Notice, Progress
from services.notifier.domain.order import is_red
from services.notifier.service.asking import Asking
from services.notifier.service.attempts import Attempts
from services.notifier.service.bundles import Bundles
from services.notifier.service.guard import Guard
from services.notifier.service.handler import notice_key, state_key
from services.notifier.service.own_rules import OwnRules
from services.notifier.service.recorder import Recorder
from services.notifier.service.spread import Spread

# Jobs in memory at once, red beside them; what comes on top stays due in Redis and is found by the sweep.
MAX_JOBS = 4000
# A gateway answers within its timeout; Kafka waits that long before it moves a lane.
RELEASE_WITHIN_S = 6.0
_log = log.get("sender")


@dataclass(frozen=True, slots=True)
class Job:
    """One notice that is due, in its lane, as far as it had got."""

    lane: int
    notice: Notice
    progress: Progress

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was done about it yet."""
        return self.progress.status is DeliveryStatus.PENDING


class Sender:
    """Jobs by notice: while one runs, or its record has not come back yet, the notice is not taken again."""

    def __init__(
        self,
        *,
        attempts: Attempts,
        asking: Asking,
        guard: Guard,
        bundles: Bundles,
        spread: Spread,
        own_rules: OwnRules,
        recorder: Recorder,
        wall: Clock,
        owns: Callable[[int], bool],
    ) -> None:
        self._attempts = attempts
        self._bundles = bundles
        self._spread = spread
        self._own_rules = own_rules
        self._recorder = recorder
        self._wall = wall
        self._guard = guard
        self._asking = asking
        self._owns = owns
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        # The earliest deadline of each lane that has come up since the lane was last looked at.
        self.noted: dict[int, int] = {}

    def on_committed(self, lane: int, change: LaneOutcome) -> None:
        """The lane's step is stored: new notices go out at once, recorded ones are done here."""
        passing("after_commit")
        stored = {key: value for key, value in change.puts.items() if value is not None}
        fresh = list(due_jobs(lane, change.deadlines, stored, 0))
        self._spread.arrived(len(fresh))
        for job in fresh:
            self.submit(job)
        for notice_id, due_ms in change.deadlines.items():
            # 0 is a new notice, just submitted; anything else is a recorded step coming back.
            if due_ms != 0:
                self._jobs.pop(notice_id, None)
            if due_ms:
                self.note_due(lane, due_ms)

    def note_due(self, lane: int, due_ms: int) -> None:
        """Something in this lane is due then: the sweep looks there."""
        self.noted[lane] = min(due_ms, self.noted.get(lane, due_ms))

    @property
    def is_full(self) -> bool:
        """Whether only red finds room just now."""
        return len(self._running) >= MAX_JOBS

    def submit(self, job: Job) -> None:
        """Start a job unless the same state of the same notice is already being worked on."""
        notice_id = job.notice.notice_id
        known = self._jobs.get(notice_id)
        if known is not None and known.progress == job.progress:
            return
        no_room = self.is_full and not is_red(job.notice)
        if notice_id in self._running or no_room:
            self.note_due(job.lane, 0)
            return
        later_ms = self._spread.leaves_at(job.lane, job.notice) if job.is_fresh else 0
        if later_ms:
            self.note_due(job.lane, later_ms)
            return
        self._jobs[notice_id] = job
        task = asyncio.create_task(self._run(job), name=f"send-{notice_id}")
        self._running[notice_id] = task
        task.add_done_callback(lambda _: self._running.pop(notice_id, None))

    async def release(self, lanes: Iterable[int]) -> None:
        """Let the jobs of lanes that move away end, so that their new owner finds them settled."""
        gone = set(lanes)
        ids = [notice_id for notice_id, job in self._jobs.items() if job.lane in gone]
        running = [self._running[notice_id] for notice_id in ids if notice_id in self._running]
        if running:
            await asyncio.wait(running, timeout=RELEASE_WITHIN_S)
        for notice_id in ids:
            self._jobs.pop(notice_id, None)

    async def stop(self, within_s: float = RELEASE_WITHIN_S) -> None:
        """Let running jobs end; what takes longer is left to the claim."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=within_s)
        for task in list(self._running.values()):
            task.cancel()

    async def _run(self, job: Job) -> None:
        """The border of a job: whatever stops it, the notice stays due and the sweep finds it."""
        try:
            again_ms = await self._step(job)
        except (TimeoutError, RedisError, KafkaError, OSError) as error:
            _log.warning(
                "notice.postponed", notice_id=job.notice.notice_id, error=type(error).__name__
            )
            again_ms = 0
        except Exception as error:  # noqa: BLE001 — the border: a fault in one notice must not lose it
            _log.error("notice.broken", notice_id=job.notice.notice_id, error=type(error).__name__)
            again_ms = 0
        if again_ms is not None:
            self._jobs.pop(job.notice.notice_id, None)
            self.note_due(job.lane, self._wall.now_ms() + again_ms if again_ms else 0)

    async def _step(self, job: Job) -> int | None:
        """One step of one notice; when nothing was recorded, in how many ms to look again."""
        if not self._owns(job.lane):
            return 0
        if job.progress.status is DeliveryStatus.SENT:
            await self._asking.receipt(job.lane, job.notice, job.progress)
            return None
        if await self._waits(job):
            return None
        return await self._attempts.make(
            job.lane, job.notice, job.progress, lambda: self._owns(job.lane)
        )

    async def _waits(self, job: Job) -> bool:
        """Whether it has to wait, or another message tells of it; then that is on record."""
        night = self._own_rules.night(job.lane, job.notice, job.progress)
        if night is not None:
            await self._recorder.record(job.lane, job.notice, night, "")
            return True
        waits = self._bundles.takes if waits_for_bundle(job.progress) else self._guard.holds
        return await waits(job.lane, job.notice, job.progress)


def due_jobs(
    lane: int, ids: Iterable[str], state: Mapping[str, bytes], now_ms: int
) -> Iterable[Job]:
    """The jobs among these notices that the lane's state still shows as due.

    The state is newer than the list of deadlines it was looked up by: a step recorded in between counts.
    """
    for notice_id in ids:
        notice, raw = state.get(notice_key(notice_id)), state.get(state_key(notice_id))
        if notice is None or raw is None:
            continue
        progress = codec.read_progress(raw)
        if not progress.status.final and progress.due_ms <= now_ms:
            yield Job(lane, codec.read_notice(notice), progress)
