"""WeCom application: a card for one member, the access token, and what each errcode means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.notifier.channels.access_token import AccessToken, token_from
from services.notifier.channels.http import Answer, json_bytes
from services.notifier.domain.button_words import ACKNOWLEDGE
from services.notifier.domain.message import Message, TextContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    delivered,
    give_up,
    misconfigured,
    retry,
)
from services.notifier.domain.verdicts import judge

MAX_TITLE_BYTES = 128
MAX_CARD_BYTES = 512
MAX_TEXT_BYTES = 2048
# The gateway drops the same card to the same member within this time: a repeated attempt is harmless.
DUPLICATE_CHECK_S = 1800
TOKEN_EXPIRED = frozenset({"40014", "42001"})
VERDICTS: Mapping[str, SendResult] = {
    "0": delivered(),
    "-1": retry(Reason.GATEWAY_ERROR),
    "40001": misconfigured(Reason.BAD_CREDENTIALS),
    "40008": misconfigured(Reason.REFUSED),
    "40013": misconfigured(Reason.BAD_CREDENTIALS),
    "40014": retry(Reason.BAD_CREDENTIALS),
    "40056": misconfigured(Reason.BAD_CREDENTIALS),
    "40058": give_up(Reason.TOO_LONG),
    "42001": retry(Reason.BAD_CREDENTIALS),
    "44004": give_up(Reason.REFUSED),
    "45009": retry(Reason.THROTTLED),
    "47001": give_up(Reason.REFUSED),
    "60020": misconfigured(Reason.REFUSED),
    "81013": give_up(Reason.BAD_ADDRESS),
}


def body(message: Message, content: TextContent, agent_id: int, now_ms: int) -> bytes | None:
    """The request body; None when the card or text is longer than the gateway takes.

    A message with a key becomes a card with a button, one with a link a card to tap.
    """
    if content.link and message.key:
        shown = _button_card(message, content, now_ms)
    else:
        shown = _card(content) if content.link else _text(content)
    if shown is None:
        return None
    # A repeat after a definite refusal must not be taken for a duplicate of the refused one.
    checked = int(message.check_duplicates)
    return json_bytes(
        {
            "touser": message.address.wecom_id,
            "agentid": agent_id,
            **shown,
            "enable_duplicate_check": checked,
            "duplicate_check_interval": DUPLICATE_CHECK_S,
        }
    )


def read(answer: Answer) -> SendResult:
    """errcode 0 and nobody unreachable, else what the code means."""
    said = answer.json()
    code = said.get("errcode")
    result = judge(answer.status, None if code is None else str(code), VERDICTS, answer.after_ms())
    if result.provider_code == "0" and said.get("invaliduser"):
        return replace(give_up(Reason.BAD_ADDRESS), provider_code="0 invaliduser")
    return replace(result, provider_message_id=str(said.get("msgid") or ""))


def read_token(answer: Answer, now_ms: int) -> AccessToken | SendResult:
    """The access token, given up five minutes early, or why there is none."""
    said = answer.json()
    result = judge(answer.status, str(said.get("errcode")), VERDICTS)
    if result.provider_code != "0":
        return result
    return token_from(said.get("access_token"), said.get("expires_in"), now_ms)


def _card(content: TextContent) -> dict[str, object] | None:
    if _size(content.title) > MAX_TITLE_BYTES or _size(content.text) > MAX_CARD_BYTES:
        return None
    card = {"title": content.title, "description": content.text, "url": content.link}
    return {"msgtype": "textcard", "textcard": {**card, "btntxt": content.button}}


def _button_card(message: Message, content: TextContent, now_ms: int) -> dict[str, object] | None:
    if _size(content.title) > MAX_TITLE_BYTES or _size(content.text) > MAX_CARD_BYTES:
        return None
    # The application's task ids are unique: only what asks for the duplicate check may have one twice.
    again = "" if message.check_duplicates else f"@{now_ms}"
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": content.title},
        "sub_title_text": content.text,
        "card_action": {"type": 1, "url": content.link},
        "task_id": f"{message.notice_id}{again}",
        "button_list": [
            {"text": ACKNOWLEDGE[message.language], "style": 1, "key": message.key},
        ],
    }
    return {"msgtype": "template_card", "template_card": card}


def _text(content: TextContent) -> dict[str, object] | None:
    text = f"{content.title}\n{content.text}"
    return None if _size(text) > MAX_TEXT_BYTES else {"msgtype": "text", "text": {"content": text}}


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
