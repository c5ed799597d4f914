"""The clouds' own SDKs must find the simulated voice gateways indistinguishable from the real ones."""

import json
from typing import Any

import pytest
from alibabacloud_dyvmsapi20170525.client import Client as AliyunClient
from alibabacloud_dyvmsapi20170525.models import SingleCallByTtsRequest
from alibabacloud_tea_openapi.utils_models import Config
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vms.v20200902.models import SendTtsVoiceRequest
from tencentcloud.vms.v20200902.vms_client import VmsClient

from tests.contract.simulators.receiver import Receiver
from tests.simulators import credentials
from tests.simulators.client import Simulators

MOBILE = "13900000001"
SPOKEN = "黄色预警提醒:事项A-1须于3月5日前办理,请处置并反馈。"


def aliyun(simulators: Simulators, **changed: Any) -> Any:
    config = Config(
        access_key_id=credentials.ALIYUN_KEY_ID,
        access_key_secret=credentials.ALIYUN_KEY_SECRET,
        endpoint=simulators.host,
        protocol="http",
    )
    values = {"colour": "黄色", "case": "A-1", "deadline": "3月5日"}
    given = {
        "called_number": MOBILE,
        "tts_code": "TTS_100000001",
        "tts_param": json.dumps(values),
        "out_id": "notice-1",
    }
    return AliyunClient(config).single_call_by_tts(SingleCallByTtsRequest(**{**given, **changed}))


def tencent(simulators: Simulators, secret: str = "", **changed: Any) -> Any:
    profile = HttpProfile(protocol="http", endpoint=simulators.host)
    key = Credential(credentials.TENCENT_SECRET_ID, secret or credentials.TENCENT_SECRET_KEY)
    client = VmsClient(key, "ap-guangzhou", ClientProfile(httpProfile=profile))
    request = SendTtsVoiceRequest()
    given = {
        "TemplateId": "2000001",
        "CalledNumber": f"+86{MOBILE}",
        "VoiceSdkAppid": credentials.TENCENT_VOICE_APP_ID,
        "TemplateParamSet": ["黄色", "A-1", "3月5日"],
        "SessionContext": "notice-1",
    }
    request.from_json_string(json.dumps({**given, **changed}))
    return client.SendTtsVoice(request)


def test_aliyun_calls(simulators: Simulators) -> None:
    """A rightly signed call is OK, has an id, and reads out what the template says."""
    body = aliyun(simulators).body
    assert body.code == "OK"
    message = simulators.phone(MOBILE).expects("A-1")
    assert (message.text, message.notice_id, message.reference) == (
        SPOKEN,
        "notice-1",
        body.call_id,
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"called_number": "12"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"tts_code": "TTS_0"}, "isv.TTS_TEMPLATE_ILLEGAL"),
        ({"out_id": "x" * 16}, "isv.INVALID_PARAMETERS"),
        ({"tts_param": json.dumps({"case": "x" * 251})}, "isv.PARAM_LENGTH_LIMIT"),
    ],
)
def test_aliyun_refuses(simulators: Simulators, changed: dict[str, str], code: str) -> None:
    """Bad numbers, templates, ids and variables each get the vendor's own code in an HTTP 200."""
    assert aliyun(simulators, **changed).body.code == code
    assert simulators.messages() == []


def test_tencent_calls(simulators: Simulators) -> None:
    """A rightly signed call gives the call's id and our own context, and reads out the template."""
    status = tencent(simulators).SendStatus
    assert status.SessionContext == "notice-1"
    message = simulators.phone(MOBILE).expects("A-1")
    assert (message.text, message.reference) == (SPOKEN, status.CallId)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"secret": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"CalledNumber": MOBILE}, "InvalidParameterValue.CalledNumberVerifyFail"),
        ({"VoiceSdkAppid": "1"}, "UnauthorizedOperation.VoiceSdkAppidVerifyFail"),
        ({"TemplateId": "0"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
    ],
)
def test_tencent_refuses(simulators: Simulators, changed: dict[str, str], code: str) -> None:
    """A refusal is an error object that the SDK raises with the vendor's code."""
    with pytest.raises(TencentCloudSDKException) as refused:
        tencent(simulators, **changed)
    assert refused.value.get_code() == code
    assert simulators.messages() == []


def test_an_unanswered_call_is_told(simulators: Simulators, receiver: Receiver) -> None:
    """Whether the person answered comes later, under the call's id."""
    simulators.receipts("aliyun-voice", receiver.url)
    simulators.behave("aliyun-voice", "receipt_failed")
    call_id = aliyun(simulators).body.call_id
    [[report]] = receiver.wait(1)
    assert (report["call_id"], report["status_code"]) == (call_id, "200010")
