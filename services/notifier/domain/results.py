"""What a channel can answer: a closed set that says what to do next, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class SendStatus(Enum):
    """What the gateway's answer means for the next step."""

    # The gateway took it; a receipt from the phone will follow.
    ACCEPTED = "accepted"
    # The channel's own success is final.
    DELIVERED = "delivered"
    RETRY = "retry"
    GIVE_UP = "give_up"
    SWITCH_PROVIDER = "switch_provider"
    # A person must change a setting; loud.
    MISCONFIGURED = "misconfigured"
    # The request left and no answer came: the message may or may not arrive.
    UNKNOWN_OUTCOME = "unknown_outcome"


class Reason(Enum):
    """Why; the log field, metric label and delivery field."""

    NONE = ""
    OK = "ok"
    THROTTLED = "throttled"
    RATE_LIMITED_HERE = "rate_limited_here"
    REFUSED = "refused"
    BAD_ADDRESS = "bad_address"
    NO_ADDRESS = "no_address"
    NO_RECIPIENT = "no_recipient"
    TOO_LONG = "too_long"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    GATEWAY_ERROR = "gateway_error"
    BAD_CREDENTIALS = "bad_credentials"
    # The gateway could not show that it is who we call, or did not offer encryption: nothing was sent.
    BAD_CERTIFICATE = "bad_certificate"
    BAD_TEMPLATE = "bad_template"
    NO_BALANCE = "no_balance"
    UNKNOWN_CODE = "unknown_code"
    INTERNAL_ERROR = "internal_error"
    RECEIPT_FAILED = "receipt_failed"
    NO_RECEIPT = "no_receipt"
    # Why the phone did not get it, as the receipt says: see deploy/templates/receipts.yaml.
    PHONE_UNREACHABLE = "phone_unreachable"
    NO_SUCH_NUMBER = "no_such_number"
    NUMBER_BLOCKED = "number_blocked"
    CONTENT_BLOCKED = "content_blocked"
    SIGNATURE_BLOCKED = "signature_blocked"
    CARRIER_LIMIT = "carrier_limit"
    CARRIER_FAULT = "carrier_fault"
    NOT_ANSWERED = "not_answered"
    NUMBER_BUSY = "number_busy"
    RECEIPT_CODE_UNKNOWN = "receipt_code_unknown"
    # The receipt says neither yes nor no.
    UNSETTLED = "unsettled"
    # Too many of one county in one hour: a second person must let it go.
    HELD_FOR_RELEASE = "held_for_release"
    # Above what one person is told in an hour: it waits for the person's next bundle, or is in it.
    OVER_PERSON_LIMIT = "over_person_limit"
    IN_BUNDLE = "in_bundle"
    # The recipient's own quiet hours: it waits for the morning.
    QUIET_HOURS = "quiet_hours"
    # Nothing was sent, on purpose.
    CASE_MOVED_ON = "case_moved_on"
    # Of a message that was to follow another.
    ACKNOWLEDGED = "acknowledged"
    TOLD_ALREADY = "told_already"


@dataclass(frozen=True, slots=True)
class SendResult:
    """One answer. after_ms: the gateway's own wish for the earliest next try.

    segments: what a carrier charges, when the gateway took the message or may have.
    """

    status: SendStatus
    reason: Reason
    provider_code: str = ""
    provider_message_id: str = ""
    after_ms: int = 0
    segments: int = 0


def accepted(provider_message_id: str = "") -> SendResult:
    """Taken by the gateway; the receipt decides."""
    return SendResult(SendStatus.ACCEPTED, Reason.OK, provider_message_id=provider_message_id)


def delivered(provider_message_id: str = "") -> SendResult:
    """Taken by a channel whose success is final."""
    return SendResult(SendStatus.DELIVERED, Reason.OK, provider_message_id=provider_message_id)


def retry(reason: Reason, after_ms: int = 0) -> SendResult:
    """Certainly not delivered; the same channel may work later."""
    return SendResult(SendStatus.RETRY, reason, after_ms=after_ms)


def give_up(reason: Reason) -> SendResult:
    """This channel will never deliver this message to this address."""
    return SendResult(SendStatus.GIVE_UP, reason)


def switch(reason: Reason) -> SendResult:
    """The provider cannot work now; another one can."""
    return SendResult(SendStatus.SWITCH_PROVIDER, reason)


def misconfigured(reason: Reason) -> SendResult:
    """A setting is wrong; nobody is reached here until a person changes it."""
    return SendResult(SendStatus.MISCONFIGURED, reason)


def unknown_outcome() -> SendResult:
    """The request left and no answer came."""
    return SendResult(SendStatus.UNKNOWN_OUTCOME, Reason.TIMEOUT)
