"""Tencent Cloud SMS: the body of SendSms, and what each code means."""

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
)
from services.notifier.domain.segments import utf16_units
from services.notifier.domain.verdicts import judge

MAX_UNITS = 500
_HALF_MINUTE_MS = 30_000
VERDICTS: Mapping[str, SendResult] = {
    **PLATFORM_VERDICTS,
    "Ok": accepted(),
    "FailedOperation.InsufficientBalanceInSmsPackage": switch(Reason.NO_BALANCE),
    "FailedOperation.PhoneNumberInBlacklist": give_up(Reason.BAD_ADDRESS),
    "FailedOperation.SignatureIncorrectOrUnapproved": misconfigured(Reason.BAD_TEMPLATE),
    "FailedOperation.TemplateIncorrectOrUnapproved": misconfigured(Reason.BAD_TEMPLATE),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": misconfigured(Reason.BAD_TEMPLATE),
    "InvalidParameterValue.IncorrectPhoneNumber": give_up(Reason.BAD_ADDRESS),
    "InvalidParameterValue.TemplateParameterLengthLimit": give_up(Reason.TOO_LONG),
    "InvalidParameterValue.TemplateParameterFormatError": give_up(Reason.BAD_TEMPLATE),
    "LimitExceeded.DeliveryFrequencyLimit": retry(Reason.THROTTLED, _HALF_MINUTE_MS),
    "LimitExceeded.PhoneNumberThirtySecondLimit": retry(Reason.THROTTLED, _HALF_MINUTE_MS),
    "LimitExceeded.PhoneNumberOneHourLimit": switch(Reason.THROTTLED),
    "LimitExceeded.PhoneNumberDailyLimit": switch(Reason.THROTTLED),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": switch(Reason.THROTTLED),
    "LimitExceeded.PhoneNumberCountLimit": give_up(Reason.REFUSED),
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": misconfigured(Reason.BAD_CREDENTIALS),
    "InternalError.Timeout": retry(Reason.GATEWAY_ERROR),
}


def body(message: Message, content: SmsContent, app: tuple[str, str]) -> bytes | None:
    """The request body. app: SMS application id and signature. None when too long."""
    values = list(content.values.values())
    if sum(utf16_units(value) for value in values) > MAX_UNITS:
        return None
    return json_bytes(
        {
            "PhoneNumberSet": [international(message.address.mobile)],
            "SmsSdkAppId": app[0],
            "SignName": app[1],
            "TemplateId": content.template_id,
            "TemplateParamSet": values,
            "SessionContext": message.notice_id,
        }
    )


def read(answer: Answer) -> SendResult:
    """The number's own status decides; an error object refuses the whole request."""
    response = part(answer.json().get("Response"))
    statuses = response.get("SendStatusSet")
    status = part(statuses[0]) if isinstance(statuses, list) and statuses else {}
    code = part(response.get("Error")).get("Code") or status.get("Code")
    result = judge(answer.status, None if code is None else str(code), VERDICTS, answer.after_ms())
    return replace(result, provider_message_id=str(status.get("SerialNo") or ""))
