"""Feishu application messages: a token first, then a card for one person."""

import json
from collections.abc import Mapping, Sequence
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
    notice_id_in,
)
from tests.simulators.vendors.feishu import shown
from tests.simulators.vendors.wecom_app import Tokens

MAX_CARD_BYTES: Final = 30 * 1024
MAX_UUID_LETTERS: Final = 50
REPEAT_SECONDS: Final = 3600
UUID: Final = "uuid"
NO_TOKEN, WRONG_TOKEN = 99991661, 99991663
MESSAGES: Final[Mapping[int, str]] = {
    10003: "invalid param",
    10014: "app secret invalid",
    230001: "Your request contains an invalid request parameter.",
    230013: "Bot has NO availability to this user.",
    230020: "This operation triggers the frequency limit.",
    230025: "The length of the message content reaches its limit.",
    230027: "Lack of necessary permissions.",
    NO_TOKEN: "Missing access token for authorization.",
    WRONG_TOKEN: "Invalid access token for authorization.",
}
MODE_CODES: Final[Mapping[Mode, int]] = {
    Mode.THROTTLE: 230020,
    Mode.BAD_ADDRESS: 230013,
    Mode.REFUSE_200: 230027,
    Mode.EXPIRE_TOKEN: WRONG_TOKEN,
}


@dataclass(slots=True)
class FeishuApp:
    """The application's gateway for messages to persons."""

    name = "feishu-app"
    per_address = False
    limits = (Limit(5, 1.0),)
    over_limit = Mode.THROTTLE
    tokens: Tokens = field(default_factory=Tokens)
    _seen: dict[str, float] = field(default_factory=dict)
    _serial: "count[int]" = field(default_factory=lambda: count(1))

    def token(self, inbound: Inbound) -> Answer:
        """Give a tenant's access token to the right application and secret."""
        body = inbound.json() or {}
        if body.get("app_id") != credentials.FEISHU_APP_ID:
            return refusal(10003)
        if body.get("app_secret") != credentials.FEISHU_APP_SECRET:
            return refusal(10014)
        token, seconds = self.tokens.give(inbound.now)
        return Answer({"code": 0, "msg": "ok", "tenant_access_token": token, "expire": seconds})

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check token, receiver and card; a uuid seen within the hour is answered and not shown."""
        given = inbound.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.fault(given, inbound.now):
            return refusal(WRONG_TOKEN if given else NO_TOKEN)
        body = inbound.json() or {}
        card, uuid = str(body.get("content", "")), str(body.get(UUID, ""))
        receiver = str(body.get("receive_id", ""))
        if not receiver or body.get("msg_type") != "interactive" or len(uuid) > MAX_UUID_LETTERS:
            return refusal(230001)
        if len(card.encode()) > MAX_CARD_BYTES:
            return refusal(230025)
        text = "\n".join(shown(_parsed(card)))
        if not text:
            return refusal(230001)
        if self._seen.get(uuid, 0.0) > inbound.now:
            return self._success()
        return (Letter(receiver, text, notice_id_in(text), detail={UUID: uuid}),)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Code 0 with the message's id, or the vendor's code."""
        refused = first_refused(outcomes)
        if refused is None:
            return self._success()
        if refused.mode is Mode.EXPIRE_TOKEN:
            self.tokens.expire_all()
        return refusal(int(refused.behaviour.code or MODE_CODES.get(refused.mode, 230027)))

    def remember(self, outcomes: Sequence[Outcome], now: float) -> None:
        """Note the uuid of what was taken."""
        for outcome in outcomes:
            uuid = outcome.letter.detail[UUID]
            if outcome.taken and uuid:
                self._seen[uuid] = now + REPEAT_SECONDS

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"code": 2200, "msg": "Internal Error"}, status=500)

    def clear(self) -> None:
        """Forget the uuids seen before."""
        self._seen.clear()

    def _success(self) -> Answer:
        data = {"message_id": f"om_test{next(self._serial)}"}
        return Answer({"code": 0, "msg": "success", "data": data})


def refusal(code: int) -> Refusal:
    """A refusal; most have HTTP 400, and what is asked for by tests has 200 as older gateways do."""
    status = 200 if code in MODE_CODES.values() or code not in MESSAGES else 400
    return Refusal({"code": code, "msg": MESSAGES.get(code, "unknown error")}, status=status)


def _parsed(card: str) -> object:
    try:
        return json.loads(card)
    except ValueError:
        return None
