"""Huawei Cloud SMS: the form of batchSendSms, and what each code means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from services.notifier.channels.http import Answer
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
# The request failed because its numbers did: the reason stands beside the number.
SEE_NUMBER = "E000510"
VERDICTS: Mapping[str, SendResult] = {
    "000000": accepted(),
    "E000000": retry(Reason.GATEWAY_ERROR),
    "E000001": misconfigured(Reason.BAD_CREDENTIALS),
    "E000101": misconfigured(Reason.BAD_CREDENTIALS),
    "E000102": misconfigured(Reason.BAD_CREDENTIALS),
    "E000103": misconfigured(Reason.BAD_CREDENTIALS),
    "E000104": misconfigured(Reason.BAD_CREDENTIALS),
    "E000105": misconfigured(Reason.BAD_CREDENTIALS),
    # The application has no right to this API.
    "E000106": misconfigured(Reason.BAD_CREDENTIALS),
    # Made too long ago, or by a wrong clock.
    "E000110": misconfigured(Reason.BAD_CREDENTIALS),
    # The account is frozen: another platform can send.
    "E000112": switch(Reason.NO_BALANCE),
    "E000501": misconfigured(Reason.BAD_TEMPLATE),
    "E000502": give_up(Reason.BAD_ADDRESS),
    "E000503": give_up(Reason.REFUSED),
    SEE_NUMBER: misconfigured(Reason.UNKNOWN_CODE),
    # Our address is not on the application's list.
    "E000620": misconfigured(Reason.REFUSED),
    # The day's or month's quota of the account.
    "E000623": switch(Reason.THROTTLED),
    "E200015": retry(Reason.THROTTLED),
    "E200028": give_up(Reason.BAD_TEMPLATE),
    "E200029": misconfigured(Reason.BAD_TEMPLATE),
    "E200030": misconfigured(Reason.BAD_TEMPLATE),
    "E200032": misconfigured(Reason.BAD_TEMPLATE),
    "E200033": misconfigured(Reason.BAD_TEMPLATE),
    "APIG.0308": retry(Reason.THROTTLED),
}


@dataclass(frozen=True, slots=True)
class App:
    """Who sends: the channel number, the signature's name if it is needed, and where receipts go."""

    sender: str
    sign_name: str = ""
    status_callback: str = ""


def body(message: Message, content: SmsContent, app: App) -> bytes | None:
    """The form; `extend` carries the notice id through to the receipt. None when too long."""
    values = list(content.values.values())
    if sum(utf16_units(value) for value in values) > MAX_UNITS:
        return None
    form = {
        "from": app.sender,
        "to": _international(message.address.mobile),
        "templateId": content.template_id,
        "templateParas": json.dumps(values, ensure_ascii=False),
        "statusCallback": app.status_callback,
        "extend": message.notice_id,
        "signature": app.sign_name,
    }
    given = {name: value for name, value in form.items() if value}
    return urlencode(given, errors="replace").encode()


def read(answer: Answer) -> SendResult:
    """The number's own status when there is one, else the request's code."""
    said = answer.json()
    results = said.get("result")
    number = results[0] if isinstance(results, list) and results else {}
    status = number.get("status") if isinstance(number, dict) else None
    code = said.get("code")
    told = status if status and code in ("000000", SEE_NUMBER) else code
    result = judge(answer.status, None if told is None else str(told), VERDICTS, answer.after_ms())
    message_id = str(number.get("smsMsgId") or "") if isinstance(number, dict) else ""
    return replace(result, provider_message_id=message_id)


def _international(mobile: str) -> str:
    return mobile if mobile.startswith("+") else f"+86{mobile}"
