"""Aliyun SMS (Dysmsapi 2017-05-25): ACS3 signatures, and business refusals in an HTTP 200."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Final
from urllib.parse import parse_qsl

from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import (
    Answer,
    Inbound,
    Letter,
    Outcome,
    Refusal,
    first_refused,
    mobile_digits,
)
from tests.simulators.receipts import Ledger, Receipt
from tests.simulators.templates import Fault, TemplateBook
from tests.simulators.vendors.aliyun_acs3 import Acs3

VERSION: Final = "2017-05-25"
MAX_NUMBERS: Final = 1000
CHINA: Final = timezone(timedelta(hours=8))
MESSAGES: Final[Mapping[str, str]] = {
    "isv.AMOUNT_NOT_ENOUGH": "账户余额不足",
    "isv.BUSINESS_LIMIT_CONTROL": "触发天级流控Permits:50",
    "isv.INVALID_JSON_PARAM": "JSON参数不合法",
    "isv.INVALID_PARAMETERS": "参数异常",
    "isv.MOBILE_COUNT_OVER_LIMIT": "手机号码数量超过限制",
    "isv.MOBILE_NUMBER_ILLEGAL": "手机号码格式错误",
    "isv.OUT_OF_SERVICE": "业务停机",
    "isv.PARAM_LENGTH_LIMIT": "参数超过长度限制",
    "isv.SMS_SIGNATURE_ILLEGAL": "该账号下找不到对应签名",
    "isv.SMS_TEMPLATE_ILLEGAL": "该账号下找不到对应模板",
    "isv.TEMPLATE_MISSING_PARAMETERS": "模板变量缺少对应参数值",
}
MODE_CODES: Final[Mapping[Mode, str]] = {
    Mode.THROTTLE: "isv.BUSINESS_LIMIT_CONTROL",
    Mode.BAD_ADDRESS: "isv.MOBILE_NUMBER_ILLEGAL",
    Mode.REFUSE_200: "isv.OUT_OF_SERVICE",
}
FAULT_CODES: Final[Mapping[Fault, str]] = {
    Fault.UNKNOWN_SIGN: "isv.SMS_SIGNATURE_ILLEGAL",
    Fault.UNKNOWN_TEMPLATE: "isv.SMS_TEMPLATE_ILLEGAL",
    Fault.MISSING_PARAMETERS: "isv.TEMPLATE_MISSING_PARAMETERS",
    Fault.TOO_LONG: "isv.PARAM_LENGTH_LIMIT",
}


@dataclass(slots=True)
class AliyunSms:
    """The SMS gateway and its record of what was sent."""

    ledger: Ledger
    templates: TemplateBook
    acs3: Acs3 = field(default_factory=Acs3)
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    name = "aliyun-sms"
    per_address = False
    limits = (Limit(50, 86_400.0),)
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Verify the signature and carry out the action named in the header."""
        refused = self.acs3.verify(inbound)
        if refused is not None:
            return refused
        action = inbound.headers["x-acs-action"]
        given = parameters(inbound)
        if inbound.headers["x-acs-version"] != VERSION:
            return Acs3.refusal(400, "InvalidVersion", "Specified parameter Version is not valid.")
        if action == "SendSms":
            return self._letters(given, inbound.now)
        if action == "QuerySendDetails":
            return self._details(given, inbound.now)
        return Acs3.refusal(404, "InvalidAction.NotFound", "Specified api is not found.")

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Code OK with the BizId, or a business code with HTTP 200."""
        refused = first_refused(outcomes)
        if refused is not None:
            code = refused.behaviour.code or MODE_CODES.get(refused.mode, "isv.OUT_OF_SERVICE")
            return business_refusal(code)
        return success({"BizId": outcomes[0].letter.reference})

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Acs3.refusal(503, "ServiceUnavailable", "The request has failed due to a failure.")

    def report(self, receipt: Receipt) -> Mapping[str, object]:
        """One delivery receipt in the pushed SmsReport form."""
        return {
            "phone_number": receipt.address,
            "send_time": china_time(receipt.sent_at),
            "report_time": china_time(receipt.due_at or receipt.sent_at),
            "success": receipt.delivered,
            "err_code": _carrier_code(receipt),
            "err_msg": "用户接收成功" if receipt.delivered else "用户关机或停机",
            "sms_size": str(sms_count(receipt.text)),
            "biz_id": receipt.reference,
            "out_id": receipt.notice_id,
        }

    def reply(self, address: str, text: str, now: float) -> object:
        """One upstream reply in the pushed SmsUp form."""
        up = {
            "phone_number": address,
            "send_time": china_time(now),
            "content": text,
            "sign_name": sorted(self.templates.signs)[0],
            "dest_code": "1068000000",
            "sequence_id": next(self._serial),
        }
        return [up]

    @staticmethod
    def acknowledged(body: Mapping[str, object]) -> bool:
        """Whether the receiver said it has the push."""
        return body.get("code") == 0

    def _letters(self, given: Mapping[str, str], now: float) -> tuple[Letter, ...] | Answer:
        numbers = given.get("PhoneNumbers", "").split(",")
        mobiles = [mobile_digits(number) for number in numbers]
        if len(mobiles) > MAX_NUMBERS:
            return business_refusal("isv.MOBILE_COUNT_OVER_LIMIT")
        if not all(mobiles):
            return business_refusal("isv.MOBILE_NUMBER_ILLEGAL")
        text = self._text(given)
        if isinstance(text, Answer):
            return text
        biz_id = f"{next(self._serial):015d}^0"
        detail = {"template": given.get("TemplateCode", "")}
        out_id = given.get("OutId", "")
        return tuple(Letter(mobile, text, out_id, biz_id, "", detail) for mobile in mobiles)

    def _text(self, given: Mapping[str, str]) -> str | Answer:
        try:
            values = json.loads(given.get("TemplateParam") or "{}")
        except ValueError:
            return business_refusal("isv.INVALID_JSON_PARAM")
        if not isinstance(values, dict):
            return business_refusal("isv.INVALID_JSON_PARAM")
        named = {str(name): str(value) for name, value in values.items()}
        code, sign = given.get("TemplateCode", ""), given.get("SignName", "")
        text = self.templates.render_named(code, sign, named)
        return business_refusal(FAULT_CODES[text]) if isinstance(text, Fault) else text

    def _details(self, given: Mapping[str, str], now: float) -> Answer:
        mobile = mobile_digits(given.get("PhoneNumber", ""))
        size, page = _whole(given, "PageSize"), _whole(given, "CurrentPage")
        if not mobile or not 1 <= size <= 50 or page < 1:
            return business_refusal("isv.INVALID_PARAMETERS")
        day, biz_id = given.get("SendDate", ""), given.get("BizId", "")
        found = [
            receipt
            for receipt in self.ledger.of(self.name, mobile)
            if _china_day(receipt.sent_at) == day and biz_id in ("", receipt.reference)
        ]
        shown = [_detail(receipt, now) for receipt in found[(page - 1) * size : page * size]]
        details = {"SmsSendDetailDTO": shown}
        return success({"TotalCount": str(len(found)), "SmsSendDetailDTOs": details})


def business_refusal(code: str) -> Refusal:
    """A refusal in the body of an HTTP 200."""
    said = MESSAGES.get(code, code)
    return Refusal({"Code": code, "Message": said, "RequestId": str(uuid.uuid4()).upper()})


def sms_count(text: str) -> int:
    """How many messages a text is charged as, in UTF-16 units as the carriers count."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)


def success(more: Mapping[str, object]) -> Answer:
    """A yes, with what the action gives back."""
    request = str(uuid.uuid4()).upper()
    return Answer({"Code": "OK", "Message": "OK", "RequestId": request, **more})


def parameters(inbound: Inbound) -> dict[str, str]:
    """The action's parameters: the form, and the query."""
    form = parse_qsl(inbound.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {**dict(form), **inbound.query}


def _detail(receipt: Receipt, now: float) -> Mapping[str, object]:
    known = receipt.known(now)
    shown: dict[str, object] = {
        "PhoneNum": receipt.address,
        "SendDate": china_time(receipt.sent_at),
        "SendStatus": (3 if receipt.delivered else 2) if known else 1,
        "TemplateCode": receipt.detail.get("template", ""),
        "Content": receipt.text,
        "OutId": receipt.notice_id,
    }
    if known:
        shown["ReceiveDate"] = china_time(receipt.due_at or receipt.sent_at)
        shown["ErrCode"] = _carrier_code(receipt)
    return shown


def _carrier_code(receipt: Receipt) -> str:
    return "DELIVERED" if receipt.delivered else "UNDELIV"


def _whole(given: Mapping[str, str], key: str) -> int:
    value = given.get(key, "")
    return int(value) if value.isdigit() else 0


def china_time(moment: float) -> str:
    """A moment as the vendor writes it."""
    return datetime.fromtimestamp(moment, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _china_day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).astimezone(CHINA).strftime("%Y%m%d")
