"""Tencent Cloud SMS: the bodies of SendSms and PullSmsSendStatusByPhoneNumber, and what each code means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.common import log
from services.notifier.adapters.receipt_source import SentMessage
from services.notifier.adapters.sms_callbacks import ReceiptNews
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
# Our clock and theirs may differ by so much.
_SLACK_S = 60
_log = log.get("tencent_sms")
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


def query(sent: SentMessage, app_id: str) -> bytes:
    """The body that asks for what was sent to one number about then; Limit 100 is the most."""
    at_s = sent.sent_ms // 1000
    return json_bytes(
        {
            "BeginTime": at_s - _SLACK_S,
            "EndTime": at_s + _SLACK_S,
            "Offset": 0,
            "Limit": 100,
            "PhoneNumber": international(sent.mobile),
            "SmsSdkAppId": app_id,
        }
    )


def read_statuses(answer: Answer, sent: SentMessage) -> Sequence[ReceiptNews]:
    """A receipt when the carrier has reported; a refusal of the question is logged, and asked again later."""
    response = part(answer.json().get("Response"))
    statuses = response.get("PullSmsSendStatusSet")
    if not isinstance(statuses, list):
        code = part(response.get("Error")).get("Code") or answer.status
        _log.warning("receipt.not_told", provider_code=str(code))
        return []
    found = [one for one in statuses if one.get("SerialNo") == sent.provider_message_id]
    return [
        ReceiptNews(
            sent.provider_message_id,
            one.get("ReportStatus") == "SUCCESS",
            str(one.get("Description", "")),
        )
        for one in found[:1]
    ]
