"""Sends reports through intake's HTTP door when their time has come, as the simulated sources would."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

BATCH = 200


@dataclass(frozen=True, slots=True)
class TimedReport:
    """A report, who sends it, and when."""

    at_ms: int
    source: str
    report: Mapping[str, Any]


@dataclass(slots=True)
class Sent:
    """What the senders were told."""

    sent: int = 0
    accepted_ids: set[str] = field(default_factory=set)
    duplicates: int = 0
    rejected: int = 0
    by_source: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, source: str, results: list[dict[str, Any]]) -> None:
        """Count one answer of intake."""
        self.sent += len(results)
        self.by_source.update((source, result["status"]) for result in results)
        for result in results:
            if result["status"] == "accepted":
                self.accepted_ids.add(result["event_id"])
            elif result["status"] == "duplicate":
                self.duplicates += 1
            else:
                self.rejected += 1


class Publisher:
    """Follows the simulated clock through a stream of reports in time order."""

    def __init__(self, url: str, keys: Mapping[str, str], reports: Iterator[TimedReport]) -> None:
        self._url = f"{url}/v1/reports"
        self._keys = keys
        self._reports = reports
        self._next = next(reports, None)
        self._client = httpx.Client(timeout=30, trust_env=False)
        self.told = Sent()

    @property
    def finished(self) -> bool:
        """Whether every report was sent."""
        return self._next is None

    def send_until(self, now_ms: int) -> None:
        """Send all reports of times up to now."""
        due: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        while self._next is not None and self._next.at_ms <= now_ms:
            due[self._next.source].append(self._next.report)
            if len(due[self._next.source]) == BATCH:
                self._post(self._next.source, due.pop(self._next.source))
            self._next = next(self._reports, None)
        for source, reports in due.items():
            self._post(source, reports)

    def _post(self, source: str, reports: list[Mapping[str, Any]]) -> None:
        headers = {"x-api-key": self._keys[source], "accept-language": "zh"}
        answer = self._client.post(self._url, json={"reports": reports}, headers=headers)
        answer.raise_for_status()
        self.told.add(source, answer.json()["results"])

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
