"""Aliyun SMS: the form of SendSms, and what each business code means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from services.notifier.channels.aliyun import PLATFORM_VERDICTS
from services.notifier.channels.http import Answer, json_bytes
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
VERDICTS: Mapping[str, SendResult] = {
    **PLATFORM_VERDICTS,
    "OK": accepted(),
    "isv.AMOUNT_NOT_ENOUGH": switch(Reason.NO_BALANCE),
    "isv.OUT_OF_SERVICE": switch(Reason.NO_BALANCE),
    "isv.BUSINESS_LIMIT_CONTROL": retry(Reason.THROTTLED),
    "isv.DAY_LIMIT_CONTROL": switch(Reason.THROTTLED),
    "isv.INVALID_JSON_PARAM": give_up(Reason.BAD_TEMPLATE),
    "isv.INVALID_PARAMETERS": give_up(Reason.REFUSED),
    "isv.MOBILE_COUNT_OVER_LIMIT": give_up(Reason.REFUSED),
    "isv.MOBILE_NUMBER_ILLEGAL": give_up(Reason.BAD_ADDRESS),
    "isv.PARAM_LENGTH_LIMIT": give_up(Reason.TOO_LONG),
    "isv.SMS_SIGNATURE_ILLEGAL": misconfigured(Reason.BAD_TEMPLATE),
    "isv.SMS_TEMPLATE_ILLEGAL": misconfigured(Reason.BAD_TEMPLATE),
    "isv.TEMPLATE_MISSING_PARAMETERS": misconfigured(Reason.BAD_TEMPLATE),
}


def body(message: Message, content: SmsContent, sign_name: str) -> bytes | None:
    """The form; OutId carries the notice id through to the receipt. None when too long."""
    if sum(utf16_units(value) for value in content.values.values()) > MAX_UNITS:
        return None
    form = {
        "PhoneNumbers": message.address.mobile,
        "SignName": sign_name,
        "TemplateCode": content.template_id,
        "TemplateParam": json_bytes(content.values).decode("utf-8", "replace"),
        "OutId": message.notice_id,
    }
    return urlencode(form).encode()


def read(answer: Answer) -> SendResult:
    """Code OK in the body, else what the code means."""
    said = answer.json()
    code = said.get("Code")
    result = judge(answer.status, None if code is None else str(code), VERDICTS, answer.after_ms())
    return replace(result, provider_message_id=str(said.get("BizId") or ""))
