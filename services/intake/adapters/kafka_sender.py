"""Writes lane batches and rejects with kafka-python's idempotent producer, as asyncio futures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.common import log
from services.common.lanes import lane_key, partition_of
from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic

# So many bytes may be on their way; a bulk sender waits, a live one is told to come back.
MAX_OUTSTANDING_BYTES = 96 * 1024 * 1024
RECONNECT_S = 1.0
# Reports that come within this time share a request.
LINGER_MS = 5
_log = log.get("kafka_sender")


class KafkaAway(Exception):
    """Kafka did not acknowledge in time: nothing may be acknowledged to the sender, who should send again."""


class PartitionsDiffer(ValueError):
    """The topic has another number of partitions than the settings say: lanes would be in the wrong place."""


class KafkaSender:
    """Sends from the event loop; kafka-python's own thread talks to the broker."""

    def __init__(self, settings: CommonSettings, ack_timeout_s: float) -> None:
        self._settings = settings
        self._ack_timeout_ms = int(ack_timeout_s * 1000)
        self._producer: Any = None
        self._failing = False
        self._outstanding = 0
        self._room = asyncio.Event()
        self._room.set()

    async def start(self) -> None:
        """Connect, waiting for a broker as long as it takes; PartitionsDiffer when the topic does not fit."""
        while self._producer is None:
            try:
                self._producer = await asyncio.to_thread(self._connect)
            except KafkaError as away:
                _log.warning("kafka.awaited", broker=self._settings.kafka, error=str(away))
                await asyncio.sleep(RECONNECT_S)

    async def stop(self) -> None:
        """Send what waits, and disconnect."""
        if self._producer is not None:
            await asyncio.to_thread(self._producer.close, self._ack_timeout_ms / 1000)

    @property
    def connected(self) -> bool:
        """Whether a broker was reached, and the last record was acknowledged."""
        return self._producer is not None and not self._failing

    def send_batch(self, lane: int, value: bytes) -> asyncio.Future[None]:
        """Put an EventBatch into the partition of its lane."""
        partition = partition_of(lane, self._settings.partitions)
        return self._send(Topic.EVENTS, value, lane_key(lane), partition)

    def send_reject(self, source: str, value: bytes) -> asyncio.Future[None]:
        """Keep a refused input."""
        return self._send(Topic.REJECTS, value, source.encode(), None)

    async def room(self) -> None:
        """Wait while too much is on its way."""
        await self._room.wait()

    async def settle(self, sent: Iterable[asyncio.Future[None]]) -> None:
        """Wait until every record is on all replicas; KafkaAway when one is not."""
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _connect(self) -> Any:
        producer = KafkaProducer(
            bootstrap_servers=self._settings.kafka,
            client_id=f"{self._settings.prefix}-intake-{self._settings.instance}",
            enable_idempotence=True,
            acks="all",
            linger_ms=LINGER_MS,
            # Nobody reads the client's own measurements, and they cost a tenth of its time.
            metrics_enabled=False,
            batch_size=256 * 1024,
            max_request_size=MAX_RECORD_BYTES,
            delivery_timeout_ms=self._ack_timeout_ms,
            request_timeout_ms=min(self._ack_timeout_ms - 2 * LINGER_MS, 10_000),
            reconnect_backoff_max_ms=1_000,
            # send() runs in the event loop: it must not wait for metadata of a broker that is away.
            max_block_ms=min(self._ack_timeout_ms, 10_000),
            bootstrap_timeout_ms=5_000,
        )
        try:
            self._check_partitions(producer)
        except BaseException:
            producer.close(1)
            raise
        producer.config["max_block_ms"] = 200
        return producer

    def _check_partitions(self, producer: Any) -> None:
        for topic in (Topic.EVENTS, Topic.REJECTS):
            name = self._settings.topics(topic)
            found = len(producer.partitions_for(name) or ())
            if topic is Topic.EVENTS and found != self._settings.partitions:
                raise PartitionsDiffer(
                    f"topic {name} has {found} partitions, SANSE_PARTITIONS says {self._settings.partitions}"
                )

    def _send(
        self, topic: Topic, value: bytes, key: bytes, partition: int | None
    ) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        try:
            sent = self._producer.send(
                self._settings.topics(topic), value=value, key=key, partition=partition
            )
        except KafkaError as away:
            waiting.set_exception(KafkaAway(str(away)))
            return waiting
        size = len(value)
        self._take(size)

        def done(error: BaseException | None) -> None:
            loop.call_soon_threadsafe(self._done, waiting, size, error)

        sent.add_callback(lambda _: done(None))
        sent.add_errback(done)
        return waiting

    def _take(self, size: int) -> None:
        self._outstanding += size
        if self._outstanding > MAX_OUTSTANDING_BYTES:
            self._room.clear()

    def _done(self, waiting: asyncio.Future[None], size: int, error: BaseException | None) -> None:
        self._outstanding -= size
        self._failing = error is not None
        if self._outstanding <= MAX_OUTSTANDING_BYTES // 2:
            self._room.set()
        if waiting.done():
            return
        if error is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(KafkaAway(str(error)))
