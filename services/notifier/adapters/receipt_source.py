"""Channels whose platform can be asked what became of a message, when no callback came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from services.notifier.adapters.sms_callbacks import ReceiptNews


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What a platform needs to find a message. The number is personal; sent_ms: real time."""

    provider_message_id: str
    sent_ms: int
    mobile: str = field(repr=False)


@runtime_checkable
class ReceiptSource(Protocol):
    """A channel that can be asked."""

    async def ask(self, sent: SentMessage, now_ms: int) -> Sequence[ReceiptNews]:
        """What the platform knows by now; empty when it knows nothing, or does not answer. Never an exception."""
