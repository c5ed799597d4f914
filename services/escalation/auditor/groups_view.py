"""What the broker says of the services' consumer groups; asked with kafka-python, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
)

from services.common.settings import CommonSettings
from services.escalation.auditor.log_reader import LogReader
from services.escalation.domain.audit_groups import ALWAYS_MANNED, GroupLook, Waiting

# Faust's words in its group are its own; the client would print the whole group, each time, for not knowing them.
logging.getLogger("kafka.admin._groups").setLevel(logging.ERROR)
# The door for systems that publish straight to Kafka is a group too, though not everywhere in use.
_SERVICES = ("intake", *ALWAYS_MANNED)
# On a broker that holds no group yet, or has just begun, groups are as if nobody took part: short of the limit that
# is no finding, past it it is one.
_NOBODY_KNOWS = (
    CoordinatorNotAvailableError,
    CoordinatorLoadInProgressError,
    NotCoordinatorError,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    members: int
    assigned: frozenset[tuple[str, int]]
    committed: dict[tuple[str, int], int]


class GroupsView:
    """One connection for administration, made when first needed."""

    def __init__(self, settings: CommonSettings, reader: LogReader) -> None:
        self._settings = settings
        self._reader = reader
        self._admin: KafkaAdminClient | None = None
        # What each service worked last, though nobody works it now.
        self._worked: dict[str, frozenset[tuple[str, int]]] = {}

    async def look(self) -> list[GroupLook]:
        """How each group stands now; KafkaError when the broker does not answer."""
        try:
            answers = await asyncio.to_thread(self._ask)
        except KafkaError as error:
            # What it knew of the brokers may be what was wrong: the next look asks afresh.
            await self.close()
            if not isinstance(error, _NOBODY_KNOWS):
                raise
            answers = dict.fromkeys(_SERVICES, _Answer(0, frozenset(), {}))
        parts = {service: self._parts(service, one) for service, one in answers.items()}
        known = {part for some in parts.values() for part in some}
        spans = await self._reader.spans(known) if known else {}
        return [
            GroupLook(
                service,
                one.members,
                {
                    part: Waiting(max(one.committed.get(part, 0), spans[part][0]), spans[part][1])
                    for part in parts[service]
                },
            )
            for service, one in answers.items()
        ]

    def _parts(self, service: str, answer: _Answer) -> frozenset[tuple[str, int]]:
        """What is worked now; when nobody is there, what was worked before."""
        if answer.assigned:
            self._worked[service] = answer.assigned
            return answer.assigned
        return self._worked.get(service) or frozenset(answer.committed)

    async def close(self) -> None:
        """Disconnect; a later look connects again."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await asyncio.to_thread(admin.close)

    def _ask(self) -> dict[str, _Answer]:
        if self._admin is None:
            self._admin = KafkaAdminClient(bootstrap_servers=self._settings.kafka)
        names = {service: f"{self._settings.prefix}-{service}" for service in _SERVICES}
        described: Any = self._admin.describe_groups(list(names.values()))
        offsets: Any = self._admin.list_group_offsets(list(names.values()))
        return {
            service: _answer(described[name]["members"], offsets[name])
            for service, name in names.items()
        }


def _answer(members: list[dict[str, Any]], offsets: dict[Any, Any]) -> _Answer:
    return _Answer(
        len(members),
        frozenset(
            (one["topic"], number)
            for member in members
            for one in member["member_assignment"]["assigned_partitions"]
            for number in one["partitions"]
        ),
        {(part.topic, part.partition): at.offset for part, at in offsets.items()},
    )
