"""Follows the three topics of rounds from their start: each catch-up reads what is new until where they end now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaTimeoutError

from services.common.settings import CommonSettings
from services.common.topics import MAX_RECORD_BYTES, Topic

BOOTSTRAP_MS, POLL_MS = 10_000, 1_000
# So many empty polls in a row while there is more to read mean that the broker is away.
EMPTY_POLLS = 30
Position = tuple[str, int, int]


class RoundsLog:
    """Not a member of any group: every reader reads all lanes, and nobody's work is taken away."""

    def __init__(
        self,
        settings: CommonSettings,
        topics: Sequence[Topic],
        take: Callable[[Topic, bytes], None],
    ) -> None:
        self._take = take
        self._topics: Mapping[str, Topic] = {settings.topics(topic): topic for topic in topics}
        self._assigned: list[TopicPartition] = []
        self._kafka: Any = KafkaConsumer(
            bootstrap_servers=settings.kafka,
            enable_auto_commit=False,
            # What retention removed before it was read is gone; what is still there must not be skipped.
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
            fetch_max_bytes=4 * MAX_RECORD_BYTES,
            max_poll_records=1000,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
        )

    def catch_up(self) -> int:
        """Read everything that is on the topics now and was not read before; gives the number of records.

        KafkaTimeoutError when the broker went away on the way; what was read stays read.
        """
        self._assign()
        ends = self._kafka.end_offsets(self._assigned) if self._assigned else {}
        read = empty = 0
        while any(self._kafka.position(part) < end for part, end in ends.items()):
            found = self._kafka.poll(timeout_ms=POLL_MS)
            empty = 0 if found else empty + 1
            if empty == EMPTY_POLLS:
                raise KafkaTimeoutError("the broker has more records, but does not send them")
            for part, records in found.items():
                topic = self._topics[part.topic]
                for record in records:
                    self._take(topic, record.value)
                read += len(records)
        return read

    def positions(self) -> list[Position]:
        """Topic, partition and next offset to be read."""
        return [(part.topic, part.partition, self._kafka.position(part)) for part in self._assigned]

    def _assign(self) -> None:
        """Take partitions that did not exist before; a topic that is not there yet is empty."""
        names = self._topics.keys() & self._kafka.topics()
        found = [
            TopicPartition(name, number)
            for name in self._topics
            if name in names
            for number in sorted(self._kafka.partitions_for_topic(name) or ())
        ]
        fresh = [part for part in found if part not in self._assigned]
        if fresh:
            stood = {part: self._kafka.position(part) for part in self._assigned}
            self._kafka.assign(found)
            self._assigned = found
            self._kafka.seek_to_beginning(*fresh)
            for part, offset in stood.items():
                self._kafka.seek(part, offset)

    def close(self) -> None:
        """Disconnect."""
        self._kafka.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
