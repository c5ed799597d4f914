"""A rendered message on its way to one address, and the contract every channel keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from services.common.terms import Language
from services.notifier.domain.results import SendResult


class Form(Enum):
    """The kind of text a channel carries."""

    # A template approved by the platform, and its values.
    SMS = "sms"
    # The SMS's own words, with the signature as title.
    SMS_TEXT = "sms_text"
    # A spoken template approved by the platform, and its values: no link.
    VOICE = "voice"
    IM = "im"
    MAIL = "mail"
    DATA = "data"


class AddressKind(Enum):
    """What a channel needs to know of a person; GROUP: nothing, it speaks to a group."""

    MOBILE = "mobile"
    WECOM_ID = "wecom_id"
    DINGTALK_ID = "dingtalk_id"
    FEISHU_ID = "feishu_id"
    EMAIL = "email"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Address:
    """How one official is reached. Personal: never shown, logged or stored by the notifier."""

    official_id: str
    jurisdiction_code: str
    mobile: str = field(default="", repr=False)
    wecom_id: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    dingtalk_id: str = field(default="", repr=False)
    feishu_id: str = field(default="", repr=False)

    def has(self, kind: AddressKind) -> bool:
        """Whether the official can be reached this way."""
        return kind is AddressKind.GROUP or bool(getattr(self, kind.value))


@dataclass(frozen=True, slots=True)
class SmsContent:
    """A template approved by one provider, and its values in the template's order."""

    template_id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextContent:
    """A title, a text without the link, the link and what its button says."""

    title: str
    text: str
    link: str = ""
    button: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """What one attempt sends. check_duplicates: ask the gateway to drop what it already showed.

    segments: what a carrier charges for it, 0 for what costs nothing by piece.
    key: what a button on a card brings back, where the message asks for an acknowledgement. It opens what the
    link opens.
    """

    notice_id: str
    language: Language
    address: Address
    content: SmsContent | TextContent
    check_duplicates: bool = True
    segments: int = 0
    key: str = field(repr=False, default="")


class Carrier(Protocol):
    """As much of a channel as a text depends on."""

    @property
    def name(self) -> str:
        """The channel's folder."""

    @property
    def form(self) -> Form:
        """The kind of text it carries."""


class Channel(Protocol):
    """One way to reach a person. `receipts`: success is only known from a receipt."""

    name: str
    form: Form
    needs: AddressKind
    receipts: bool
    repeat_safe: bool

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once; every outcome is a result, never an exception. now_ms is for signatures."""

    async def close(self) -> None:
        """Release connections."""
