"""DingTalk work notices: a token first, then a task for named members, then what became of the task."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from tests.simulators import credentials
from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import Answer, Inbound, Letter, Outcome, Refusal, notice_id_in, part
from tests.simulators.vendors.wecom_app import Tokens

MAX_BYTES: Final = 2048
MAX_MEMBERS: Final = 100
DAY_SECONDS: Final = 86_400
CONTENT: Final = "content"
USED_UP, SAME_TEXT = 143105, 143106
MESSAGES: Final[Mapping[int, str]] = {
    40014: "不合法的access_token",
    40035: "不合法的参数",
    40056: "不合法的agentid",
    40089: "不合法的appKey或appSecret",
    42001: "access_token超时",
    60011: "没有调用该接口的权限",
    143103: "企业单应用消息发送人次QPM超限",
}
MODE_CODES: Final[Mapping[Mode, int]] = {
    Mode.THROTTLE: 143103,
    Mode.REFUSE_200: 60011,
    Mode.EXPIRE_TOKEN: 42001,
}
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "markdown": ("title", "text"),
    "action_card": ("title", "markdown", "single_title", "single_url"),
}
TASK: Final = "task"


@dataclass(slots=True)
class DingtalkWork:
    """The work notices' gateway: it always queues, and only the task's result names who was not told."""

    name = "dingtalk-work"
    per_address = True
    limits = (Limit(500, float(DAY_SECONDS)),)
    over_limit = Mode.DROPPED
    tokens: Tokens = field(default_factory=Tokens)
    _seen: dict[tuple[str, str], float] = field(default_factory=dict)
    _results: dict[int, dict[str, list[object]]] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(256_271_667_526))

    def token(self, inbound: Inbound) -> Answer:
        """Give an access token to the right key and secret."""
        query = inbound.query
        right = (credentials.DINGTALK_APP_KEY, credentials.DINGTALK_APP_SECRET)
        if (query.get("appkey"), query.get("appsecret")) != right:
            return refusal(40089)
        token, seconds = self.tokens.give(inbound.now)
        return Answer({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": seconds})

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Check token, application and message; who was shown the same text today is left out."""
        body = self._body(inbound)
        if isinstance(body, Answer):
            return body
        msg = part(body, "msg")
        text = _text(msg)
        members = [member for member in str(body.get("userid_list", "")).split(",") if member]
        if not text or not members or len(members) > MAX_MEMBERS:
            return refusal(40035)
        if len(json.dumps(msg, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_BYTES:
            return refusal(40035)
        number = next(self._numbers)
        content = json.dumps(msg, sort_keys=True)
        again = [one for one in members if self._seen.get((one, content), 0.0) > inbound.now]
        self._results[number] = _forbidden(again, SAME_TEXT)
        detail = {TASK: str(number), CONTENT: content}
        fresh = [member for member in members if member not in again]
        if not fresh:
            return _task(number)
        return tuple(Letter(one, text, notice_id_in(text), detail=detail) for one in fresh)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """The task's number, or an errcode when the request as a whole is refused."""
        whole = next((item for item in outcomes if item.mode in MODE_CODES), None)
        if whole is not None:
            if whole.mode is Mode.EXPIRE_TOKEN:
                self.tokens.expire_all()
            return refusal(int(whole.behaviour.code or MODE_CODES[whole.mode]))
        return _task(int(outcomes[0].letter.detail[TASK]))

    def remember(self, outcomes: Sequence[Outcome], now: float) -> None:
        """Note what the task's result will say of each member, and which texts were shown today."""
        for outcome in outcomes:
            letter = outcome.letter
            result = self._results[int(letter.detail[TASK])]
            if outcome.mode is Mode.BAD_ADDRESS:
                result.setdefault("invalid_user_id_list", []).append(letter.address)
            elif outcome.mode is Mode.DROPPED:
                result.update(_forbidden([letter.address], USED_UP))
            elif outcome.taken:
                result.setdefault("unread_user_id_list", []).append(letter.address)
                self._seen[(letter.address, letter.detail[CONTENT])] = now + DAY_SECONDS

    def result(self, inbound: Inbound) -> Answer:
        """What became of a task."""
        body = self._body(inbound)
        if isinstance(body, Answer):
            return body
        found = self._results.get(int(str(body.get("task_id", 0))))
        if found is None:
            return refusal(40035)
        return Answer({"errcode": 0, "errmsg": "ok", "send_result": found})

    def broken(self) -> Answer:
        """The platform's own failure."""
        return Refusal({"errcode": -1, "errmsg": "系统繁忙"}, status=500)

    def clear(self) -> None:
        """Forget which texts were seen before."""
        self._seen.clear()

    def _body(self, inbound: Inbound) -> Mapping[str, object] | Answer:
        fault = self.tokens.fault(inbound.query.get("access_token", ""), inbound.now)
        if fault:
            return refusal(fault)
        body = inbound.json()
        if body is None:
            return refusal(40035)
        right = str(body.get("agent_id")) == str(credentials.DINGTALK_AGENT_ID)
        return body if right else refusal(40056)


def refusal(code: int) -> Refusal:
    """A refusal with HTTP 200."""
    return Refusal({"errcode": code, "errmsg": MESSAGES.get(code, "unknown error")})


def _task(number: int) -> Answer:
    return Answer({"errcode": 0, "errmsg": "ok", "task_id": number, "request_id": "test"})


def _forbidden(members: Sequence[str], code: int) -> dict[str, list[object]]:
    if not members:
        return {}
    reasons: list[object] = [{"code": str(code), "count": 1, "userid": one} for one in members]
    return {"forbidden_user_id_list": list(members), "forbidden_list": reasons}


def _text(msg: Mapping[str, object]) -> str:
    kind = str(msg.get("msgtype", ""))
    values = [str(part(msg, kind).get(name, "")) for name in FIELDS.get(kind, ())]
    return "\n".join(values) if values and all(values) else ""
