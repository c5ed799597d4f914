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
    # One for each device: the second has the second address of each kind.
    addresses: Sequence[Address]
    available: Mapping[str, AddressKind]
    policy: ProviderPolicy

    @property
    def places(self) -> int:
        """How many places the order has: each entry once for each device."""
        return len(self.wished) * len(self.addresses)

    def entry(self, index: int) -> str:
        """The channel or kind at a place."""
        return self.wished[index // len(self.addresses)]

    def device(self, index: int) -> int:
        """Which device a place means; 0 is the first."""
        return index % len(self.addresses)

    def at(self, index: int, spent: Sequence[str] = ()) -> list[str]:
        """The channels behind one place of the order that can reach the person, but for those spent."""
        return [
            name
            for name in self.policy.behind(self.entry(index))
            if name not in spent and self._reaches(name, self.device(index))
        ]

    def _reaches(self, name: str, device: int) -> bool:
        """A group has no second device."""
        needs = self.available.get(name)
        if needs is None or (needs is AddressKind.GROUP and device):
            return False
        return self.addresses[device].has(needs)

    def first_from(self, start: int, spent: Sequence[str] = ()) -> int | None:
        """The first place from `start` with a channel that can reach the person; `spent` counts at `start` only."""
        for index in range(start, self.places):
            if self.at(index, spent if index == start else ()):
                return index
        return None

    def ways(self, index: int, channel: str, spent: Sequence[str]) -> Ways:
        """What is left besides a channel now in use at a place."""
        others = self.at(index, (*spent, channel)) if index < self.places else []
        return Ways(len(others), self.first_from(index + 1))


def wished(notice: Notice, channels: Sequence[str]) -> Sequence[str]:
    """The channels that may carry a notice, in the recipient's order; an answer goes back the way it came."""
    return (notice.only_channel,) if notice.only_channel else channels
