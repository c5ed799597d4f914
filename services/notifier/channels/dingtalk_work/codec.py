"""DingTalk work notice: the card for one member, the task it becomes, and what became of the task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.common.terms import Language
from services.notifier.channels.access_token import AccessToken, token_from
from services.notifier.channels.http import Answer, json_bytes
from services.notifier.domain.message import Message, TextContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    accepted,
    delivered,
    give_up,
    misconfigured,
    retry,
    switch,
)
from services.notifier.domain.verdicts import judge

MAX_MESSAGE_BYTES = 2048
TOKEN_EXPIRED = frozenset({"40014", "42001"})
# The platform's wrapper; the fault itself stands in sub_code.
_WRAPPED = 88
VERDICTS: Mapping[str, SendResult] = {
    "0": accepted(),
    "-1": retry(Reason.GATEWAY_ERROR),
    "33012": give_up(Reason.BAD_ADDRESS),
    "40014": retry(Reason.BAD_CREDENTIALS),
    "40035": give_up(Reason.REFUSED),
    "40056": misconfigured(Reason.BAD_CREDENTIALS),
    "40089": misconfigured(Reason.BAD_CREDENTIALS),
    "42001": retry(Reason.BAD_CREDENTIALS),
    "60011": misconfigured(Reason.REFUSED),
    "60121": give_up(Reason.BAD_ADDRESS),
    "90018": retry(Reason.THROTTLED),
    "143103": retry(Reason.THROTTLED),
    "143104": retry(Reason.THROTTLED),
    # The person's share of the day is used up: another channel has its own.
    "143105": switch(Reason.THROTTLED),
    # The person has this very text already. Texts differ by notice, so it is an earlier attempt of this one.
    "143106": delivered(),
    "1430002": give_up(Reason.REFUSED),
    "1430003": retry(Reason.THROTTLED),
}
# Lists of the task's result, by what it means to stand in one.
_LISTS: Mapping[str, SendResult] = {
    "read_user_id_list": delivered(),
    "unread_user_id_list": delivered(),
    "invalid_user_id_list": give_up(Reason.BAD_ADDRESS),
    "failed_user_id_list": retry(Reason.GATEWAY_ERROR),
}
_REFERENCE = {Language.ZH: "通知编号", Language.EN: "Notice no."}


def body(message: Message, content: TextContent, agent_id: int) -> bytes | None:
    """The request body; None when the message is longer than the gateway takes."""
    shown = _shown(content, f"{_REFERENCE[message.language]} {message.notice_id[:8]}")
    if len(json_bytes(shown)) > MAX_MESSAGE_BYTES:
        return None
    return json_bytes(
        {"agent_id": agent_id, "userid_list": message.address.dingtalk_id, "msg": shown}
    )


def question(agent_id: int, task_id: str) -> bytes:
    """The request that asks what became of a task."""
    return json_bytes({"agent_id": agent_id, "task_id": int(task_id)})


def read(answer: Answer) -> SendResult:
    """Accepted, with the task's number, which is all the gateway says at once; else what the code means."""
    said = answer.json()
    result = judge(answer.status, _code(said), VERDICTS, answer.after_ms())
    task_id = str(said.get("task_id") or "")
    if result.reason is Reason.OK and not task_id.isdigit():
        return replace(misconfigured(Reason.UNKNOWN_CODE), provider_code="no task_id")
    return replace(result, provider_message_id=task_id)


def read_outcome(answer: Answer, member: str) -> SendResult | None:
    """What became of the task for its one member; None while that is not known."""
    found = answer.json().get("send_result")
    if not isinstance(found, Mapping):
        return None
    for item in _items(found.get("forbidden_list")):
        code = str(item.get("code")) if isinstance(item, Mapping) else ""
        return judge(200, code, VERDICTS)
    for name, meaning in _LISTS.items():
        if member in _items(found.get(name)):
            return replace(meaning, provider_code=name)
    return None


def read_token(answer: Answer, now_ms: int) -> AccessToken | SendResult:
    """The access token, or why there is none."""
    said = answer.json()
    result = judge(answer.status, _code(said), VERDICTS)
    if result.provider_code != "0":
        return result
    return token_from(said.get("access_token"), said.get("expires_in"), now_ms)


def _shown(content: TextContent, reference: str) -> dict[str, object]:
    text = f"### {content.title}\n\n{content.text}\n\n{reference}"
    if not content.link:
        return {"msgtype": "markdown", "markdown": {"title": content.title, "text": text}}
    tap = {"single_title": content.button, "single_url": content.link}
    card = {"title": content.title, "markdown": text, **tap}
    return {"msgtype": "action_card", "action_card": card}


def _code(said: Mapping[str, object]) -> str | None:
    code = said.get("sub_code") if said.get("errcode") == _WRAPPED else said.get("errcode")
    return None if code is None else str(code)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
