"""What Huawei and the voice platforms push, read in their own forms."""

from __future__ import annotations

import json

import pytest

from services.notifier.adapters.sms_callbacks import VENDORS, CallbackWrong

HUAWEI = (
    b"sequence=%d&total=%d&updateTime=2018-10-31T08%%3A43%%3A41Z&source=2"
    b"&smsMsgId=2ea20735_1&status=%s&extend=notice-1&to=%%2B8613800138000"
)


@pytest.mark.parametrize(
    ("part", "of", "status", "expected"),
    [
        (1, 1, b"DELIVRD", [("2ea20735_1", True)]),
        (1, 1, b"E200027", [("2ea20735_1", False)]),
        (1, 3, b"DELIVRD", []),
        (3, 3, b"DELIVRD", [("2ea20735_1", True)]),
        (2, 3, b"UNDELIV", [("2ea20735_1", False)]),
    ],
)
def test_a_huawei_receipt_is_a_form(
    part: int, of: int, status: bytes, expected: list[tuple[str, bool]]
) -> None:
    """A posted form; of a long message a failed part or the last one tells the fate."""
    vendor = VENDORS["huawei"]
    news = vendor.receipts(vendor.read(HUAWEI % (part, of, status)))
    assert [(item.provider_message_id, item.arrived) for item in news] == expected


def test_huawei_is_asked_again_by_status() -> None:
    """A vendor that reads only the status is told "again" by one."""
    assert VENDORS["huawei"].again_status >= 500
    assert VENDORS["aliyun"].again_status == 200


def test_a_huawei_reply_names_number_and_text() -> None:
    """The number without its country's code, and the text as it was written."""
    vendor = VENDORS["huawei"]
    [reply] = vendor.replies(vendor.read("from=%2B8613800138000&to=1069&body=收到".encode()))
    assert (reply.mobile, reply.text) == ("13800138000", "收到")


@pytest.mark.parametrize(("code", "arrived"), [("200000", True), ("200010", False)])
def test_an_aliyun_call_is_answered_or_not(code: str, arrived: bool) -> None:
    """Only 200000 is a person who listened."""
    vendor = VENDORS["aliyun_voice"]
    body = json.dumps([{"call_id": "1^2", "status_code": code}]).encode()
    [news] = vendor.receipts(vendor.read(body))
    assert (news.provider_message_id, news.arrived) == ("1^2", arrived)


@pytest.mark.parametrize(("result", "arrived"), [("0", True), ("1", False), ("2", False)])
def test_a_tencent_call_is_answered_or_not(result: str, arrived: bool) -> None:
    """Only result 0 is a person who listened."""
    vendor = VENDORS["tencent_voice"]
    body = json.dumps({"voiceprompt_callback": {"callid": "c-1", "result": result}}).encode()
    [news] = vendor.receipts(vendor.read(body))
    assert (news.provider_message_id, news.arrived) == ("c-1", arrived)


@pytest.mark.parametrize("vendor", ["aliyun_voice", "tencent_voice"])
def test_voice_brings_no_replies(vendor: str) -> None:
    """A push at the wrong door is refused."""
    with pytest.raises(CallbackWrong):
        VENDORS[vendor].replies({})
