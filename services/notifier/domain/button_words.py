"""What a card's button says before it is pressed, and after."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from services.common.terms import Language

ACKNOWLEDGE: Mapping[Language, str] = {Language.ZH: "签收", Language.EN: "Acknowledge"}


class Pressed(Enum):
    """What came of pressing a card's button; the log field."""

    ACKNOWLEDGED = "acknowledged"
    TAKEN_OVER = "taken_over"
    CLOSED = "closed"
    EXPIRED = "expired"
    # The button's key is not one of ours, or somebody else's.
    FORGED = "forged"
    # Kafka or the stored notice is not there just now.
    LATER = "later"


AFTER: Mapping[Pressed, Mapping[Language, str]] = {
    Pressed.ACKNOWLEDGED: {Language.ZH: "已签收", Language.EN: "Acknowledged"},
    Pressed.TAKEN_OVER: {Language.ZH: "已由上级接手", Language.EN: "Taken over"},
    Pressed.CLOSED: {Language.ZH: "已办结", Language.EN: "Closed"},
    Pressed.EXPIRED: {Language.ZH: "已过期", Language.EN: "Expired"},
}
