"""Which of an official's channels comes next: in roster order, skipping what cannot reach the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.notifier.domain.message import Address, AddressKind
from services.notifier.domain.notices import Notice


def wished(notice: Notice, channels: Sequence[str]) -> Sequence[str]:
    """The channels that may carry a notice, in the recipient's order; an answer goes back the way it came."""
    return (notice.only_channel,) if notice.only_channel else channels


def next_channel(
    wished: Sequence[str], start: int, available: Mapping[str, AddressKind], address: Address
) -> int | None:
    """Index of the first channel from `start` that is switched on and has an address."""
    for index in range(start, len(wished)):
        needs = available.get(wished[index])
        if needs is not None and address.has(needs):
            return index
    return None
