"""What a code in a delivery receipt means in our own words; the table is data, one section a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.notifier.domain.results import Reason

# What a table may say of a message that did not arrive; UNSETTLED: the receipt says nothing yet.
WORDS = (
    Reason.PHONE_UNREACHABLE,
    Reason.NO_SUCH_NUMBER,
    Reason.NUMBER_BLOCKED,
    Reason.CONTENT_BLOCKED,
    Reason.SIGNATURE_BLOCKED,
    Reason.CARRIER_LIMIT,
    Reason.CARRIER_FAULT,
    Reason.NOT_ANSWERED,
    Reason.NUMBER_BUSY,
    Reason.RECEIPT_FAILED,
    Reason.UNSETTLED,
)
# At the end of a code: all that begin so.
ANY = "*"


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """Word by code, for each channel; codes in capital letters."""

    by_channel: Mapping[str, Mapping[str, Reason]]

    def of(self, channel: str, code: str) -> Reason:
        """The word for a code of a message that did not arrive; RECEIPT_CODE_UNKNOWN for one in no table.

        A code as written counts before a beginning, a longer beginning before a shorter.
        """
        table = self.by_channel.get(channel, {})
        wanted = code.strip().upper()
        beginnings = (wanted[:length] + ANY for length in range(len(wanted), 0, -1))
        known = (table[key] for key in (wanted, *beginnings) if key in table)
        return next(known, Reason.RECEIPT_CODE_UNKNOWN)
