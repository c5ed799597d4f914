"""Tencent Cloud voice: the body of SendTtsVoice, and what each code means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.notifier.channels.http import Answer, json_bytes
from services.notifier.channels.tencent import PLATFORM_VERDICTS, international, part
from services.notifier.domain.message import Message, SmsContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    accepted,
    give_up,
    misconfigured,
    retry,
    switch,
    unknown_outcome,
)
from services.notifier.domain.segments import utf16_units
from services.notifier.domain.verdicts import judge

MAX_UNITS = 350
# A success has no code of its own: the call's id is the yes.
CALLED = "CallId"
VERDICTS: Mapping[str, SendResult] = {
    **PLATFORM_VERDICTS,
    CALLED: accepted(),
    # Its own gateway behind did not answer in time: the phone may ring.
    "FailedOperation.AccessUpstreamTimeout": unknown_outcome(),
    "FailedOperation.ContainSensitiveWord": give_up(Reason.BAD_TEMPLATE),
    "FailedOperation.InsufficientBalanceInVoicePackage": switch(Reason.NO_BALANCE),
    "FailedOperation.PhonenumberUnappliedOrExpired": misconfigured(Reason.REFUSED),
    "FailedOperation.TemplateIncorrectOrUnapproved": misconfigured(Reason.BAD_TEMPLATE),
    "FailedOperation.InvalidParameters": give_up(Reason.REFUSED),
    "InternalError.AccessUpstreamTimeout": unknown_outcome(),
    "InternalError.SigVerificationFail": misconfigured(Reason.BAD_CREDENTIALS),
    "InternalError.UpstreamError": retry(Reason.GATEWAY_ERROR),
    "InternalError.SsoSendRecvFail": unknown_outcome(),
    "InvalidParameterValue.CalledNumberVerifyFail": give_up(Reason.BAD_ADDRESS),
    "InvalidParameterValue.ContentLengthLimit": give_up(Reason.TOO_LONG),
    "InvalidParameterValue.SdkAppidNotExist": misconfigured(Reason.BAD_CREDENTIALS),
    "LimitExceeded.DeliveryFrequencyLimit": retry(Reason.THROTTLED),
    "UnauthorizedOperation.SdkAppidIsDisabled": misconfigured(Reason.BAD_CREDENTIALS),
    "UnauthorizedOperation.ServiceSuspendDueToArrears": switch(Reason.NO_BALANCE),
    "UnauthorizedOperation.VoiceSdkAppidVerifyFail": misconfigured(Reason.BAD_CREDENTIALS),
}


def body(message: Message, content: SmsContent, app: tuple[str, int]) -> bytes | None:
    """The request body. app: voice application, and how often the text is read. None when too long."""
    values = list(content.values.values())
    if sum(utf16_units(value) for value in values) > MAX_UNITS:
        return None
    return json_bytes(
        {
            "TemplateId": content.template_id,
            "CalledNumber": international(message.address.mobile),
            "VoiceSdkAppid": app[0],
            "TemplateParamSet": values,
            "PlayTimes": app[1],
            "SessionContext": message.notice_id,
        }
    )


def read(answer: Answer) -> SendResult:
    """A call's id in the answer, else what the error object says."""
    response = part(answer.json().get("Response"))
    call_id = str(part(response.get("SendStatus")).get("CallId") or "")
    code = part(response.get("Error")).get("Code") or (CALLED if call_id else None)
    result = judge(answer.status, None if code is None else str(code), VERDICTS, answer.after_ms())
    return replace(result, provider_message_id=call_id)
