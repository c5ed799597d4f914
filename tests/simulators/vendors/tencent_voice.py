"""Tencent Cloud voice notices (2020-09-02): an error object, or a call's id and nothing else, is the answer."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    first_refused,
    mobile_digits,
    strings,
)
from tests.simulators.receipts import Receipt
from tests.simulators.templates import Fault, TemplateBook
from tests.simulators.vendors.tencent_tc3 import refusal, verify

VERSION: Final = "2020-09-02"
MAX_LENGTH: Final = 350
MODE_CODES: Final[Mapping[Mode, str]] = {
    Mode.THROTTLE: "LimitExceeded.DeliveryFrequencyLimit",
    Mode.BAD_ADDRESS: "InvalidParameterValue.CalledNumberVerifyFail",
    Mode.REFUSE_200: "FailedOperation.InsufficientBalanceInVoicePackage",
}
FAULT_CODES: Final[Mapping[Fault, str]] = {
    Fault.UNKNOWN_SIGN: "FailedOperation.TemplateIncorrectOrUnapproved",
    Fault.UNKNOWN_TEMPLATE: "FailedOperation.TemplateIncorrectOrUnapproved",
    Fault.MISSING_PARAMETERS: "FailedOperation.TemplateIncorrectOrUnapproved",
    Fault.TOO_LONG: "InvalidParameterValue.ContentLengthLimit",
}


@dataclass(slots=True)
class TencentVoice:
    """The voice gateway; a phone "shows" what it would have read out."""

    templates: TemplateBook
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    name = "tencent-voice"
    per_address = False
    limits = (Limit(1, 30.0), Limit(10, 3600.0))
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Verify the signature and understand the call."""
        refused = verify(inbound, "vms")
        if refused is not None:
            return refused
        if inbound.headers.get("x-tc-version") != VERSION:
            return refusal("NoSuchVersion", "The requested API version does not exist.")
        body = inbound.json()
        if inbound.headers.get("x-tc-action") != "SendTtsVoice" or body is None:
            return refusal("InvalidAction", "The request action is invalid.")
        if str(body.get("VoiceSdkAppid")) != credentials.TENCENT_VOICE_APP_ID:
            return _refuse("UnauthorizedOperation.VoiceSdkAppidVerifyFail")
        return self._letters(body)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """The call's id, or an error object with HTTP 200."""
        refused = first_refused(outcomes)
        if refused is not None:
            return _refuse(refused.behaviour.code or MODE_CODES.get(refused.mode, "InternalError"))
        letter = outcomes[0].letter
        status = {"CallId": letter.reference, "SessionContext": letter.notice_id}
        return Answer({"Response": {"SendStatus": status, "RequestId": str(uuid.uuid4())}})

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"error": "internal server error"}, status=500)

    def report(self, receipt: Receipt) -> Mapping[str, object]:
        """One call's end in the pushed form."""
        started, ended = int(receipt.sent_at), int(receipt.due_at or receipt.sent_at)
        call = {
            "result": "0" if receipt.delivered else "1",
            "callid": receipt.reference,
            "mobile": receipt.address,
            "nationcode": "86",
            "start_calltime": str(started),
            "accept_time": str(started),
            "end_calltime": str(ended),
            "fee": "1" if receipt.delivered else "0",
        }
        return {"voiceprompt_callback": call}

    def reply(self, address: str, text: str, now: float) -> object:
        """Nobody answers a call by text."""
        raise ValueError("tencent-voice brings no replies")

    @staticmethod
    def acknowledged(body: Mapping[str, object]) -> bool:
        """Whether the receiver said it has the push."""
        return body.get("result") == 0

    def _letters(self, body: Mapping[str, object]) -> tuple[Letter, ...] | Answer:
        number = str(body.get("CalledNumber", ""))
        mobile = mobile_digits(number) if number.startswith("+") else ""
        if not mobile:
            return _refuse("InvalidParameterValue.CalledNumberVerifyFail")
        values = strings(body, "TemplateParamSet")
        text = self.templates.render_positional(str(body.get("TemplateId", "")), "", values)
        if isinstance(text, Fault):
            return _refuse(FAULT_CODES[text])
        if len(text) > MAX_LENGTH:
            return _refuse("InvalidParameterValue.ContentLengthLimit")
        context = str(body.get("SessionContext", ""))
        return (Letter(mobile, text, context, f"call-{next(self._serial):09d}"),)


def _refuse(code: str) -> Refusal:
    return refusal(code, code.rpartition(".")[2])
