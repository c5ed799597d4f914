"""DingTalk interactive cards: a token first, then a card in the robot's conversation with one member."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    part,
)
from tests.simulators.vendors.wecom_app import Tokens

SPACE: Final = "dtv1.card//IM_ROBOT."
NOT_REACHED: Final = "spaceId is illegal"
BAD_TOKEN: Final = "InvalidAuthentication"
TOO_MANY: Final = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
STATUS: Final[Mapping[str, int]] = {BAD_TOKEN: 401, TOO_MANY: 403, "invalidClientIdOrSecret": 400}
MODE_CODES: Final[Mapping[Mode, str]] = {
    Mode.THROTTLE: TOO_MANY,
    Mode.EXPIRE_TOKEN: BAD_TOKEN,
    Mode.REFUSE_200: "param.templateUnpublished",
}
SHOWN: Final = ("title", "text", "link", "button", "status")
CARD: Final = "outTrackId"


@dataclass(slots=True)
class DingtalkCard:
    """The gateway for cards; where one shows stands in the answer beside the request's own success."""

    name = "dingtalk-card"
    per_address = False
    limits = (Limit(20, 1.0),)
    over_limit = Mode.THROTTLE
    tokens: Tokens = field(default_factory=Tokens)

    def token(self, inbound: Inbound) -> Answer:
        """Give an access token to the right key and secret."""
        body = inbound.json() or {}
        if (body.get("appKey"), body.get("appSecret")) != OWN:
            return refusal("invalidClientIdOrSecret")
        token, seconds = self.tokens.give(inbound.now)
        return Answer({"accessToken": token, "expireIn": seconds})

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check token, template, robot and place; every variable of a card is a text."""
        if self.tokens.fault(inbound.headers.get("x-acs-dingtalk-access-token", ""), inbound.now):
            return refusal(BAD_TOKEN)
        body = inbound.json() or {}
        variables = part(part(body, "cardData"), "cardParamMap")
        space, card = str(body.get("openSpaceId", "")), str(body.get(CARD, ""))
        deliver = part(body, "imRobotOpenDeliverModel")
        fits = (
            body.get("cardTemplateId") == credentials.DINGTALK_CARD_TEMPLATE
            and body.get("callbackType") == "STREAM"
            and body.get("userIdType") == 1
            and deliver.get("robotCode", OWN[0]) == OWN[0]
            and bool(card)
            and all(isinstance(value, str) for value in variables.values())
        )
        if not fits:
            return refusal("param.error")
        if not space.startswith(SPACE):
            return refusal("param.openSpaceIdInvalid")
        text = "\n".join(str(variables.get(name, "")) for name in SHOWN)
        member = space.removeprefix(SPACE)
        return (Letter(member, text, notice_id_in(text), detail={CARD: card}),)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Success with the place it shows at, success with a place not reached, or the vendor's code."""
        refused, letter = first_refused(outcomes), outcomes[0].letter
        if refused is None:
            return _placed(letter, "")
        if refused.mode is Mode.BAD_ADDRESS:
            return _placed(letter, NOT_REACHED)
        if refused.mode is Mode.EXPIRE_TOKEN:
            self.tokens.expire_all()
        asked = refused.behaviour.code
        # What a test asks for comes with HTTP 200, as from older gateways.
        return refusal(asked or MODE_CODES[refused.mode], 200 if asked else 0)

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"code": "ServiceUnavailable", "message": "unavailable"}, status=503)


OWN: Final = (credentials.DINGTALK_APP_KEY, credentials.DINGTALK_APP_SECRET)


def refusal(code: str, status: int = 0) -> Refusal:
    """A refusal in the words of the new gateway."""
    body = {"code": code, "message": code, "requestid": "test"}
    return Refusal(body, status=status or STATUS.get(code, 400))


def _placed(letter: Letter, error: str) -> Answer:
    place = {"spaceId": letter.address, "spaceType": "IM_ROBOT", "success": not error}
    result = {CARD: letter.detail[CARD], "deliverResults": [{**place, "errorMsg": error}]}
    return (Refusal if error else Answer)({"success": True, "result": result})
