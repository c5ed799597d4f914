"""Which of an official's channels comes next: in roster order, skipping what cannot reach the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.notifier.domain.message import Address, AddressKind
from services.notifier.domain.notices import Notice
from services.notifier.domain.providers import ProviderPolicy


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a notice can go on: other providers of the kind now in use, and the next place of the order, if any."""

    others: int = 0
    next_index: int | None = None


NOWHERE = Ways()


@dataclass(frozen=True, slots=True)
class Reach:
    """A person's order and address, and the channels that are switched on with what they need to know."""

    wished: Sequence[str]
    address: Address
    available: Mapping[str, AddressKind]
    policy: ProviderPolicy

    def at(self, index: int, spent: Sequence[str] = ()) -> list[str]:
        """The channels behind one place of the order that can reach the person, but for those spent."""
        return [
            name
            for name in self.policy.behind(self.wished[index])
            if name not in spent
            and name in self.available
            and self.address.has(self.available[name])
        ]

    def first_from(self, start: int, spent: Sequence[str] = ()) -> int | None:
        """The first place from `start` with a channel that can reach the person; `spent` counts at `start` only."""
        for index in range(start, len(self.wished)):
            if self.at(index, spent if index == start else ()):
                return index
        return None

    def ways(self, index: int, channel: str, spent: Sequence[str]) -> Ways:
        """What is left besides a channel now in use at a place."""
        others = self.at(index, (*spent, channel)) if index < len(self.wished) else []
        return Ways(len(others), self.first_from(index + 1))


def wished(notice: Notice, channels: Sequence[str]) -> Sequence[str]:
    """The channels that may carry a notice, in the recipient's order; an answer goes back the way it came."""
    return (notice.only_channel,) if notice.only_channel else channels
