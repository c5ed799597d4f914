"""What the SMSC's statuses mean: of a bind, of a submit, and whether a receipt is the phone's yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.notifier.domain.results import (
    Reason,
    SendResult,
    accepted,
    give_up,
    misconfigured,
    retry,
)

# What we answer to what was brought: safe; again later; never again.
TAKEN, LATER, NEVER = 0x00, 0x64, 0x65
_A_SECOND_MS = 1000
_BIND: Mapping[int, SendResult] = {
    # Already bound: our connection before is not yet forgotten. System error, bind failed.
    0x05: retry(Reason.GATEWAY_ERROR),
    0x08: retry(Reason.GATEWAY_ERROR),
    0x0D: retry(Reason.GATEWAY_ERROR),
    0x0E: misconfigured(Reason.BAD_CREDENTIALS),
    0x0F: misconfigured(Reason.BAD_CREDENTIALS),
    0x53: misconfigured(Reason.REFUSED),
    0x58: retry(Reason.THROTTLED, _A_SECOND_MS),
}
_SUBMIT: Mapping[int, SendResult] = {
    0x00: accepted(),
    # Message, command or parameter lengths.
    0x01: give_up(Reason.TOO_LONG),
    0x02: misconfigured(Reason.REFUSED),
    0x03: misconfigured(Reason.REFUSED),
    # Not bound, as the other side sees it: the next connection is.
    0x04: retry(Reason.GATEWAY_ERROR),
    0x06: misconfigured(Reason.REFUSED),
    0x07: misconfigured(Reason.REFUSED),
    0x08: retry(Reason.GATEWAY_ERROR),
    0x0A: misconfigured(Reason.REFUSED),
    0x0B: give_up(Reason.BAD_ADDRESS),
    # The queue is full, or the account's messages a second are used up.
    0x14: retry(Reason.THROTTLED, _A_SECOND_MS),
    0x58: retry(Reason.THROTTLED, _A_SECOND_MS),
    0x15: misconfigured(Reason.REFUSED),
    0x43: misconfigured(Reason.REFUSED),
    0x45: retry(Reason.GATEWAY_ERROR),
    0x48: misconfigured(Reason.REFUSED),
    0x49: misconfigured(Reason.REFUSED),
    0x50: misconfigured(Reason.REFUSED),
    0x51: misconfigured(Reason.REFUSED),
    0x64: retry(Reason.GATEWAY_ERROR),
    0x65: give_up(Reason.REFUSED),
    0x66: give_up(Reason.REFUSED),
    0xFE: give_up(Reason.REFUSED),
    0xFF: retry(Reason.GATEWAY_ERROR),
}
# message_state, in the words that the text of a receipt has for it.
STATES: Mapping[int, str] = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}


def read_bind(status: int) -> SendResult | None:
    """None when signed in, else what to do about the refusal."""
    if status == 0:
        return None
    found = _BIND.get(status) or misconfigured(Reason.UNKNOWN_CODE)
    return replace(found, provider_code=f"bind {status:#x}")


def read_status(status: int) -> SendResult:
    """What an answer to a part means; a status nobody has mapped asks for a person."""
    found = _SUBMIT.get(status) or misconfigured(Reason.UNKNOWN_CODE)
    return replace(found, provider_code=f"{status:#x}")


def arrived(stat: str) -> bool:
    """Whether the receipt is the phone's yes; other words are told by deploy/templates/receipts.yaml."""
    return stat == "DELIVRD"
