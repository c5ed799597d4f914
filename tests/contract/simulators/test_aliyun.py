"""Aliyun's own SDK must find the simulated SMS gateway indistinguishable from the real one."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest, SendSmsRequest
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.utils_models import Config

from tests.contract.simulators.receiver import Receiver
from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.gateway import Inbound
from tests.simulators.vendors.aliyun import sms_count
from tests.simulators.vendors.aliyun_acs3 import canonical_query, signature

MOBILE = "13900000001"
GATEWAY = "aliyun-sms"
# Worked out with openssl, step by step.
KNOWN_SIGNATURE = "b186f634baf5acc53b078f42d0ebcfbb0bfa45fc97cc6dc3d5d731552310f547"

Connect = Callable[..., Client]


@pytest.fixture
def connect(simulators: Simulators) -> Connect:
    """Make SDK clients, with the right key unless told otherwise."""

    def make(secret: str = credentials.ALIYUN_KEY_SECRET, key: str = "") -> Client:
        config = Config(
            access_key_id=key or credentials.ALIYUN_KEY_ID,
            access_key_secret=secret,
            endpoint=simulators.host,
            protocol="http",
        )
        return Client(config)

    return make


def a_request(**changed: str) -> SendSmsRequest:
    given = {
        "phone_numbers": MOBILE,
        "sign_name": credentials.ALIYUN_SIGN_NAME,
        "template_code": "SMS_100000003",
        "template_param": json.dumps({"code": "4711"}),
        "out_id": "notice-1",
    }
    return SendSmsRequest(**{**given, **changed})


def details(client: Client, biz_id: str) -> Any:
    today = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y%m%d")
    request = QuerySendDetailsRequest(
        phone_number=MOBILE, biz_id=biz_id, send_date=today, page_size=10, current_page=1
    )
    return client.query_send_details(request).body


def test_success(simulators: Simulators, connect: Connect) -> None:
    """A rightly signed message is OK, has a BizId, and shows on the phone as the template says."""
    body = connect().send_sms(a_request()).body
    assert (body.code, body.message) == ("OK", "OK")
    message = simulators.phone(MOBILE).expects("4711")
    assert message.text == "【三色预警】您的验证码为4711,五分钟内有效。"
    assert (message.notice_id, message.reference) == ("notice-1", body.biz_id)
    simulators.fails_on_unexpected()


def test_many_numbers_share_a_biz_id(simulators: Simulators, connect: Connect) -> None:
    """A comma list reaches every phone under one BizId, whatever prefix a number has."""
    body = connect().send_sms(a_request(phone_numbers=f"{MOBILE},+8613900000002")).body
    references = {
        simulators.phone(number).expects("4711").reference for number in (MOBILE, "13900000002")
    }
    assert references == {body.biz_id}


@pytest.mark.parametrize(
    ("secret", "key", "status", "code"),
    [
        ("wrong-secret", "", 400, "SignatureDoesNotMatch"),
        (credentials.ALIYUN_KEY_SECRET, "unknown-id", 404, "InvalidAccessKeyId.NotFound"),
    ],
)
def test_wrong_credentials(
    simulators: Simulators, connect: Connect, secret: str, key: str, status: int, code: str
) -> None:
    """A wrong secret and an unknown key are refused at the front door, and nobody hears of it."""
    with pytest.raises(ClientException) as refused:
        connect(secret, key).send_sms(a_request())
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert simulators.messages() == []


def test_throttled(simulators: Simulators, connect: Connect) -> None:
    """A flow limit is a business code in an HTTP 200, for as many turns as asked."""
    simulators.behave(GATEWAY, "throttle", MOBILE, count=1)
    refused = connect().send_sms(a_request())
    assert (refused.status_code, refused.body.code) == (200, "isv.BUSINESS_LIMIT_CONTROL")
    assert refused.body.biz_id is None
    assert connect().send_sms(a_request()).body.code == "OK"
    assert len(simulators.messages()) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"phone_numbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"phone_numbers": f"{MOBILE},12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"phone_numbers": ",".join([MOBILE] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
        ({"sign_name": "未备案"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"template_code": "SMS_0"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"template_param": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"template_param": "{"}, "isv.INVALID_JSON_PARAM"),
    ],
)
def test_bad_requests(
    simulators: Simulators, connect: Connect, changed: dict[str, str], code: str
) -> None:
    """Bad numbers, signatures, templates and parameters each get the vendor's own code."""
    assert connect().send_sms(a_request(**changed)).body.code == code
    assert simulators.messages() == []


def test_platform_failure(simulators: Simulators, connect: Connect) -> None:
    """A failing platform is an exception of the SDK's server kind, not a refusal."""
    simulators.behave(GATEWAY, "http_500")
    with pytest.raises(Exception, match="ServiceUnavailable"):
        connect().send_sms(a_request())
    assert simulators.stats()[GATEWAY]["failed"] == 1


def test_query_follows_the_receipt(simulators: Simulators, connect: Connect) -> None:
    """The query says waiting while the carrier is silent, then delivered or failed."""
    client = connect()
    statuses = {}
    for mode in ("ok", "receipt_never", "receipt_failed"):
        simulators.behave(GATEWAY, mode)
        biz_id = client.send_sms(a_request()).body.biz_id
        found = details(client, biz_id).sms_send_detail_dtos.sms_send_detail_dto
        statuses[mode] = [(item.send_status, item.err_code) for item in found]
    assert statuses == {
        "ok": [(3, "DELIVERED")],
        "receipt_never": [(1, None)],
        "receipt_failed": [(2, "UNDELIV")],
    }


def test_receipt_is_pushed(simulators: Simulators, connect: Connect, receiver: Receiver) -> None:
    """A receipt is pushed as an SmsReport array that names BizId and OutId."""
    simulators.receipts(GATEWAY, receiver.url)
    biz_id = connect().send_sms(a_request()).body.biz_id
    [[report]] = receiver.wait(1)
    assert report["biz_id"] == biz_id
    assert (report["out_id"], report["phone_number"]) == ("notice-1", MOBILE)
    assert (report["success"], report["err_code"], report["sms_size"]) == (True, "DELIVERED", "1")


def test_receipt_after_a_lost_answer(
    simulators: Simulators, connect: Connect, receiver: Receiver
) -> None:
    """When the answer is lost but the message went out, the receipt still names the OutId."""
    simulators.receipts(GATEWAY, receiver.url)
    simulators.behave(GATEWAY, "timeout", delivered_anyway=True, close=True)
    with pytest.raises(Exception, match=r"[Cc]onnection|IncompleteRead"):
        connect().send_sms(a_request())
    [[report]] = receiver.wait(1)
    assert (report["out_id"], report["success"]) == ("notice-1", True)


def test_receipt_pushed_twice(simulators: Simulators, connect: Connect, receiver: Receiver) -> None:
    """A platform told to repeat itself pushes the same receipt twice."""
    simulators.receipts(GATEWAY, receiver.url, repeat=2)
    connect().send_sms(a_request())
    first, second = receiver.wait(2)
    assert first == second


def test_late_receipt(simulators: Simulators, connect: Connect, receiver: Receiver) -> None:
    """A late receipt comes, but not before its time."""
    simulators.receipts(GATEWAY, receiver.url)
    simulators.behave(GATEWAY, "receipt_late", delay_ms=300)
    started = time.monotonic()
    connect().send_sms(a_request())
    receiver.wait(1)
    assert time.monotonic() - started >= 0.3


def test_reply_is_pushed(simulators: Simulators, receiver: Receiver) -> None:
    """A person's reply is pushed as an SmsUp array."""
    simulators.receipts(GATEWAY, receiver.url)
    assert simulators.reply(GATEWAY, MOBILE, "1")
    [[up]] = receiver.wait(1)
    assert (up["phone_number"], up["content"]) == (MOBILE, "1")


def test_known_signature() -> None:
    """The signature of a fixed request is the one openssl worked out from the vendor's rules."""
    headers = {
        "host": "dysmsapi.aliyuncs.com",
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    }
    inbound = Inbound("POST", "/", "PhoneNumbers=13900000001&OutId=a%20b", headers, b"", 0.0)
    signed = sorted(headers)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert signature(inbound, signed, empty, "test-secret") == KNOWN_SIGNATURE


def test_query_encoding() -> None:
    """The query is ordered by name and encoded by RFC 3986: no plus, no bare slash or star."""
    assert canonical_query("b=x+y*%2F~&a=") == "a=&b=x%20y%2A%2F~"


@pytest.mark.parametrize(
    ("text", "messages"), [("字" * 70, 1), ("字" * 71, 2), ("字" * 134, 2), ("😀" * 36, 2)]
)
def test_length_is_counted_in_utf16(text: str, messages: int) -> None:
    """Seventy UTF-16 units are one message; beyond that each carries sixty-seven."""
    assert sms_count(text) == messages
