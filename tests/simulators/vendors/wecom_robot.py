"""WeCom group robot: the key in the address is the only credential."""

from collections.abc import Mapping, Sequence
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
    strings,
)

MAX_BYTES: Final[Mapping[str, int]] = {"text": 2048, "markdown": 4096}
MESSAGES: Final[Mapping[int, str]] = {
    40008: "invalid message type",
    40058: "content exceed max length. invalid Request Parameter",
    44004: "empty content",
    45009: "api freq out of limit",
    47001: "data format error",
    93000: "invalid webhook url",
}
MODE_CODES: Final[Mapping[Mode, int]] = {
    Mode.THROTTLE: 45009,
    Mode.BAD_ADDRESS: 93000,
    Mode.REFUSE_200: 93000,
}


class WecomRobot:
    """The group robot's gateway."""

    name = "wecom-robot"
    per_address = False
    limits = (Limit(20, 60.0),)
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check the key and the message, and address it to the group behind the key."""
        key = inbound.query.get("key", "")
        if not credentials.belongs(key, credentials.WECOM_ROBOT_KEY):
            return refusal(93000)
        body = inbound.json()
        if body is None:
            return refusal(47001)
        text = _text(body)
        if isinstance(text, Answer):
            return text
        return (Letter(key, text, notice_id_in(text)),)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Errcode 0, or the vendor's errcode with HTTP 200."""
        refused = first_refused(outcomes)
        if refused is None:
            return Answer({"errcode": 0, "errmsg": "ok"})
        code = refused.behaviour.code or MODE_CODES.get(refused.mode, 93000)
        return refusal(int(code))

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"errcode": -1, "errmsg": "system busy"}, status=500)


def refusal(code: int) -> Refusal:
    """A refusal with HTTP 200, the hint and the look-up address included as the vendor does."""
    said = MESSAGES.get(code, "invalid Request Parameter")
    more = f"more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    hint = f"hint: [1700000000000000000000], from ip: 127.0.0.1, {more}"
    return Refusal({"errcode": code, "errmsg": f"{said}, {hint}"})


def _text(body: Mapping[str, object]) -> str | Answer:
    kind = str(body.get("msgtype", ""))
    if kind not in MAX_BYTES:
        return refusal(40008)
    content = str(part(body, kind).get("content", ""))
    if not content:
        return refusal(44004)
    if len(content.encode()) > MAX_BYTES[kind]:
        return refusal(40058)
    mentions = strings(part(body, kind), "mentioned_mobile_list")
    return "\n".join([content, *(f"@{mobile}" for mobile in mentions)])
