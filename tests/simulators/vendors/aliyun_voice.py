"""Aliyun voice notices (Dyvmsapi 2017-05-25): one call for one number, answered or not as the receipt says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import Answer, Inbound, Letter, Outcome, first_refused, mobile_digits
from tests.simulators.receipts import Receipt
from tests.simulators.templates import Fault, TemplateBook
from tests.simulators.vendors.aliyun import (
    VERSION,
    business_refusal,
    china_time,
    parameters,
    success,
)
from tests.simulators.vendors.aliyun_acs3 import Acs3

MAX_OUT_ID: Final = 15
MAX_VARIABLES: Final = 250
MODE_CODES: Final[Mapping[Mode, str]] = {
    Mode.THROTTLE: "isv.BUSINESS_LIMIT_CONTROL",
    Mode.BAD_ADDRESS: "isv.MOBILE_NUMBER_ILLEGAL",
    Mode.REFUSE_200: "isv.OUT_OF_SERVICE",
}
FAULT_CODES: Final[Mapping[Fault, str]] = {
    Fault.UNKNOWN_SIGN: "isv.TTS_TEMPLATE_ILLEGAL",
    Fault.UNKNOWN_TEMPLATE: "isv.TTS_TEMPLATE_ILLEGAL",
    Fault.MISSING_PARAMETERS: "isv.TEMPLATE_MISSING_PARAMETERS",
    Fault.TOO_LONG: "isv.PARAM_LENGTH_LIMIT",
}


@dataclass(slots=True)
class AliyunVoice:
    """The voice gateway; a phone "shows" what it would have read out."""

    templates: TemplateBook
    acs3: Acs3 = field(default_factory=Acs3)
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    name = "aliyun-voice"
    per_address = False
    limits = (Limit(1, 60.0), Limit(5, 3600.0), Limit(20, 86_400.0))
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Verify the signature and understand the call."""
        refused = self.acs3.verify(inbound)
        if refused is not None:
            return refused
        if inbound.headers["x-acs-version"] != VERSION:
            return Acs3.refusal(400, "InvalidVersion", "Specified parameter Version is not valid.")
        if inbound.headers["x-acs-action"] != "SingleCallByTts":
            return Acs3.refusal(404, "InvalidAction.NotFound", "Specified api is not found.")
        return self._letters(parameters(inbound))

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Code OK with the call's id, or a business code with HTTP 200."""
        refused = first_refused(outcomes)
        if refused is not None:
            return business_refusal(
                refused.behaviour.code or MODE_CODES.get(refused.mode, "isv.OUT_OF_SERVICE")
            )
        return success({"CallId": outcomes[0].letter.reference})

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Acs3.refusal(503, "ServiceUnavailable", "The request has failed due to a failure.")

    def report(self, receipt: Receipt) -> Mapping[str, object]:
        """One call's end in the pushed VoiceReport form."""
        return {
            "call_id": receipt.reference,
            "out_id": receipt.notice_id,
            "callee": receipt.address,
            "start_time": china_time(receipt.sent_at),
            "end_time": china_time(receipt.due_at or receipt.sent_at),
            "duration": "12" if receipt.delivered else "0",
            "status_code": "200000" if receipt.delivered else "200010",
            "status_msg": "用户接听" if receipt.delivered else "关机",
        }

    def reply(self, address: str, text: str, now: float) -> object:
        """Nobody answers a call by text."""
        raise ValueError("aliyun-voice brings no replies")

    @staticmethod
    def acknowledged(body: Mapping[str, object]) -> bool:
        """Whether the receiver said it has the push."""
        return body.get("code") == 0

    def _letters(self, given: Mapping[str, str]) -> tuple[Letter, ...] | Answer:
        mobile = mobile_digits(given.get("CalledNumber", ""))
        if not mobile:
            return business_refusal("isv.MOBILE_NUMBER_ILLEGAL")
        if len(given.get("OutId", "")) > MAX_OUT_ID:
            return business_refusal("isv.INVALID_PARAMETERS")
        values = _values(given)
        if values is None:
            return business_refusal("isv.INVALID_JSON_PARAM")
        if sum(map(len, values.values())) > MAX_VARIABLES:
            return business_refusal("isv.PARAM_LENGTH_LIMIT")
        text = self.templates.render_named(given.get("TtsCode", ""), "", values)
        if isinstance(text, Fault):
            return business_refusal(FAULT_CODES[text])
        call_id = f"{next(self._serial):012d}^{100_000_000_000}"
        return (Letter(mobile, text, given.get("OutId", ""), call_id),)


def _values(given: Mapping[str, str]) -> dict[str, str] | None:
    try:
        values = json.loads(given.get("TtsParam") or "{}")
    except ValueError:
        return None
    return {str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else None
