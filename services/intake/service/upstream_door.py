"""The Kafka door: CloudEvents of registered sources, whose right to write is the topic's ACL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from services.intake.adapters.api_keys import ApiKeys
from services.intake.adapters.cloud_events import Unwrapped, unwrap
from services.intake.domain.grants import Grant
from services.intake.domain.incoming import Format, Incoming
from services.intake.domain.messages import problem
from services.intake.domain.problems import Reason
from services.intake.service.accept import Accepter

# Events that name no registered source are rejected under this name.
UNREGISTERED = "upstream"


class UpstreamDoor:
    """Hands the reports of a batch of records to accept, source by source."""

    def __init__(self, accepter: Accepter, keys: ApiKeys, sources: Mapping[str, str]) -> None:
        self._accepter = accepter
        self._keys = keys
        self._grants = {
            named: keys.grant_for_source(source) or Grant(source, frozenset())
            for named, source in sources.items()
        }

    async def take(self, records: Sequence[Any]) -> None:
        """All records are accepted or kept as rejects, or KafkaAway is raised."""
        by_grant: defaultdict[Grant, list[Incoming]] = defaultdict(list)
        for record in records:
            grant, incoming = self._identified(record)
            by_grant[grant].append(incoming)
        for grant, reports in by_grant.items():
            await self._accepter.accept(grant, reports)

    def _identified(self, record: Any) -> tuple[Grant, Incoming]:
        headers = {name.lower(): _text(value) for name, value in record.headers}
        value = record.value or b""
        event = unwrap(headers, value)
        # A source that is not renamed is the keys file's own name for it.
        grant = self._grants.get(event.source) or self._keys.grant_for_source(event.source)
        if grant is not None:
            return grant, event.incoming
        return Grant(UNREGISTERED, frozenset()), _unregistered(event, value)


def _unregistered(event: Unwrapped, value: bytes) -> Incoming:
    if event.incoming.problem is not None:
        return event.incoming
    unknown = problem(Reason.SOURCE_UNKNOWN, "source")
    return Incoming(event.incoming.report, unknown, value, Format.CLOUDEVENT)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
