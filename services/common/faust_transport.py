"""Faust's Kafka transport, with fetches that gather what comes within a short wait.

Left alone, Faust asks for records with a wait of 1.5 s and takes the first that comes. Then every record of
a live stream pays for a fetch, a step and its trips of its own; and aiokafka leaves a partition out of the
fetch under way while its records are being read, so the next record of it waits for that fetch to end. Here
the broker gathers for a short, fixed time: a record waits half of it on average, and all that came
meanwhile shares one fetch and one step. Figures: docs/decisions/0003-faust-reads-the-runtime-works.md.
"""

from __future__ import annotations

from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver
from yarl import URL

GATHER_MS = 20
# A bulk import fills a fetch at once and does not wait.
ENOUGH_BYTES = 1 << 20


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = GATHER_MS
        consumer._fetch_min_bytes = ENOUGH_BYTES
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


def install(app: faust.App, kafka: str) -> None:
    """Make the app read through this transport; must precede its start."""
    app.transport = _Transport([URL(f"kafka://{address}") for address in kafka.split(",")], app)
