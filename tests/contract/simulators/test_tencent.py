"""Tencent's own SDK must find the simulated SMS gateway indistinguishable from the real one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from tests.contract.simulators.receiver import Receiver
from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.gateway import Inbound
from tests.simulators.vendors.tencent_tc3 import signature

MOBILE = "13900000001"
OTHER = "13900000002"
GATEWAY = "tencent-sms"
# Worked out with openssl, step by step.
KNOWN_SIGNATURE = "994f24d422992f61f4e8fa341d8f2b9e10e6d12bff00dd430072334b8bbd6f43"

Connect = Callable[..., SmsClient]


@pytest.fixture
def connect(simulators: Simulators) -> Connect:
    """Make SDK clients, with the right key unless told otherwise."""

    def make(key: str = credentials.TENCENT_SECRET_KEY, secret_id: str = "") -> SmsClient:
        http = HttpProfile(protocol="http", endpoint=simulators.host, reqTimeout=5)
        credential = Credential(secret_id or credentials.TENCENT_SECRET_ID, key)
        return SmsClient(credential, "ap-guangzhou", ClientProfile(httpProfile=http))

    return make


def a_request(**changed: object) -> models.SendSmsRequest:
    given = {
        "PhoneNumberSet": [f"+86{MOBILE}"],
        "SmsSdkAppId": credentials.TENCENT_SDK_APP_ID,
        "SignName": credentials.TENCENT_SIGN_NAME,
        "TemplateId": "1000003",
        "TemplateParamSet": ["4711"],
        "SessionContext": "notice-1",
    }
    request = models.SendSmsRequest()
    request.from_json_string(json.dumps({**given, **changed}))
    return request


def pulled(client: SmsClient) -> list[Any]:
    request = models.PullSmsSendStatusRequest()
    request.from_json_string(json.dumps({"Limit": 10, "SmsSdkAppId": "1400000001"}))
    return list(client.PullSmsSendStatus(request).PullSmsSendStatusSet)


def test_success(simulators: Simulators, connect: Connect) -> None:
    """A rightly signed message is Ok, has a SerialNo, and shows on the phone with its parameter."""
    [status] = connect().SendSms(a_request()).SendStatusSet
    assert (status.Code, status.PhoneNumber, status.Fee) == ("Ok", f"+86{MOBILE}", 1)
    assert status.SessionContext == "notice-1"
    message = simulators.phone(MOBILE).expects("4711")
    assert message.text == "【三色预警】您的验证码为4711,五分钟内有效。"
    assert (message.notice_id, message.reference) == ("notice-1", status.SerialNo)
    simulators.fails_on_unexpected()


@pytest.mark.parametrize(
    ("key", "secret_id", "code"),
    [
        ("wrong-key", "", "AuthFailure.SignatureFailure"),
        (credentials.TENCENT_SECRET_KEY, "unknown", "AuthFailure.SecretIdNotFound"),
    ],
)
def test_wrong_credentials(
    simulators: Simulators, connect: Connect, key: str, secret_id: str, code: str
) -> None:
    """A wrong key and an unknown id are errors, and nobody hears of it."""
    with pytest.raises(TencentCloudSDKException) as refused:
        connect(key, secret_id).SendSms(a_request())
    assert refused.value.get_code() == code
    assert simulators.messages() == []


def test_each_number_has_its_own_status(simulators: Simulators, connect: Connect) -> None:
    """One throttled and one malformed number do not keep the third from its message."""
    simulators.behave(GATEWAY, "throttle", MOBILE)
    numbers = [f"+86{MOBILE}", "+8612345", f"+86{OTHER}"]
    statuses = connect().SendSms(a_request(PhoneNumberSet=numbers)).SendStatusSet
    assert [(status.PhoneNumber, status.Code) for status in statuses] == [
        (numbers[0], "LimitExceeded.PhoneNumberDailyLimit"),
        (numbers[1], "InvalidParameterValue.IncorrectPhoneNumber"),
        (numbers[2], "Ok"),
    ]
    assert [status.SerialNo for status in statuses[:2]] == ["", ""]
    assert [message.address for message in simulators.messages()] == [OTHER]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"SignName": "未备案"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "7"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (
            {"TemplateParamSet": ["1", "2"]},
            "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        ),
    ],
)
def test_bad_templates(
    simulators: Simulators, connect: Connect, changed: dict[str, object], code: str
) -> None:
    """Unapproved signatures and templates and a wrong parameter count are refused per number."""
    [status] = connect().SendSms(a_request(**changed)).SendStatusSet
    assert status.Code == code
    assert simulators.messages() == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PhoneNumberSet": [f"+86{MOBILE}"] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
        ({"SmsSdkAppId": "7"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
def test_whole_request_errors(
    simulators: Simulators, connect: Connect, changed: dict[str, object], code: str
) -> None:
    """Too many numbers and a foreign application fail the request as a whole."""
    with pytest.raises(TencentCloudSDKException) as refused:
        connect().SendSms(a_request(**changed))
    assert refused.value.get_code() == code
    assert simulators.messages() == []


def test_platform_failure(simulators: Simulators, connect: Connect) -> None:
    """A failing platform is a network error to the SDK, not a refusal."""
    simulators.behave(GATEWAY, "http_500")
    with pytest.raises(TencentCloudSDKException) as failed:
        connect().SendSms(a_request())
    assert failed.value.get_code() == "ServerNetworkError"


def test_status_is_pulled_once(simulators: Simulators, connect: Connect) -> None:
    """A known receipt is given out by the first pull and by no later one."""
    client = connect()
    serial = client.SendSms(a_request()).SendStatusSet[0].SerialNo
    [receipt] = pulled(client)
    assert (receipt.SerialNo, receipt.ReportStatus) == (serial, "SUCCESS")
    assert receipt.SessionContext == "notice-1"
    assert pulled(client) == []


def test_silent_carrier_is_not_pulled(simulators: Simulators, connect: Connect) -> None:
    """While the carrier says nothing there is nothing to pull."""
    simulators.behave(GATEWAY, "receipt_never")
    client = connect()
    client.SendSms(a_request())
    assert pulled(client) == []


def test_receipt_is_pushed(simulators: Simulators, connect: Connect, receiver: Receiver) -> None:
    """A receipt is pushed as the callback array that names the SerialNo as sid."""
    simulators.receipts(GATEWAY, receiver.url)
    simulators.behave(GATEWAY, "receipt_failed")
    serial = connect().SendSms(a_request()).SendStatusSet[0].SerialNo
    [[report]] = receiver.wait(1)
    assert (report["sid"], report["mobile"]) == (serial, MOBILE)
    assert (report["report_status"], report["errmsg"]) == ("FAIL", "UNDELIV")


def test_reply_is_pushed(simulators: Simulators, receiver: Receiver) -> None:
    """A person's reply is pushed as one callback object."""
    simulators.receipts(GATEWAY, "", reply_url=receiver.url)
    assert simulators.reply(GATEWAY, MOBILE, "收到")
    [reply] = receiver.wait(1)
    assert (reply["mobile"], reply["text"], reply["nationcode"]) == (MOBILE, "收到", "86")


def test_known_signature() -> None:
    """A fixed request has the signature that openssl worked out from the vendor's rules."""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "host": "sms.tencentcloudapi.com",
        "x-tc-timestamp": "1551113065",
    }
    body = b'{"Limit": 1}'
    inbound = Inbound("POST", "/", "", headers, body, 1551113065.0)
    assert (
        signature(inbound, ["content-type", "host"], ("2019-02-25", "sms"), "test-key")
        == KNOWN_SIGNATURE
    )
