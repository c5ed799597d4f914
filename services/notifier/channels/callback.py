"""What the callbacks of IM applications have in common: a seal in their headers or address, and refusals."""

from __future__ import annotations

from dataclasses import dataclass, field

# Sender and receiver of a retried or delayed callback may differ by this much; what is older is a replay.
FRESH_S = 300


class CallbackRefused(ValueError):
    """Not the vendor's, not for this application, or not in its form. The text is a reason, never content."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The signature, and what it covers beside the content."""

    signature: str
    timestamp: str
    nonce: str

    def is_fresh(self, now_ms: int) -> bool:
        """Whether it was made within the last five minutes (or is ahead by no more)."""
        return self.timestamp.isdigit() and abs(int(self.timestamp) - now_ms // 1000) <= FRESH_S


@dataclass(frozen=True, slots=True)
class Press:
    """A member pressed a card's button. key: what we gave the button when the card was sent."""

    member: str = field(repr=False)
    key: str = field(repr=False)
