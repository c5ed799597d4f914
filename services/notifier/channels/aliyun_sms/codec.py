"""Aliyun SMS: the forms of SendSms and QuerySendDetails, and what each business code means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from services.common import log
from services.common.clock import to_local
from services.notifier.adapters.receipt_source import SentMessage
from services.notifier.adapters.sms_callbacks import ReceiptNews
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
# SendStatus of QuerySendDetails: 1 waits for the carrier, 2 failed, 3 arrived.
_FAILED, _ARRIVED = 2, 3
_log = log.get("aliyun_sms")
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


def query(sent: SentMessage) -> bytes:
    """The form that asks for one message; the day is China's."""
    form = {
        "PhoneNumber": sent.mobile,
        "BizId": sent.provider_message_id,
        "SendDate": f"{to_local(sent.sent_ms):%Y%m%d}",
        "PageSize": "10",
        "CurrentPage": "1",
    }
    return urlencode(form).encode()


def read_details(answer: Answer, sent: SentMessage) -> Sequence[ReceiptNews]:
    """A receipt when the carrier has reported; a refusal of the question is logged, and asked again later."""
    said = answer.json()
    if said.get("Code") != "OK":
        _log.warning("receipt.not_told", provider_code=str(said.get("Code")))
        return []
    details = said.get("SmsSendDetailDTOs")
    items = details.get("SmsSendDetailDTO") if isinstance(details, Mapping) else None
    found = [item for item in items or () if item.get("SendStatus") in (_FAILED, _ARRIVED)]
    return [
        ReceiptNews(
            sent.provider_message_id,
            item["SendStatus"] == _ARRIVED,
            str(item.get("ErrCode", "")),
        )
        for item in found[:1]
    ]
