"""The notifier alone, from notices on Kafka to phones: throughput of one worker and two, and a call to all workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from sanse.notify.v1 import notify_pb2
from services.cli.bench.assessments import in_lanes
from services.cli.bench.results import Figure
from services.cli.gateways import channel_env, start_gateways
from services.cli.stack import Parts, Stack
from services.common.clock import SystemClock
from services.common.ids import derived_id
from services.common.lanes import lane_key, partition_of
from services.common.settings import CommonSettings
from services.common.spans import HOUR_MS
from services.common.topics import MAX_RECORD_BYTES, Topic
from tests.simulators.client import Simulators
from tests.simulators.phones import Message

# How long a gateway takes to answer.
LATENCY_MS = 50
WARM_UP, MESSAGES = 2_000, 8_000
# A call to every grid worker of a prefecture; meanwhile one red notice in so many seconds.
CALLED, RED_EVERY_S = 30_000, 0.5
# Each official is reached by one of these alone, in turn.
CHANNELS = ("wecom_app", "aliyun_sms", "tencent_sms")
_GATEWAYS = {"wecom_app": "wecom-app", "aliyun_sms": "aliyun-sms", "tencent_sms": "tencent-sms"}
_CALLBACK_TOKEN = "bench-callback-token"
_GRID = "532301001001003"
_PER_RECORD = 100
_GIVE_UP_S = 900.0
_SERVICE = "notifier"


@dataclass(frozen=True, slots=True)
class _Trial:
    """One notifier, of one worker or two, with its gateways."""

    stack: Stack
    gateways: Simulators

    def tell(self, notices: Iterable[notify_pb2.Notice]) -> None:
        """Put notices on their topic, and wait until Kafka has them."""
        asyncio.run(_publish(self.stack.settings(), notices))

    def until_shown(self, wanted: int, since: int = 0) -> list[Message]:
        """Wait until as many more messages are on phones; TimeoutError says how many are."""
        give_up = time.monotonic() + _GIVE_UP_S
        found: list[Message] = []
        while len(found) < wanted:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{len(found)} of {wanted} messages")
            time.sleep(0.5)
            found += self.gateways.messages(since + len(found))
        return found


def measure(parts: Parts, folder: Path) -> Iterator[Figure]:
    """Yield notify.throughput.one, .two and .growth; notify.mass.minutes, .refused, .red.p50, .p99 and .max."""
    one = _throughput(parts, folder / "notify-one", 1)
    two = _throughput(parts, folder / "notify-two", 2)
    params: Mapping[str, str | int] = {
        "messages": MESSAGES,
        "latency_ms": LATENCY_MS,
        "limits": "off",
    }
    yield Figure("notify.throughput.one", "messages/s", one, params)
    yield Figure("notify.throughput.two", "messages/s", two, params)
    yield Figure("notify.throughput.growth", "times", two / one, params)
    yield from _mass(parts, folder / "notify-mass")


def _throughput(parts: Parts, place: Path, workers: int) -> float:
    """Messages a second, from the first to the last on a phone, of a backlog that is there from the start."""
    with _trial(parts, place, WARM_UP + MESSAGES, workers, "false") as trial:
        for gateway in _GATEWAYS.values():
            trial.gateways.behave(gateway, "slow", delay_ms=LATENCY_MS)
        trial.tell(_notices(range(WARM_UP), common_pb2.LEVEL_YELLOW))
        trial.until_shown(WARM_UP)
        trial.tell(_notices(range(WARM_UP, WARM_UP + MESSAGES), common_pb2.LEVEL_YELLOW))
        at = sorted(message.received_at for message in trial.until_shown(MESSAGES, WARM_UP))
    return len(at) / (at[-1] - at[0])


def _mass(parts: Parts, place: Path) -> Iterator[Figure]:
    """A call to every grid worker, under the platforms' own limits, and red notices to others meanwhile."""
    officials = CALLED + WARM_UP + int(_GIVE_UP_S / RED_EVERY_S)
    with _trial(parts, place, officials, 1, "true") as trial:
        for gateway in _GATEWAYS.values():
            trial.gateways.behave(gateway, "rate_limit", delay_ms=LATENCY_MS)
        trial.tell(_notices(range(CALLED, CALLED + WARM_UP), common_pb2.LEVEL_YELLOW))
        trial.until_shown(WARM_UP)
        began = time.time()
        trial.tell(_notices(range(CALLED), common_pb2.LEVEL_YELLOW))
        reds = asyncio.run(_reds_until_called(trial))
        shown = trial.until_shown(CALLED + len(reds), WARM_UP)
        refused = sum(counts["refused"] for counts in trial.gateways.stats().values())
    called = [message.received_at for message in shown if message.notice_id not in reds]
    delays = sorted(
        message.received_at * 1000 - reds[message.notice_id]
        for message in shown
        if message.notice_id in reds
    )
    params = {"messages": CALLED, "latency_ms": LATENCY_MS, "red": len(delays)}
    yield Figure("notify.mass.minutes", "min", (max(called) - began) / 60, params)
    yield Figure("notify.mass.refused", "messages", refused, params)
    for name, share in (("p50", 0.50), ("p99", 0.99), ("max", 1.0)):
        value = delays[min(len(delays) - 1, int(len(delays) * share))]
        yield Figure(f"notify.mass.red.{name}", "ms", value, params)


async def _reds_until_called(trial: _Trial) -> Mapping[str, float]:
    """Notice id to when it was written, of the red notices told while the call goes out."""
    settings, reds = trial.stack.settings(), dict[str, float]()
    give_up = time.monotonic() + _GIVE_UP_S
    while _accepted(trial.gateways) < WARM_UP + CALLED + len(reds):
        if time.monotonic() > give_up:
            raise TimeoutError(f"{_accepted(trial.gateways)} messages")
        number = CALLED + WARM_UP + len(reds)
        (red,) = _notices(range(number, number + 1), common_pb2.LEVEL_RED)
        reds[red.notice_id] = time.time() * 1000
        await _publish(settings, [red])
        await asyncio.sleep(RED_EVERY_S)
    return reds


def _accepted(gateways: Simulators) -> int:
    return sum(counts["accepted"] for counts in gateways.stats().values())


@contextmanager
def _trial(
    parts: Parts, place: Path, officials: int, workers: int, limits: str
) -> Iterator[_Trial]:
    gateways = start_gateways(place, 1_800)
    env = {
        "SANSE_MASTER_KEY": "00" * 32,
        "SANSE_RATE_LIMITS": limits,
        # What is measured is how fast a call goes out once the second person has released it.
        "SANSE_MASS_GUARD": "false",
        "SANSE_CALLBACK_TOKEN": _CALLBACK_TOKEN,
        **_files(place, officials),
        **channel_env(gateways.control),
    }
    stack = Stack(parts, place, env, f"notify{time.time_ns() // 1_000_000}")
    stack.prepare()
    try:
        for instance in range(1, workers + 1):
            stack.start(_SERVICE, str(instance))
            stack.wait_ready(_SERVICE, str(instance))
        _connect_receipts(stack, gateways.control)
        yield _Trial(stack, gateways.control)
    finally:
        stack.stop()
        gateways.stop()


def _connect_receipts(stack: Stack, gateways: Simulators) -> None:
    page = f"http://{stack.address(_SERVICE, 'page')}/callbacks"
    for gateway, path in (("aliyun-sms", "aliyun"), ("tencent-sms", "tencent")):
        gateways.receipts(gateway, f"{page}/{path}/receipt?token={_CALLBACK_TOKEN}")


def _files(place: Path, officials: int) -> Mapping[str, str]:
    """A village whose officials are as many as are called, each with one channel."""
    lines = [
        "official_id,jurisdiction_code,tier,post,language,channels,mobile,wecom_id,email,department"
    ]
    for number in range(officials):
        channel = CHANNELS[number % len(CHANNELS)]
        lines.append(
            f"GW-{number},{_GRID},village,grid_worker,zh,{channel},139{number:08d},w{number},,"
        )
    (place / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (place / "divisions.csv").write_text(
        f"code,name\n532300,楚雄州\n{_GRID[:12]},东瓜村\n", encoding="utf-8"
    )
    return {
        "SANSE_ROSTER_FILE": str(place / "roster.csv"),
        "SANSE_DIVISIONS_FILE": str(place / "divisions.csv"),
    }


def _notices(
    numbers: Sequence[int], level: common_pb2.Level.ValueType
) -> Iterator[notify_pb2.Notice]:
    """One notice each, of a household of its own and to an official of its own."""
    now_ms = SystemClock().now_ms()
    for number in numbers:
        subject = derived_id("notify", str(number))
        yield notify_pb2.Notice(
            notice_id=derived_id(subject, "notice"),
            case_id=derived_id(subject, "case"),
            case_no=f"532301-{number:06d}",
            subject_id=subject,
            kind=notify_pb2.NOTICE_KIND_DUTY_ASSIGNED,
            level=level,
            tier=common_pb2.TIER_VILLAGE,
            recipient_id=f"GW-{number}",
            jurisdiction_code=_GRID,
            act=cases_pb2.NEXT_ACT_ACKNOWLEDGE,
            act_due_ms=now_ms + HOUR_MS,
            created_at_ms=now_ms,
        )


async def _publish(settings: CommonSettings, notices: Iterable[notify_pb2.Notice]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, max_request_size=MAX_RECORD_BYTES, linger_ms=5
    )
    await producer.start()
    try:
        topic = settings.topics(Topic.NOTICES)
        for lane, some in in_lanes(notices, _PER_RECORD):
            batch = notify_pb2.NoticeBatch(lane=lane, notices=some)
            partition = partition_of(lane, settings.partitions)
            await producer.send(topic, batch.SerializeToString(), lane_key(lane), partition)
        await producer.flush()
    finally:
        await producer.stop()
