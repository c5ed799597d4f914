"""Huawei Cloud SMS (batchSendSms v1): two ways to sign, one status per number, receipts as posted forms."""

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from json import loads
from typing import Final
from urllib.parse import parse_qsl, quote

from tests.simulators import credentials
from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import Answer, Inbound, Letter, Outcome, Refusal, mobile_digits
from tests.simulators.receipts import Receipt
from tests.simulators.templates import Fault, TemplateBook

AKSK: Final = re.compile(
    r"^SDK-HMAC-SHA256 Access=(?P<key>[^,]+), *SignedHeaders=(?P<signed>[^,]+), *"
    r"Signature=(?P<signature>[0-9a-f]{64})$"
)
WSSE: Final = re.compile(
    r'^UsernameToken Username="(?P<key>[^"]*)", *PasswordDigest="(?P<digest>[^"]*)", *'
    r'Nonce="(?P<nonce>[^"]*)", *Created="(?P<created>[^"]*)"$'
)
AKSK_SECONDS: Final = 900
WSSE_SECONDS: Final = 86_400
MAX_NUMBERS: Final = 500
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
MESSAGES: Final[Mapping[str, str]] = {
    "000000": "Success",
    "E000101": "Failed to authenticate the request.",
    "E000102": "The app_key is invalid.",
    "E000110": "The request has expired.",
    "E000501": "The sender number is invalid.",
    "E000503": "The parameter format is incorrect.",
    "E000510": "The SMS fails to be sent. For details, see status.",
}
MODE_CODES: Final[Mapping[Mode, str]] = {
    Mode.THROTTLE: "E200015",
    Mode.BAD_ADDRESS: "E000502",
    Mode.REFUSE_200: "E000620",
}
FAULT_CODES: Final[Mapping[Fault, str]] = {
    Fault.UNKNOWN_SIGN: "E200032",
    Fault.UNKNOWN_TEMPLATE: "E200030",
    Fault.MISSING_PARAMETERS: "E200028",
    Fault.TOO_LONG: "E200028",
}


@dataclass(slots=True)
class HuaweiSms:
    """The SMS gateway and its record of what was sent."""

    templates: TemplateBook
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    name = "huawei-sms"
    per_address = True
    limits = (Limit(50, 86_400.0),)
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Verify the signature and address the message to each number."""
        fault = _fault(inbound)
        if fault:
            return refusal(fault, 401)
        form = dict(parse_qsl(inbound.body.decode("utf-8", "replace"), keep_blank_values=True))
        if form.get("from") != credentials.HUAWEI_SENDER:
            return refusal("E000501", 400)
        numbers = form.get("to", "").split(",")
        if not form.get("templateId") or len(numbers) > MAX_NUMBERS or not all(numbers):
            return refusal("E000503", 400)
        return self._letters(form, numbers)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """A status for each number; the request's own code says whether all were taken."""
        results = [self._result(outcome) for outcome in outcomes]
        if all(outcome.accepted for outcome in outcomes):
            return Answer({"result": results, "code": "000000", "description": "Success"})
        told = {"code": "E000510", "description": MESSAGES["E000510"]}
        return Refusal({"result": results, **told})

    def broken(self) -> Answer:
        """The platform's own failure."""
        return refusal("E000000", 500)

    def report(self, receipt: Receipt) -> Mapping[str, object]:
        """One receipt; it names the number only because `extend` was given."""
        known_at = datetime.fromtimestamp(receipt.due_at or receipt.sent_at, UTC)
        return {
            "smsMsgId": receipt.reference,
            "total": "1",
            "sequence": "1",
            "status": "DELIVRD" if receipt.delivered else "UNDELIV",
            "source": "1",
            "updateTime": known_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "extend": receipt.notice_id,
            "to": f"+86{receipt.address}",
        }

    def reply(self, address: str, text: str, now: float) -> Mapping[str, object]:
        """One reply in the pushed form."""
        return {
            "from": f"+86{address}",
            "to": credentials.HUAWEI_SENDER,
            "body": text,
            "smsMsgId": f"{uuid.uuid4()}_{next(self._serial)}",
        }

    @staticmethod
    def acknowledged(body: Mapping[str, object]) -> bool:
        """A 2xx is enough for this vendor."""
        return True

    def _letters(self, form: Mapping[str, str], numbers: Sequence[str]) -> tuple[Letter, ...]:
        sign = form.get("signature", credentials.HUAWEI_SIGN_NAME)
        text = self.templates.render_positional(form["templateId"], sign, _values(form))
        fault = FAULT_CODES[text] if isinstance(text, Fault) else ""
        return tuple(self._letter(number, str(text), fault, form) for number in numbers)

    def _letter(self, number: str, text: str, fault: str, form: Mapping[str, str]) -> Letter:
        mobile = mobile_digits(number)
        reference = f"{uuid.uuid4()}_{next(self._serial)}"
        detail = {"number": number}
        fault = fault if mobile else "E000502"
        return Letter(mobile or number, text, form.get("extend", ""), reference, fault, detail)

    def _result(self, outcome: Outcome) -> Mapping[str, object]:
        code = "000000"
        if not outcome.accepted:
            code = outcome.behaviour.code or MODE_CODES.get(outcome.mode, "E000000")
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "originTo": outcome.letter.detail["number"],
            "createTime": created,
            "from": credentials.HUAWEI_SENDER,
            "smsMsgId": outcome.letter.reference if outcome.accepted else "",
            "status": code,
        }


def refusal(code: str, status: int) -> Refusal:
    """A refusal of the whole request."""
    return Refusal({"code": code, "description": MESSAGES.get(code, code)}, status)


def signature(inbound: Inbound, signed: Sequence[str], secret: str) -> str:
    """The AK/SK signature a request ought to carry."""
    given = inbound.headers.get("x-sdk-content-sha256", "")
    # The vendor's own SDK leaves the body of a form out of the signature, and says so in a signed header.
    covered = given if given == UNSIGNED and "x-sdk-content-sha256" in signed else ""
    hashed = covered or hashlib.sha256(inbound.body).hexdigest()
    lines = "".join(f"{name}:{inbound.headers.get(name, '').strip()}\n" for name in signed)
    path = f"{quote(inbound.path, safe='/~').rstrip('/')}/"
    request = "\n".join(
        [inbound.method, path, inbound.query_string, lines, ";".join(signed), hashed]
    )
    text = "\n".join(
        [
            "SDK-HMAC-SHA256",
            inbound.headers.get("x-sdk-date", ""),
            hashlib.sha256(request.encode()).hexdigest(),
        ]
    )
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _fault(inbound: Inbound) -> str:
    given = inbound.headers.get("authorization", "")
    aksk = AKSK.match(given)
    if aksk is not None:
        return _aksk_fault(inbound, aksk)
    wsse = WSSE.match(inbound.headers.get("x-wsse", ""))
    if given.startswith("WSSE ") and wsse is not None:
        return _wsse_fault(inbound, wsse)
    return "E000101"


def _aksk_fault(inbound: Inbound, found: re.Match[str]) -> str:
    signed = found["signed"].split(";")
    if found["key"] != credentials.HUAWEI_APP_KEY:
        return "E000102"
    if not {"host", "x-sdk-date"} <= set(signed) or signed != sorted(signed):
        return "E000101"
    made = _moment(inbound.headers.get("x-sdk-date", ""), "%Y%m%dT%H%M%SZ")
    if abs(made - inbound.now) > AKSK_SECONDS:
        return "E000110"
    right = hmac.compare_digest(
        signature(inbound, signed, credentials.HUAWEI_APP_SECRET), found["signature"]
    )
    return "" if right else "E000101"


def _wsse_fault(inbound: Inbound, found: re.Match[str]) -> str:
    if found["key"] != credentials.HUAWEI_APP_KEY:
        return "E000102"
    if abs(_moment(found["created"], "%Y-%m-%dT%H:%M:%SZ") - inbound.now) > WSSE_SECONDS:
        return "E000110"
    text = f"{found['nonce']}{found['created']}{credentials.HUAWEI_APP_SECRET}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    wanted = base64.b64encode(digest.encode()).decode()
    return "" if hmac.compare_digest(wanted, found["digest"]) else "E000101"


def _moment(text: str, form: str) -> float:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _values(form: Mapping[str, str]) -> list[str]:
    try:
        values = loads(form.get("templateParas") or "[]")
    except ValueError:
        return []
    return [str(value) for value in values] if isinstance(values, list) else []
