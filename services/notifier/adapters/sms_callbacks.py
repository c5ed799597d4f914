"""Reads what SMS platforms push: receipts and replies, each vendor in its own form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class ReceiptNews:
    """A phone got a message, or did not."""

    provider_message_id: str
    arrived: bool
    code: str


@dataclass(frozen=True, slots=True)
class ReplyNews:
    """A person answered by SMS. The number is personal.

    reply_id: the vendor's own id, or what tells one reply from another; the same when it is brought again.
    at_ms: when it was written, by the vendor's clock; 0 when the vendor does not say.
    """

    mobile: str = field(repr=False)
    text: str = field(repr=False)
    reply_id: str = field(repr=False, default="")
    at_ms: int = 0


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
        ReplyNews(
            _digits(item["phone_number"]),
            str(item["content"]),
            str(item.get("sequence_id", "")) or _as_written(item),
            _china_ms(item.get("send_time")),
        )
        for item in _items(content)
    ]


def _tencent_receipts(content: Any) -> list[ReceiptNews]:
    return [
        ReceiptNews(
            str(item["sid"]), item["report_status"] == "SUCCESS", str(item.get("errmsg", ""))
        )
        for item in _items(content)
    ]


def _tencent_replies(content: Any) -> list[ReplyNews]:
    return [
        ReplyNews(
            _digits(item["mobile"]),
            str(item["text"]),
            # Tencent gives a reply no id: number, text and second tell it from others.
            _as_written(item),
            int(item.get("time") or 0) * 1000,
        )
        for item in _items(content)
    ]


def _as_written(item: Mapping[str, Any]) -> str:
    """What a vendor without ids repeats letter by letter when it pushes again."""
    return json.dumps(item, sort_keys=True, ensure_ascii=False)


def _china_ms(written: object) -> int:
    """A vendor's "2026-01-31 08:00:00" in China; 0 when it is missing. CallbackWrong when it is no time."""
    if not written:
        return 0
    try:
        at = datetime.strptime(str(written), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA)
    except ValueError as wrong:
        raise CallbackWrong("not a time") from wrong
    return int(at.timestamp() * 1000)


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
