"""WeCom robot: a text with the person mentioned by mobile, and what each errcode means."""

from __future__ import annotations

from collections.abc import Mapping

from services.notifier.channels.http import Answer, json_bytes
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

MAX_TEXT_BYTES = 2048
VERDICTS: Mapping[str, SendResult] = {
    "0": delivered(),
    "-1": retry(Reason.GATEWAY_ERROR),
    "40008": misconfigured(Reason.REFUSED),
    "40058": give_up(Reason.TOO_LONG),
    "44004": give_up(Reason.REFUSED),
    "45009": retry(Reason.THROTTLED),
    "47001": give_up(Reason.REFUSED),
    # The robot was removed from its group, or its key is wrong: the group's address is bad.
    "93000": give_up(Reason.BAD_ADDRESS),
}


def body(message: Message, content: TextContent) -> bytes | None:
    """The request body; None when the text is longer than the gateway takes."""
    text = "\n".join(part for part in (content.title, content.text, content.link) if part)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        return None
    shown: dict[str, object] = {"content": text}
    if message.address.mobile:
        shown["mentioned_mobile_list"] = [message.address.mobile]
    return json_bytes({"msgtype": "text", "text": shown})


def read(answer: Answer) -> SendResult:
    """The errcode in the body decides, whatever the HTTP status says."""
    code = answer.json().get("errcode")
    return judge(answer.status, None if code is None else str(code), VERDICTS, answer.after_ms())
