"""WeCom application messages: a token first, then a message to named members."""

import json
import re
import secrets
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
    notice_id_in,
    part,
)

TOKEN_SECONDS: Final = 7200
DUPLICATE_SECONDS: Final = 1800
DUPLICATE_SECONDS_MAX: Final = 14_400
# Names in a letter's detail: what the duplicate check compares, and for how long.
CONTENT: Final = "content"
SECONDS: Final = "seconds"
MAX_MEMBERS: Final = 1000
MAX_TEXT_BYTES: Final = 2048
TASK_ID: Final = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
MESSAGES: Final[Mapping[int, str]] = {
    40001: "invalid credential",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40056: "invalid agentid",
    40058: "content exceed max length. invalid Request Parameter",
    42001: "access_token expired",
    44004: "empty content",
    45009: "api freq out of limit",
    47001: "data format error",
    60020: "not allow to access from your ip",
    81013: "user & party & tag all invalid",
}
MODE_CODES: Final[Mapping[Mode, int]] = {
    Mode.THROTTLE: 45009,
    Mode.REFUSE_200: 60020,
    Mode.EXPIRE_TOKEN: 42001,
}
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("content",),
    "markdown": ("content",),
    "textcard": ("title", "description", "url"),
}


@dataclass(slots=True)
class Tokens:
    """Access tokens given out, with the time each runs out."""

    _expires: dict[str, float] = field(default_factory=dict)
    _current: str = ""

    def give(self, now: float) -> tuple[str, int]:
        """The token in force and its seconds left; asking again does not change it."""
        if self._expires.get(self._current, 0.0) <= now:
            self._current = f"test-token-{secrets.token_hex(16)}"
            self._expires[self._current] = now + TOKEN_SECONDS
        return self._current, int(self._expires[self._current] - now)

    def fault(self, token: str, now: float) -> int:
        """The errcode a token deserves, 0 when it is good."""
        if token not in self._expires:
            return 40014
        return 42001 if self._expires[token] <= now else 0

    def expire_all(self) -> None:
        """Let every token run out at once."""
        self._expires = dict.fromkeys(self._expires, 0.0)


@dataclass(slots=True)
class WecomApp:
    """The application message gateway."""

    name = "wecom-app"
    per_address = True
    # Beyond this the vendor answers success and shows nothing.
    limits = (Limit(30, 60.0), Limit(1000, 3600.0))
    over_limit = Mode.DROPPED
    tokens: Tokens = field(default_factory=Tokens)
    _seen: dict[tuple[str, str], float] = field(default_factory=dict)
    _serial: Iterator[int] = field(default_factory=lambda: count(1))

    def token(self, inbound: Inbound) -> Answer:
        """Give an access token to the right corporation and secret."""
        query = inbound.query
        if query.get("corpid") != credentials.WECOM_CORP_ID:
            return refusal(40013)
        if query.get("corpsecret") != credentials.WECOM_CORP_SECRET:
            return refusal(40001)
        token, seconds = self.tokens.give(inbound.now)
        given = {"access_token": token, "expires_in": seconds}
        return Answer({"errcode": 0, "errmsg": "ok", **given})

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check token, application and message, and address it to each member."""
        fault = self.tokens.fault(inbound.query.get("access_token", ""), inbound.now)
        if fault:
            return refusal(fault)
        body = inbound.json()
        if body is None:
            return refusal(47001)
        if str(body.get("agentid")) != str(credentials.WECOM_AGENT_ID):
            return refusal(40056)
        text = _text(body)
        if isinstance(text, Answer):
            return text
        return self._letters(body, text, inbound.now)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Success with the unreachable members named; an errcode when nobody can be reached."""
        whole = next((item for item in outcomes if item.mode in MODE_CODES), None)
        if whole is not None:
            return self._refuse_whole(whole)
        invalid = [item.letter.address for item in outcomes if item.mode is Mode.BAD_ADDRESS]
        if invalid and len(invalid) == len(outcomes):
            return refusal(81013, invaliduser="|".join(invalid))
        return self._success(**({"invaliduser": "|".join(invalid)} if invalid else {}))

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"errcode": -1, "errmsg": "system busy"}, status=500)

    def clear(self) -> None:
        """Forget which texts were seen before."""
        self._seen.clear()

    def remember(self, outcomes: Sequence[Outcome], now: float) -> None:
        """Let the duplicate check know what members were sent; what was refused they do not have."""
        for outcome in outcomes:
            detail = outcome.letter.detail
            if outcome.taken and CONTENT in detail:
                self._seen[(outcome.letter.address, detail[CONTENT])] = now + int(detail[SECONDS])

    def _success(self, **more: str) -> Answer:
        msgid = f"test-msgid-{next(self._serial)}"
        return Answer({"errcode": 0, "errmsg": "ok", **more, "msgid": msgid})

    def _refuse_whole(self, outcome: Outcome) -> Answer:
        if outcome.mode is Mode.EXPIRE_TOKEN:
            self.tokens.expire_all()
        return refusal(int(outcome.behaviour.code or MODE_CODES[outcome.mode]))

    def _letters(
        self, body: Mapping[str, object], text: str, now: float
    ) -> tuple[Letter, ...] | Answer:
        members = [member for member in str(body.get("touser", "")).split("|") if member]
        if not members or len(members) > MAX_MEMBERS:
            return refusal(81013)
        checked = _checked(body)
        content = checked.get(CONTENT, "")
        fresh = [name for name in members if self._seen.get((name, content), 0.0) <= now]
        if not fresh:
            return self._success()
        return tuple(Letter(name, text, notice_id_in(text), detail=checked) for name in fresh)


def refusal(code: int, **more: object) -> Refusal:
    """A refusal with HTTP 200, as the vendor words it."""
    said = MESSAGES.get(code, "invalid Request Parameter")
    where = f"more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    hint = f"hint: [1700000000000000000000], from ip: 127.0.0.1, {where}"
    return Refusal({"errcode": code, "errmsg": f"{said}, {hint}", **more})


def _checked(body: Mapping[str, object]) -> Mapping[str, str]:
    """What the duplicate check compares and for how long, when the sender asked for it."""
    if str(body.get("enable_duplicate_check", 0)) != "1":
        return {}
    content = json.dumps(part(body, str(body.get("msgtype"))), sort_keys=True)
    asked = int(str(body.get("duplicate_check_interval", DUPLICATE_SECONDS)))
    return {CONTENT: content, SECONDS: str(min(asked, DUPLICATE_SECONDS_MAX))}


def _text(body: Mapping[str, object]) -> str | Answer:
    kind = str(body.get("msgtype", ""))
    if kind == "template_card":
        return _card_text(part(body, kind))
    if kind not in FIELDS:
        return refusal(40008)
    values = [str(part(body, kind).get(name, "")) for name in FIELDS[kind]]
    if not all(values):
        return refusal(44004)
    if len(values[0].encode()) > MAX_TEXT_BYTES:
        return refusal(40058)
    return "\n".join(values)


def _card_text(card: Mapping[str, object]) -> str | Answer:
    if card.get("card_type") == "button_interaction" and not _has_buttons(card):
        return refusal(40058)
    title = part(card, "main_title")
    shown = [title.get("title"), title.get("desc"), card.get("sub_title_text")]
    text = "\n".join(str(line) for line in [*shown, part(card, "card_action").get("url")] if line)
    return text or refusal(44004)


def _has_buttons(card: Mapping[str, object]) -> bool:
    """A card with buttons needs a task id of its own alphabet, and a key of at most 1024 bytes in each button."""
    buttons = card.get("button_list")
    keys = [item.get("key") for item in buttons] if isinstance(buttons, list) else []
    named = TASK_ID.fullmatch(str(card.get("task_id", ""))) is not None
    return named and bool(keys) and all(key and len(str(key).encode()) <= 1024 for key in keys)
