"""Faust's Kafka transport with a short fetch wait.

Faust fixes the wait of an empty fetch at 1.5 s. aiokafka leaves a partition out of the fetch under way
while its records are being read, so a new record of it waits for that fetch to end: tens of
milliseconds on a busy topic, up to the whole wait on a quiet one. A short wait ends it.
"""

from __future__ import annotations

from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver
from yarl import URL

FETCH_WAIT_MS = 10


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


def install(app: faust.App, kafka: str) -> None:
    """Make the app read through this transport; must precede its start."""
    app.transport = _Transport([URL(f"kafka://{address}") for address in kafka.split(",")], app)
