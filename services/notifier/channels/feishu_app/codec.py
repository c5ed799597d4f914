"""Feishu application: the card for one person, the access token, and what each code means."""

from __future__ import annotations

import json
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

MAX_CARD_BYTES = 30_000
RESET_HEADER = "x-ogw-ratelimit-reset"
TOKEN_EXPIRED = frozenset({"99991661", "99991663", "99991668"})
VERDICTS: Mapping[str, SendResult] = {
    "0": delivered(),
    "9499": give_up(Reason.REFUSED),
    "10003": misconfigured(Reason.BAD_CREDENTIALS),
    "10014": misconfigured(Reason.BAD_CREDENTIALS),
    "11232": retry(Reason.THROTTLED),
    "230001": give_up(Reason.REFUSED),
    "230006": misconfigured(Reason.REFUSED),
    # Outside the application's range, or the person has left, or has stopped the bot.
    "230013": give_up(Reason.BAD_ADDRESS),
    "230034": give_up(Reason.BAD_ADDRESS),
    "230053": give_up(Reason.BAD_ADDRESS),
    "230020": retry(Reason.THROTTLED),
    "230025": give_up(Reason.TOO_LONG),
    "230027": misconfigured(Reason.REFUSED),
    "230028": give_up(Reason.REFUSED),
    "230099": give_up(Reason.REFUSED),
    "99991400": retry(Reason.THROTTLED),
    "99991661": retry(Reason.BAD_CREDENTIALS),
    "99991663": retry(Reason.BAD_CREDENTIALS),
    "99991668": retry(Reason.BAD_CREDENTIALS),
    "99991672": misconfigured(Reason.REFUSED),
    "99992351": give_up(Reason.BAD_ADDRESS),
}


def body(message: Message, content: TextContent, now_ms: int) -> bytes | None:
    """The request body; None when the card is larger than the gateway takes."""
    card = json_bytes(_card(message, content))
    if len(card) > MAX_CARD_BYTES:
        return None
    # What was refused for certain is sent under another id: the gateway may have noted the first.
    again = "" if message.check_duplicates else f"-{now_ms}"
    return json_bytes(
        {
            "receive_id": message.address.feishu_id,
            "msg_type": "interactive",
            "content": card.decode("utf-8", "surrogatepass"),
            "uuid": f"{message.notice_id.replace('-', '')}{again}",
        }
    )


def read(answer: Answer) -> SendResult:
    """The code in the body decides; the gateway's own limit comes as HTTP 429 with a reset time."""
    said = answer.json()
    wait = max(answer.after_ms(), answer.after_ms(RESET_HEADER))
    result = judge(answer.status, _code(said), VERDICTS, wait)
    data = said.get("data")
    message_id = data.get("message_id") if isinstance(data, Mapping) else ""
    return replace(result, provider_message_id=str(message_id or ""))


def read_token(answer: Answer, now_ms: int) -> AccessToken | SendResult:
    """The access token, or why there is none."""
    said = answer.json()
    result = judge(answer.status, _code(said), VERDICTS)
    if result.provider_code != "0":
        return result
    return token_from(said.get("tenant_access_token"), said.get("expire"), now_ms)


def pressed_card(shown: str, case_nos: tuple[str, ...]) -> Mapping[str, object]:
    """What the card becomes once its button was pressed: no button, and what came of it."""
    return {"header": {"title": _plain(shown)}, "elements": [_line(" ".join(case_nos))]}


def callback_answer(shown: str, card: Mapping[str, object]) -> str:
    """The answer to a callback: a word to the presser, and the new card."""
    toast = {"type": "info", "content": shown}
    return json.dumps({"toast": toast, "card": {"type": "raw", "data": card}}, ensure_ascii=False)


def _card(message: Message, content: TextContent) -> dict[str, object]:
    buttons: list[object] = []
    if message.key and content.link:
        label = _plain(ACKNOWLEDGE[message.language])
        value = {"key": message.key}
        buttons.append({"tag": "button", "text": label, "type": "primary", "value": value})
    if content.link:
        look = _plain(content.button)
        kind = "default" if buttons else "primary"
        buttons.append({"tag": "button", "text": look, "url": content.link, "type": kind})
    elements: list[object] = [_line(content.text)]
    if buttons:
        elements.append({"tag": "action", "actions": buttons})
    return {"header": {"title": _plain(content.title)}, "elements": elements}


def _line(text: str) -> dict[str, object]:
    return {"tag": "div", "text": _plain(text)}


def _plain(text: str) -> dict[str, object]:
    return {"tag": "plain_text", "content": text}


def _code(said: Mapping[str, object]) -> str | None:
    code = said.get("code")
    return None if code is None else str(code)
