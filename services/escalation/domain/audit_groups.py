"""What the auditor demands of the services' consumer groups: somebody takes part, and what waits is worked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.escalation.domain.audit import ENGINE, Fault, Finding

ENGINE_SERVICE = "escalation"
# Each needs a process that takes part at all times, also when nothing is due and nothing comes in.
ALWAYS_MANNED = ("risk_scoring", ENGINE_SERVICE, "notifier")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One partition as a group sees it: worked up to an offset, ends at another."""

    worked: int
    end: int


@dataclass(frozen=True, slots=True)
class GroupLook:
    """What the broker says of one service's group: how many take part, and by topic and partition what waits."""

    service: str
    members: int
    parts: Mapping[tuple[str, int], Waiting]

    def waiting(self) -> dict[str, int]:
        """How many records of each topic wait for the service."""
        found: dict[str, int] = {}
        for (topic, _), part in self.parts.items():
            found[topic] = found.get(topic, 0) + max(part.end - part.worked, 0)
        return found


@dataclass(slots=True)
class GroupWatch:
    """Remembers since when; all times are real ones, since a simulated clock says nothing about processes."""

    silent_after_ms: int
    still_after_ms: int
    _manned: dict[str, int] = field(default_factory=dict)
    # By service, topic and partition: up to where it was worked when something waited first, and since when.
    _still: dict[tuple[str, str, int], tuple[int, int]] = field(default_factory=dict)

    def faults(self, look: GroupLook, now_ms: int) -> Iterator[Finding]:
        """What is wrong for longer than allowed; the first look at a service finds nothing."""
        if look.members or look.service not in self._manned:
            self._manned[look.service] = now_ms
        unmanned_ms = now_ms - self._manned[look.service]
        if look.service in ALWAYS_MANNED and unmanned_ms >= self.silent_after_ms:
            yield _silent(look.service)
        for topic in sorted({topic for topic, _ in look.parts}):
            # All partitions are looked at, so that each has its beginning on record.
            still = [self._is_still(look, topic, number, now_ms) for number in _of(look, topic)]
            if any(still):
                yield Finding(Fault.GROUP_STANDS_STILL, look.service, topic)

    def _is_still(self, look: GroupLook, topic: str, number: int, now_ms: int) -> bool:
        key, part = (look.service, topic, number), look.parts[topic, number]
        if part.worked >= part.end:
            self._still.pop(key, None)
            return False
        worked, since_ms = self._still.get(key, (-1, now_ms))
        if worked != part.worked:
            self._still[key] = (part.worked, now_ms)
            return False
        return now_ms - since_ms >= self.still_after_ms


def _of(look: GroupLook, topic: str) -> list[int]:
    return sorted(number for name, number in look.parts if name == topic)


def _silent(service: str) -> Finding:
    if service == ENGINE_SERVICE:
        return Finding(Fault.ENGINE_SILENT, ENGINE, "no_member")
    return Finding(Fault.SERVICE_SILENT, service, "no_member")
