"""Tencent SMS (2021-01-11): TC3 signatures, templates by position, one status per number."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Final

from tests.simulators import credentials
from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import (
    Answer,
    Inbound,
    Letter,
    Outcome,
    Refusal,
    mobile_digits,
    strings,
)
from tests.simulators.receipts import Ledger, Receipt
from tests.simulators.templates import Fault, TemplateBook
from tests.simulators.vendors.aliyun import sms_count
from tests.simulators.vendors.tencent_tc3 import refusal, verify

VERSION: Final = "2021-01-11"
MAX_NUMBERS: Final = 200
CHINA: Final = timezone(timedelta(hours=8))
INCORRECT_NUMBER: Final = "InvalidParameterValue.IncorrectPhoneNumber"
MESSAGES: Final[Mapping[str, str]] = {
    "Ok": "send success",
    "FailedOperation.InsufficientBalanceInSmsPackage": "insufficient balance in sms package",
    "FailedOperation.SignatureIncorrectOrUnapproved": "signature is incorrect or unapproved",
    "FailedOperation.TemplateIncorrectOrUnapproved": "template is incorrect or unapproved",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": (
        "the template parameters do not match the approved template"
    ),
    INCORRECT_NUMBER: "incorrect phone number format",
    "InvalidParameterValue.TemplateParameterLengthLimit": "a template parameter is too long",
    "LimitExceeded.PhoneNumberDailyLimit": (
        "the number of sms messages sent to a single mobile number in a day exceeds the limit"
    ),
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": "verification of SmsSdkAppId failed",
}
MODE_CODES: Final[Mapping[Mode, str]] = {
    Mode.THROTTLE: "LimitExceeded.PhoneNumberDailyLimit",
    Mode.BAD_ADDRESS: INCORRECT_NUMBER,
    Mode.REFUSE_200: "FailedOperation.InsufficientBalanceInSmsPackage",
}
FAULT_CODES: Final[Mapping[Fault, str]] = {
    Fault.UNKNOWN_SIGN: "FailedOperation.SignatureIncorrectOrUnapproved",
    Fault.UNKNOWN_TEMPLATE: "FailedOperation.TemplateIncorrectOrUnapproved",
    Fault.MISSING_PARAMETERS: "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    Fault.TOO_LONG: "InvalidParameterValue.TemplateParameterLengthLimit",
}


@dataclass(slots=True)
class TencentSms:
    """The SMS gateway and its record of what was sent."""

    ledger: Ledger
    templates: TemplateBook
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    name = "tencent-sms"
    per_address = True
    limits = (Limit(1, 30.0), Limit(10, 86_400.0))
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Verify the signature and carry out the action named in the header."""
        refused = verify(inbound)
        if refused is not None:
            return refused
        if inbound.headers.get("x-tc-version") != VERSION:
            return refusal("NoSuchVersion", "The requested API version does not exist.")
        actions: Mapping[str, Callable[[Mapping[str, object], float], tuple[Letter, ...] | Answer]]
        actions = {
            "SendSms": self._letters,
            "PullSmsSendStatus": self._pull,
            "PullSmsSendStatusByPhoneNumber": self._by_number,
        }
        action = actions.get(inbound.headers.get("x-tc-action", ""))
        body = inbound.json()
        if action is None:
            return refusal("InvalidAction", "The request action is invalid.")
        if body is None:
            return refusal("InvalidParameter", "The request body is not valid JSON.")
        if str(body.get("SmsSdkAppId")) != credentials.TENCENT_SDK_APP_ID:
            code = "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
            return refusal(code, MESSAGES[code])
        return action(body, inbound.now)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """One status per number, each accepted or refused on its own."""
        statuses = [_status(outcome) for outcome in outcomes]
        body = {"Response": {"SendStatusSet": statuses, "RequestId": str(uuid.uuid4())}}
        if all(outcome.accepted for outcome in outcomes):
            return Answer(body)
        return Refusal(body)

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"error": "internal server error"}, status=500)

    def report(self, receipt: Receipt) -> Mapping[str, object]:
        """One delivery receipt in the pushed callback form."""
        known_at = receipt.due_at or receipt.sent_at
        china = datetime.fromtimestamp(known_at, UTC).astimezone(CHINA)
        return {
            "user_receive_time": china.strftime("%Y-%m-%d %H:%M:%S"),
            "nationcode": "86",
            "mobile": receipt.address,
            "report_status": "SUCCESS" if receipt.delivered else "FAIL",
            "errmsg": "DELIVRD" if receipt.delivered else "UNDELIV",
            "description": _description(receipt),
            "sid": receipt.reference,
        }

    def reply(self, address: str, text: str, now: float) -> object:
        """One upstream reply in the pushed callback form."""
        return {
            "extend": "",
            "mobile": address,
            "nationcode": "86",
            "sign": sorted(self.templates.signs)[0],
            "text": text,
            "time": int(now),
        }

    @staticmethod
    def acknowledged(body: Mapping[str, object]) -> bool:
        """Whether the receiver said it has the push."""
        return body.get("result") == 0

    def _letters(self, body: Mapping[str, object], now: float) -> tuple[Letter, ...] | Answer:
        numbers = strings(body, "PhoneNumberSet")
        if not numbers:
            return refusal("MissingParameter", "The request lacks PhoneNumberSet.")
        if len(numbers) > MAX_NUMBERS:
            said = "the number of mobile numbers in one request exceeds 200"
            return refusal("LimitExceeded.PhoneNumberCountLimit", said)
        text = self.templates.render_positional(
            str(body.get("TemplateId", "")),
            str(body.get("SignName", "")),
            strings(body, "TemplateParamSet"),
        )
        context = str(body.get("SessionContext", ""))
        return tuple(self._letter(number, text, context, now) for number in numbers)

    def _letter(self, number: str, text: str | Fault, context: str, now: float) -> Letter:
        mobile = mobile_digits(number)
        fault = FAULT_CODES[text] if isinstance(text, Fault) else ""
        reference = f"2640:{next(self._serial):09d}{int(now)}"
        detail = {"number": f"+86{mobile}" if mobile else number}
        return Letter(
            address=mobile or number,
            text=str(text),
            notice_id=context,
            reference=reference,
            fault=fault if mobile else INCORRECT_NUMBER,
            detail=detail,
        )

    def _pull(self, body: Mapping[str, object], now: float) -> Answer:
        limit = int(str(body.get("Limit", 0)))
        if not 1 <= limit <= 100:
            return refusal("InvalidParameterValue", "Limit must be between 1 and 100.")
        return _statuses(self.ledger.pull(self.name, limit, now))

    def _by_number(self, body: Mapping[str, object], now: float) -> Answer:
        mobile = mobile_digits(str(body.get("PhoneNumber", "")))
        begin = int(str(body.get("BeginTime", 0)))
        end = int(str(body.get("EndTime") or now + 1))
        found = [
            receipt
            for receipt in self.ledger.of(self.name, mobile)
            if begin <= receipt.sent_at <= end and receipt.known(now)
        ]
        offset, limit = int(str(body.get("Offset", 0))), int(str(body.get("Limit", 100)))
        return _statuses(found[offset : offset + limit])


def _status(outcome: Outcome) -> Mapping[str, object]:
    letter = outcome.letter
    code = "Ok"
    if not outcome.accepted:
        code = outcome.behaviour.code or MODE_CODES.get(outcome.mode, "InternalError.Timeout")
    return {
        "SerialNo": letter.reference if outcome.accepted else "",
        "PhoneNumber": letter.detail["number"],
        "Fee": sms_count(letter.text) if outcome.accepted else 0,
        "SessionContext": letter.notice_id,
        "Code": code,
        "Message": MESSAGES.get(code, code),
        "IsoCode": "CN",
    }


def _statuses(receipts: Sequence[Receipt]) -> Answer:
    shown = [_pulled(receipt) for receipt in receipts]
    return Answer({"Response": {"PullSmsSendStatusSet": shown, "RequestId": str(uuid.uuid4())}})


def _pulled(receipt: Receipt) -> Mapping[str, object]:
    return {
        "UserReceiveTime": int(receipt.due_at or receipt.sent_at),
        "CountryCode": "86",
        "SubscriberNumber": receipt.address,
        "PhoneNumber": f"+86{receipt.address}",
        "SerialNo": receipt.reference,
        "ReportStatus": "SUCCESS" if receipt.delivered else "FAIL",
        "Description": "DELIVRD" if receipt.delivered else "UNDELIV",
        "SessionContext": receipt.notice_id,
    }


def _description(receipt: Receipt) -> str:
    return "用户短信送达成功" if receipt.delivered else "用户短信送达失败"
