"""Huawei's own SDK must find the simulated SMS gateway indistinguishable from the real one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ServerResponseException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdksmsapi.v1 import BatchSendSmsRequest, BatchSendSmsRequestBody, SMSApiClient
from huaweicloudsdksmsapi.v1.smsapi_credentials import SMSApiCredentials

from services.notifier.channels.huawei_sms.signature import aksk_headers
from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.gateway import Inbound
from tests.simulators.vendors.huawei import signature

MOBILE = "13900000001"
GATEWAY = "huawei-sms"
Connect = Callable[..., Any]


@pytest.fixture
def connect(simulators: Simulators) -> Connect:
    """Make SDK clients, with the right key unless told otherwise."""

    def make(secret: str = credentials.HUAWEI_APP_SECRET, key: str = "") -> Any:
        found = SMSApiCredentials().with_ak(key or credentials.HUAWEI_APP_KEY).with_sk(secret)
        config = HttpConfig.get_default_config()
        config.ignore_ssl_verification, config.retry_times = True, 0
        builder = SMSApiClient.new_builder().with_http_config(config).with_credentials(found)
        return builder.with_endpoint(simulators.http).build()

    return make


def a_request(**changed: str) -> BatchSendSmsRequest:
    given = {
        "_from": credentials.HUAWEI_SENDER,
        "to": f"+86{MOBILE}",
        "template_id": "huawei-10000003",
        "template_paras": '["4711"]',
        "extend": "notice-1",
    }
    return BatchSendSmsRequest(body=BatchSendSmsRequestBody(**{**given, **changed}))


def test_success(simulators: Simulators, connect: Connect) -> None:
    """A message the SDK signed is taken, has an id, and shows on the phone as the template says."""
    said = connect().batch_send_sms(a_request())
    assert (said.code, [item.status for item in said.result]) == ("000000", ["000000"])
    message = simulators.phone(MOBILE).expects("4711")
    assert message.text == "【三色预警】您的验证码为4711,五分钟内有效。"
    assert (message.notice_id, message.reference) == ("notice-1", said.result[0].sms_msg_id)


def test_each_number_has_its_own_status(simulators: Simulators, connect: Connect) -> None:
    """One bad number refuses the request by its code, and the others get the message."""
    said = connect().batch_send_sms(a_request(to=f"+86{MOBILE},+8612"))
    assert said.code == "E000510"
    assert [item.status for item in said.result] == ["000000", "E000502"]
    assert [message.address for message in simulators.messages()] == [MOBILE]


@pytest.mark.parametrize(
    ("secret", "key", "code"),
    [("wrong-secret", "", "E000101"), (credentials.HUAWEI_APP_SECRET, "unknown", "E000102")],
)
def test_wrong_credentials(
    simulators: Simulators, connect: Connect, secret: str, key: str, code: str
) -> None:
    """A wrong secret and an unknown key are refused with 401, and nobody hears of it."""
    with pytest.raises(ClientRequestException) as refused:
        connect(secret, key).batch_send_sms(a_request())
    assert refused.value.status_code == 401
    assert code in str(refused.value.error_msg)
    assert simulators.messages() == []


def test_platform_failure(simulators: Simulators, connect: Connect) -> None:
    """A failing platform is the SDK's server exception."""
    simulators.behave(GATEWAY, "http_500")
    with pytest.raises(ServerResponseException):
        connect().batch_send_sms(a_request())


def test_our_signature_covers_the_body(simulators: Simulators, http: httpx.Client) -> None:
    """A body swapped under our signature is refused, unlike under the SDK's own."""
    body = b"from=1&to=2"
    key = (credentials.HUAWEI_APP_KEY, credentials.HUAWEI_APP_SECRET)
    headers = aksk_headers("http://sms.test/sms/batchSendSms/v1", body, key, 1_600_000_000_000)
    inbound = Inbound("POST", "/sms/batchSendSms/v1", "", headers, body, 0.0)
    signed = ["content-type", "host", "x-sdk-date"]
    right = signature(inbound, signed, credentials.HUAWEI_APP_SECRET)
    assert headers["authorization"].endswith(f"Signature={right}")
    swapped = replace(inbound, body=b"from=1&to=3")
    assert signature(swapped, signed, credentials.HUAWEI_APP_SECRET) != right
