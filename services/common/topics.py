"""The topics: their names and how Kafka keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.common.spans import DAY_MS

MAX_RECORD_BYTES = 8 * 1024 * 1024


class Keep(Enum):
    """How long Kafka keeps a topic's records."""

    DAYS = "days"
    LONG = "long"
    FOREVER = "forever"
    COMPACTED = "compacted"


_RETENTION: Mapping[Keep, Mapping[str, str]] = {
    Keep.DAYS: {"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)},
    Keep.LONG: {"cleanup.policy": "delete", "retention.ms": str(3 * 366 * DAY_MS)},
    Keep.FOREVER: {"cleanup.policy": "delete", "retention.ms": "-1"},
    Keep.COMPACTED: {"cleanup.policy": "compact"},
}


class Topic(Enum):
    """Each topic's stem and retention; the full name is prefix.stem.v1."""

    UPSTREAM = ("upstream", Keep.DAYS)
    EVENTS = ("events", Keep.LONG)
    REJECTS = ("rejects", Keep.LONG)
    RISK = ("risk", Keep.LONG)
    REVIEWS = ("reviews", Keep.LONG)
    TRIAGE = ("triage", Keep.LONG)
    PROFILES = ("profiles", Keep.COMPACTED)
    COMMANDS = ("commands", Keep.LONG)
    CASES = ("cases", Keep.FOREVER)
    ROUNDS = ("rounds", Keep.LONG)
    NOTICES = ("notices", Keep.LONG)
    DELIVERIES = ("deliveries", Keep.LONG)
    DEAD = ("dead", Keep.LONG)
    # What candidate rule packs would have decided; nothing acts on it.
    SHADOW = ("shadow", Keep.LONG)

    @property
    def config(self) -> Mapping[str, str]:
        """Topic settings for creation."""
        return {**_RETENTION[self.value[1]], "max.message.bytes": str(MAX_RECORD_BYTES)}


@dataclass(frozen=True, slots=True)
class TopicNames:
    """Full names under one prefix; tests use their own prefix on a shared broker."""

    prefix: str = "sanse"

    def __call__(self, topic: Topic) -> str:
        return f"{self.prefix}.{topic.value[0]}.v1"
