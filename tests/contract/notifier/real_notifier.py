"""A notifier process on real Kafka and Redis with the simulated gateways, and what a test does to it."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from sanse.notify.v1 import notify_pb2
from services.cli.local.process import LocalProcess, free_port, spawn
from services.cli.topic_reader import read_topic
from services.common.ids import derived_id
from services.common.kafka_admin import ensure_topics
from services.common.lanes import LANES, lane_key, lane_of, partition_of
from services.common.settings import REPOSITORY, CommonSettings
from services.common.topics import Topic
from tests.simulators import credentials as secrets
from tests.simulators.client import Simulators

CREATED_MS = time.time_ns() // 1_000_000
COLUMNS = (
    "official_id,jurisdiction_code,tier,post,language,channels,mobile,wecom_id,email,department,"
    "dingtalk_id,feishu_id,quiet,substitute"
)
CALLBACK_TOKEN = "test-callback-token"
_TOKEN = re.compile(r"/a/([\w-]+)")


@dataclass(slots=True)
class RealNotifier:
    """One notifier, restartable, with its own topics and keys."""

    settings: CommonSettings
    simulators: Simulators
    folder: Path
    env: dict[str, str]
    page: str
    process: LocalProcess
    producer: KafkaProducer
    workers: list[LocalProcess] = field(default_factory=list)
    partners: list[LocalProcess] = field(default_factory=list)
    # The test that has it now: how many came before, when it began, and what was there already.
    day: int = 0
    created_ms: int = CREATED_MS
    _ends: dict[Topic, dict[int, int]] = field(default_factory=dict)
    _logged: int = 0
    _told: list[notify_pb2.Notice] = field(default_factory=list)

    @classmethod
    def start(
        cls,
        settings: CommonSettings,
        simulators: Simulators,
        folder: Path,
        officials: Sequence[str],
        **env: str,
    ) -> RealNotifier:
        """Write the roster, create the topics, start the process and wait until it serves."""
        (folder / "roster.csv").write_text("\n".join([COLUMNS, *officials]) + "\n")
        (folder / "divisions.csv").write_text("code,name\n532300,楚雄州\n532301001001,东瓜村\n")
        ensure_topics(settings)
        page = f"127.0.0.1:{free_port()}"
        environment = {**_gateways(simulators), **_common(settings, folder, page), **env}
        producer = KafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=0)
        process = _spawn(folder, environment, 1)
        found = cls(settings, simulators, folder, environment, page, process, producer)
        found.wait_ready()
        # Else a first notice may be found by the rebuild of the empty lanes, and not by a step of its own.
        process.wait_until(lambda: process.has_logged("lanes.rebuilt"))
        return found

    def begin_day(self) -> None:
        """A new test on the running process: empty phones, its own notices, and only what comes from now on.

        Waits for what the test before has left under way.
        """
        for partner in self.partners:
            partner.stop()
        self.partners.clear()
        if not self.process.alive or self.env.get("SANSE_FAILPOINT"):
            self.restart()
        self.wait_ready()
        # A partner that left has given its lanes back.
        self.process.wait_until(self._owns_every_lane)
        self.wait_for_ends(self._told)
        self._told.clear()
        self.simulators.reset(everything=True)
        self.day += 1
        self.created_ms = time.time_ns() // 1_000_000
        for topic in (Topic.DELIVERIES, Topic.COMMANDS):
            self._ends[topic] = _ends_of(self.settings, topic)
        self.forget_log()

    def notice(
        self, number: int, recipient: str = "GW-1", created_ms: int | None = None
    ) -> notify_pb2.Notice:
        """The number-th notice of this test: a case that no test before has told of."""
        created = self.created_ms if created_ms is None else created_ms
        return notice(self.day * 1000 + number, recipient, created)

    def _owns_every_lane(self) -> bool:
        lines = self.process.log_file.read_text(errors="replace").splitlines()
        assigned = [line for line in lines if "lanes.assigned" in line]
        return bool(assigned) and f'"lanes": {LANES},' in assigned[-1]

    def forget_log(self) -> None:
        """Ask only for what the process logs from now on."""
        self._logged = self.process.log_file.stat().st_size

    def has_logged(self, text: str) -> bool:
        """Whether the process has logged a text since the test began."""
        with self.process.log_file.open("rb") as log:
            log.seek(self._logged)
            return text in log.read().decode("utf-8", "replace")

    def wait_ready(self) -> None:
        """Until it says that it serves and owns lanes."""
        self.process.wait_until(lambda: self.process.has_logged("service.ready"))

    def restart(self, dies_at: str = "") -> None:
        """SIGKILL, then a successor with the same identity, which may die at a place too; does not wait for it."""
        self.process.kill()
        self.env["SANSE_FAILPOINT"] = dies_at
        self.workers.append(self.process)
        self.process = _spawn(self.folder, self.env, len(self.workers) + 1)
        self._logged = 0

    def join_second(self) -> LocalProcess:
        """A second worker of the same group, once it owns lanes."""
        own = {
            "SANSE_INSTANCE": "2",
            "SANSE_PAGE_LISTEN": "",
            "SANSE_GRPC_LISTEN": f"127.0.0.1:{free_port()}",
        }
        second = _spawn(self.folder, {**self.env, **own}, 0)
        self.partners.append(second)
        second.wait_until(lambda: second.has_logged("service.ready"))
        return second

    def stop(self) -> None:
        """End the processes and the producer."""
        self.producer.close()
        for partner in self.partners:
            partner.stop()
        self.process.stop()

    def tell(self, notices: Iterable[notify_pb2.Notice]) -> None:
        """Put notices on the topic, one record each."""
        name = self.settings.topics(Topic.NOTICES)
        for notice in notices:
            self._told.append(notice)
            lane = lane_of(notice.subject_id)
            batch = notify_pb2.NoticeBatch(lane=lane, notices=[notice])
            partition = partition_of(lane, self.settings.partitions)
            value = batch.SerializeToString()
            self.producer.send(name, value=value, key=lane_key(lane), partition=partition)
        self.producer.flush()

    def deliveries(self) -> list[notify_pb2.Delivery]:
        """Everything recorded so far."""
        found: list[notify_pb2.Delivery] = []
        for message in self._since(Topic.DELIVERIES):
            found.extend(notify_pb2.DeliveryBatch.FromString(message.value).deliveries)
        return found

    def replies(self) -> list[notify_pb2.Reply]:
        """Every reply kept so far."""
        found: list[notify_pb2.Reply] = []
        for message in self._since(Topic.DELIVERIES):
            found.extend(notify_pb2.DeliveryBatch.FromString(message.value).replies)
        return found

    def _since(self, topic: Topic) -> Iterator[Any]:
        """What came to a topic since the test began."""
        before = self._ends.get(topic, {})
        for record in read_topic(self.settings, topic):
            if record.offset >= before.get(record.partition, 0):
                yield record

    def ends(self) -> dict[str, notify_pb2.Delivery]:
        """The final delivery of each notice that has one."""
        return {item.notice_id: item for item in self.deliveries() if item.final}

    def commands(self) -> list[cases_pb2.Command]:
        """Every command written so far."""
        found: list[cases_pb2.Command] = []
        for message in self._since(Topic.COMMANDS):
            found.extend(cases_pb2.CommandBatch.FromString(message.value).commands)
        return found

    def wait_for_ends(self, notices: Sequence[notify_pb2.Notice], within_s: float = 30.0) -> None:
        """Until every notice has a final state."""
        wanted = {notice.notice_id for notice in notices}
        eventually(lambda: wanted <= self.ends().keys(), within_s, self.process.log_tail)

    def shown(self) -> Counter[str]:
        """How often each notice was shown on a phone."""
        return Counter(message.notice_id for message in self.simulators.messages())


def templates_with(folder: Path, page: str, changes: Mapping[str, str]) -> dict[str, str]:
    """A copy of deploy/templates with changes of one page, as an environment for the notifier."""
    copy = folder / "templates"
    if not copy.exists():
        shutil.copytree(REPOSITORY / "deploy/templates", copy)
    text = (copy / page).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{page} does not say {old!r}"
        text = text.replace(old, new)
    (copy / page).write_text(text, encoding="utf-8")
    return {"SANSE_TEMPLATES_DIR": str(copy)}


def eventually(
    holds: Callable[[], bool], within_s: float = 10.0, told: Callable[[], str] = str
) -> None:
    """Wait until something holds; fails with what there is to tell."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"did not hold within {within_s} s\n{told()}")


def notice(number: int, recipient: str = "GW-1", created_ms: int = CREATED_MS) -> notify_pb2.Notice:
    """The number-th notice: a case of its own, spread over the lanes."""
    case_id = derived_id("case", number)
    return notify_pb2.Notice(
        notice_id=derived_id("notice", number, recipient, created_ms),
        case_id=case_id,
        case_no=f"532301-{number:06d}",
        subject_id=f"H{number:020d}",
        kind=notify_pb2.NOTICE_KIND_DUTY_ASSIGNED,
        level=common_pb2.LEVEL_YELLOW,
        tier=common_pb2.TIER_VILLAGE,
        recipient_id=recipient,
        jurisdiction_code="532301001001003",
        act=cases_pb2.NEXT_ACT_ACKNOWLEDGE,
        act_due_ms=created_ms + 3_600_000,
        created_at_ms=created_ms,
    )


def _ends_of(settings: CommonSettings, topic: Topic) -> dict[int, int]:
    """Where each partition of a topic ends now."""
    ends: dict[int, int] = {}
    for record in read_topic(settings, topic):
        ends[record.partition] = record.offset + 1
    return ends


def token_in(text: str) -> str:
    """The token of the link in a message."""
    found = _TOKEN.search(text)
    assert found is not None, f"no link in {text!r}"
    return found.group(1)


def _spawn(folder: Path, env: dict[str, str], number: int) -> LocalProcess:
    command = [sys.executable, "-m", "services.notifier"]
    return spawn(f"notifier-{number}", command, folder / f"notifier-{number}.log", env)


def _common(settings: CommonSettings, folder: Path, page: str) -> dict[str, str]:
    return {
        "SANSE_KAFKA": settings.kafka,
        "SANSE_REDIS": settings.redis,
        "SANSE_PREFIX": settings.prefix,
        "SANSE_PARTITIONS": str(settings.partitions),
        "SANSE_ROSTER_FILE": str(folder / "roster.csv"),
        "SANSE_DIVISIONS_FILE": str(folder / "divisions.csv"),
        "SANSE_MASTER_KEY": "5a" * 32,
        "SANSE_GRPC_LISTEN": f"127.0.0.1:{free_port()}",
        "SANSE_PAGE_LISTEN": page,
        "SANSE_PUBLIC_URL": f"http://{page}",
        "SANSE_CALLBACK_TOKEN": CALLBACK_TOKEN,
        "SANSE_RATE_LIMITS": "false",
        "SANSE_BACK_OFF_S": "[0.2,0.4]",
        "SANSE_SESSION_TIMEOUT_S": "6",
        # A receipt pushed while the process was down is gone: the notice then ends as unconfirmed.
        "SANSE_RECEIPT_WITHIN_S": "5",
    }


def _gateways(simulators: Simulators) -> dict[str, str]:
    return {
        "SANSE_WECOM_APP_BASE_URL": f"{simulators.http}/wecom",
        "SANSE_WECOM_APP_CORP_ID": secrets.WECOM_CORP_ID,
        "SANSE_WECOM_APP_CORP_SECRET": secrets.WECOM_CORP_SECRET,
        "SANSE_WECOM_APP_AGENT_ID": str(secrets.WECOM_AGENT_ID),
        "SANSE_TENCENT_SMS_BASE_URL": simulators.http,
        "SANSE_TENCENT_SMS_SECRET_ID": secrets.TENCENT_SECRET_ID,
        "SANSE_TENCENT_SMS_SECRET_KEY": secrets.TENCENT_SECRET_KEY,
        "SANSE_TENCENT_SMS_SDK_APP_ID": secrets.TENCENT_SDK_APP_ID,
        "SANSE_TENCENT_SMS_SIGN_NAME": secrets.TENCENT_SIGN_NAME,
        "SANSE_ALIYUN_SMS_BASE_URL": simulators.http,
        "SANSE_ALIYUN_SMS_ACCESS_KEY_ID": secrets.ALIYUN_KEY_ID,
        "SANSE_ALIYUN_SMS_ACCESS_KEY_SECRET": secrets.ALIYUN_KEY_SECRET,
        "SANSE_ALIYUN_SMS_SIGN_NAME": secrets.ALIYUN_SIGN_NAME,
        "SANSE_CMPP_HOST": "127.0.0.1",
        "SANSE_CMPP_PORT": str(simulators.cmpp_port),
        "SANSE_CMPP_SP_ID": secrets.CMPP_SP_ID,
        "SANSE_CMPP_SECRET": secrets.CMPP_SECRET,
        "SANSE_CMPP_SRC_ID": secrets.CMPP_SRC_ID,
        "SANSE_CMPP_SERVICE_ID": secrets.CMPP_SERVICE_ID,
        "SANSE_CMPP_RECONNECT_S": "0.1",
        "SANSE_SMPP_HOST": "127.0.0.1",
        "SANSE_SMPP_PORT": str(simulators.smpp_port),
        "SANSE_SMPP_SYSTEM_ID": secrets.SMPP_SYSTEM_ID,
        "SANSE_SMPP_PASSWORD": secrets.SMPP_PASSWORD,
        "SANSE_SMPP_SOURCE": secrets.SMPP_SOURCE,
        "SANSE_WEBHOOK_URL": f"{simulators.http}/webhook/{{official_id}}",
        "SANSE_WEBHOOK_SECRET": secrets.WEBHOOK_SECRET,
    }
