"""Sends refused inputs through accept again, once what was wrong here is mended (a pack, a division, a key)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from sanse.intake.v1 import events_pb2
from services.common import log
from services.intake.adapters.api_keys import ApiKeys
from services.intake.adapters.cloud_events import unwrap
from services.intake.adapters.codec import RejectCodec
from services.intake.adapters.files.csv_rows import csv_original
from services.intake.adapters.json_text import read_report
from services.intake.domain.columns import HeaderWrong
from services.intake.domain.grants import Grant
from services.intake.domain.incoming import Format, Incoming, Result, Status
from services.intake.domain.rulebook import Rulebook
from services.intake.service.accept import Accepter

_log = log.get("replay")


@dataclass(slots=True)
class ReplaySummary:
    """What became of the replayed inputs; `results` by reject id."""

    replayed: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    not_kept: int = 0
    results: dict[str, Result] = field(default_factory=dict)


class Replayer:
    """Replays with the same source and the source's own numbers, so nothing is taken twice."""

    def __init__(
        self, accepter: Accepter, codec: RejectCodec, keys: ApiKeys, rules: Rulebook
    ) -> None:
        self._accepter = accepter
        self._codec = codec
        self._keys = keys
        self._rules = rules

    async def replay(
        self, rejects: Iterable[events_pb2.RejectedInput], chosen: Collection[str] = ()
    ) -> ReplaySummary:
        """All rejects, or those whose ids are chosen. What is refused again is not written again."""
        summary = ReplaySummary()
        for reject in rejects:
            if not chosen or reject.reject_id in chosen:
                await self._one(reject, summary)
        _log.info("rejects.replayed", replayed=summary.replayed, accepted=summary.accepted)
        return summary

    async def _one(self, reject: events_pb2.RejectedInput, summary: ReplaySummary) -> None:
        opened = self._codec.open(reject)
        if opened is None:
            summary.not_kept += 1
            return
        grant = self._keys.grant_for_source(reject.source) or Grant(reject.source, frozenset())
        reports = list(self._reports(*opened))
        for result in await self._accepter.accept(grant, reports, keep_rejects=False):
            _count(summary, reject.reject_id, result)

    def _reports(self, kept_as: Format, original: bytes) -> Iterator[Incoming]:
        if kept_as is Format.CSV:
            try:
                yield from (row.incoming for row in csv_original(original, self._rules))
            except HeaderWrong as wrong:
                yield Incoming(None, wrong.problem)
        elif kept_as is Format.CLOUDEVENT:
            yield unwrap({}, original).incoming
        else:
            # A malformed protobuf request is read as JSON and refused again: only its sender can mend it.
            yield read_report(original)


def _count(summary: ReplaySummary, reject_id: str, result: Result) -> None:
    summary.replayed += 1
    summary.results[reject_id] = result
    if result.status is Status.ACCEPTED:
        summary.accepted += 1
    elif result.status is Status.DUPLICATE:
        summary.duplicates += 1
    else:
        summary.rejected += 1
