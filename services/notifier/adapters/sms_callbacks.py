"""Reads what SMS platforms push: receipts and replies, each vendor in its own form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

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
    # What a body holds; ValueError when it is not in the vendor's form.
    read: Callable[[bytes], Any] = json.loads
    # Most vendors read the body of a 200; some only look at the status.
    again_status: int = 200


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


def _huawei_receipts(content: Any) -> list[ReceiptNews]:
    """One receipt a push; a long message has one for each part, all under its one id.

    Only a failed part, or the last one delivered, tells the fate of the whole.
    """
    status = str(content["status"]).upper()
    arrived = status == "DELIVRD"
    if arrived and content.get("sequence", "1") != content.get("total", "1"):
        return []
    return [ReceiptNews(str(content["smsMsgId"]), arrived, status)]


def _huawei_replies(content: Any) -> list[ReplyNews]:
    return [ReplyNews(_digits(content["from"]), str(content["body"]), _as_written(content))]


def _aliyun_calls(content: Any) -> list[ReceiptNews]:
    """200000 is a call that was answered; everything else reached nobody."""
    return [
        ReceiptNews(
            str(item["call_id"]),
            str(item["status_code"]) == "200000",
            str(item["status_code"]),
        )
        for item in _items(content)
    ]


def _tencent_calls(content: Any) -> list[ReceiptNews]:
    """Result 0 is a call that was answered; 1 was not, 2 failed on the way."""
    calls = [item["voiceprompt_callback"] for item in _items(content)]
    return [
        ReceiptNews(str(call["callid"]), str(call["result"]) == "0", str(call["result"]))
        for call in calls
    ]


def _no_replies(content: Any) -> list[ReplyNews]:
    raise CallbackWrong("this vendor brings no replies")


def _form(body: bytes) -> Mapping[str, str]:
    return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))


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
    "huawei": Vendor(
        "huawei_sms",
        _huawei_receipts,
        _huawei_replies,
        {"returnCode": 0, "returnCodeDesc": "Success"},
        {"returnCode": 1, "returnCodeDesc": "again"},
        _form,
        503,
    ),
    "aliyun_voice": Vendor(
        "aliyun_voice",
        _aliyun_calls,
        _no_replies,
        {"code": 0, "msg": "OK"},
        {"code": 1, "msg": "again"},
    ),
    "tencent_voice": Vendor(
        "tencent_voice",
        _tencent_calls,
        _no_replies,
        {"result": 0, "errmsg": "OK"},
        {"result": 1, "errmsg": "again"},
    ),
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
