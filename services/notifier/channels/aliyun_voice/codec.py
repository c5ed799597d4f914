"""Aliyun voice: the form of SingleCallByTts, and what each code means."""

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

# All variables of one call together.
MAX_UNITS = 250
# The platform keeps no more of our own id; a receipt is found by the call's id.
MAX_OUT_ID = 15
VERDICTS: Mapping[str, SendResult] = {
    **PLATFORM_VERDICTS,
    "OK": accepted(),
    "isv.AMOUNT_NOT_ENOUGH": switch(Reason.NO_BALANCE),
    "isv.OUT_OF_SERVICE": switch(Reason.NO_BALANCE),
    "isv.BUSINESS_LIMIT_CONTROL": retry(Reason.THROTTLED),
    "isv.INVALID_JSON_PARAM": give_up(Reason.BAD_TEMPLATE),
    "isv.INVALID_PARAMETERS": give_up(Reason.REFUSED),
    "isv.MOBILE_NUMBER_ILLEGAL": give_up(Reason.BAD_ADDRESS),
    "isv.PARAM_LENGTH_LIMIT": give_up(Reason.TOO_LONG),
    "isv.TTS_TEMPLATE_ILLEGAL": misconfigured(Reason.BAD_TEMPLATE),
    "isv.TEMPLATE_MISSING_PARAMETERS": misconfigured(Reason.BAD_TEMPLATE),
    "isv.VOICE_FILE_ILLEGAL": misconfigured(Reason.BAD_TEMPLATE),
    "isv.DISPLAY_NUMBER_ILLEGAL": misconfigured(Reason.REFUSED),
    "isv.PRODUCT_UN_SUBSCRIPT": misconfigured(Reason.BAD_CREDENTIALS),
}


def body(message: Message, content: SmsContent, shown: tuple[str, int]) -> bytes | None:
    """The form. shown: number shown, and how often the text is read. None when too long."""
    if sum(utf16_units(value) for value in content.values.values()) > MAX_UNITS:
        return None
    number, times = shown
    form = {
        "CalledNumber": message.address.mobile,
        "TtsCode": content.template_id,
        "TtsParam": json_bytes(content.values).decode("utf-8", "replace"),
        "PlayTimes": str(times),
        "OutId": out_id(message.notice_id),
    }
    return urlencode({**form, **({"CalledShowNumber": number} if number else {})}).encode()


def out_id(notice_id: str) -> str:
    """As much of a notice's id as the platform keeps: enough for a person to find it by."""
    return notice_id.replace("-", "")[:MAX_OUT_ID]


def read(answer: Answer) -> SendResult:
    """Code OK in the body means that the call will be made; the receipt says whether it was answered."""
    said = answer.json()
    code = said.get("Code")
    result = judge(answer.status, None if code is None else str(code), VERDICTS, answer.after_ms())
    return replace(result, provider_message_id=str(said.get("CallId") or ""))
