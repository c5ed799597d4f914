"""The simulated Huawei SMS gateway asks for the proof that Huawei's own SDK gives, and for ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdksmsapi.v1 import BatchSendSmsRequest, SMSApiClient
from huaweicloudsdksmsapi.v1.smsapi_credentials import SMSApiCredentials

from services.notifier.channels.huawei_sms.signature import aksk_headers
from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.gateway import Inbound
from tests.simulators.vendors.huawei import signature

MOBILE = "13900000001"
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
    request = BatchSendSmsRequest()
    for name, value in {**given, **changed}.items():
        setattr(request, name, value)
    return request


def test_the_signature_of_the_sdk_is_accepted(connect: Connect) -> None:
    """Signed by the SDK, a request gets past the proof of who asks.

    It is refused for its sender only then: this SDK (3.1) drops every field of a form on its way.
    """
    with pytest.raises(ClientRequestException) as refused:
        connect().batch_send_sms(a_request())
    assert refused.value.status_code == 400
    assert "E000501" in refused.value.error_msg


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
    assert code in refused.value.error_msg
    assert simulators.messages() == []


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
