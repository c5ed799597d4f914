"""Reads what SMS platforms push: receipts and replies, each vendor in its own form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ReceiptNews:
    """A phone got a message, or did not."""

    provider_message_id: str
    arrived: bool
    code: str


@dataclass(frozen=True, slots=True)
class ReplyNews:
    """A person answered by SMS. The number is personal."""

    mobile: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vendor:
    """How one platform pushes, and the answers that say "taken" and "push it again"."""

    channel: str
    receipts: Callable[[Any], list[ReceiptNews]]
    replies: Callable[[Any], list[ReplyNews]]
    taken: Mapping[str, object]
    again: Mapping[str, object]


class CallbackWrong(ValueError):
    """A push that is not in the vendor's form."""


def _aliyun_receipts(content: Any) -> list[ReceiptNews]:
    return [
        ReceiptNews(str(item["biz_id"]), item["success"] is True, str(item.get("err_code", "")))
        for item in _items(content)
    ]


def _aliyun_replies(content: Any) -> list[ReplyNews]:
    return [
        ReplyNews(_digits(item["phone_number"]), str(item["content"])) for item in _items(content)
    ]


def _tencent_receipts(content: Any) -> list[ReceiptNews]:
    return [
        ReceiptNews(
            str(item["sid"]), item["report_status"] == "SUCCESS", str(item.get("errmsg", ""))
        )
        for item in _items(content)
    ]


def _tencent_replies(content: Any) -> list[ReplyNews]:
    return [ReplyNews(_digits(item["mobile"]), str(item["text"])) for item in _items(content)]


def _items(content: Any) -> Sequence[Any]:
    """One object or a list of them; wrapped so that a missing key tells its name."""
    items = content if isinstance(content, list) else [content]
    if not all(isinstance(item, Mapping) for item in items):
        raise CallbackWrong("not an object or a list of objects")
    return items


def _digits(number: object) -> str:
    """The last eleven digits: a mainland mobile without its country code."""
    return "".join(letter for letter in str(number) if letter.isdigit())[-11:]


VENDORS: Mapping[str, Vendor] = {
    "aliyun": Vendor(
        "aliyun_sms",
        _aliyun_receipts,
        _aliyun_replies,
        {"code": 0, "msg": "OK"},
        {"code": 1, "msg": "again"},
    ),
    "tencent": Vendor(
        "tencent_sms",
        _tencent_receipts,
        _tencent_replies,
        {"result": 0, "errmsg": "OK"},
        {"result": 1, "errmsg": "again"},
    ),
}
