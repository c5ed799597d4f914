"""DingTalk's stream: how a connection is asked for, the frames on it, and how each is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from urllib.parse import quote, urlsplit

from services.notifier.channels.callback import CallbackRefused, Press, Seal
from services.notifier.channels.http import Answer, json_bytes

CARD_TOPIC = "/v1.0/card/instances/callback"


class Verdict(IntEnum):
    """How a frame is answered; the numbers are the protocol's."""

    TAKEN = 200
    REFUSED = 400
    NOBODY_HEARS = 404
    # To be brought again.
    LATER = 500


class Kind:
    """What a frame is, in the protocol's words."""

    SYSTEM = "SYSTEM"
    CALLBACK = "CALLBACK"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of the stream. at_ms: when the gateway sent it, by its clock; 0 when it does not say."""

    kind: str
    topic: str
    message_id: str
    at_ms: int
    data: str = field(repr=False)

    @property
    def seal(self) -> Seal:
        """What a callback is known by: the stream itself is proven by our secret and TLS."""
        return Seal(self.message_id, str(self.at_ms // 1000), "")


def wish(app_key: str, secret: str) -> bytes:
    """The request for a connection on which presses of card buttons come."""
    topics = [{"type": Kind.CALLBACK, "topic": CARD_TOPIC}]
    return json_bytes({"clientId": app_key, "clientSecret": secret, "subscriptions": topics})


def address_in(answer: Answer, encrypted: bool) -> str | None:
    """Where to connect, with the ticket; None when there is none, or an open one where all else is encrypted."""
    said = answer.json()
    endpoint, ticket = said.get("endpoint"), said.get("ticket")
    if not isinstance(endpoint, str) or not isinstance(ticket, str):
        return None
    if urlsplit(endpoint).scheme not in ({"wss"} if encrypted else {"ws", "wss"}):
        return None
    return f"{endpoint}?ticket={quote(ticket, safe='')}"


def read_frame(text: str) -> Frame:
    """What came; CallbackRefused when it has no number to answer it by."""
    said = _object(text)
    headers = said.get("headers")
    headers = headers if isinstance(headers, Mapping) else {}
    message_id, at = headers.get("messageId"), str(headers.get("time", ""))
    if not isinstance(message_id, str) or not message_id:
        raise CallbackRefused("not_in_form")
    return Frame(
        kind=str(said.get("type", "")),
        topic=str(headers.get("topic", "")),
        message_id=message_id,
        at_ms=int(at) if at.isdigit() else 0,
        data=str(said.get("data", "")),
    )


def press_in(frame: Frame) -> Press:
    """Who pressed, and the key of the button; empty where the card says nothing of it."""
    said = _object(frame.data)
    content = said.get("content")
    action = _object(content) if isinstance(content, str) else {}
    private = action.get("cardPrivateData")
    params = private.get("params") if isinstance(private, Mapping) else None
    key = params.get("key") if isinstance(params, Mapping) else None
    return Press(str(said.get("userId") or ""), str(key or ""))


def answer(frame: Frame, verdict: Verdict, data: str = "{}") -> str:
    """The answer to a frame, by its number."""
    headers = {"messageId": frame.message_id, "contentType": "application/json"}
    said = {"code": int(verdict), "headers": headers, "message": verdict.name, "data": data}
    return json.dumps(said, ensure_ascii=False)


def card_data(card: Mapping[str, object]) -> str:
    """The data of an answer that changes the card."""
    return json.dumps({"response": card}, ensure_ascii=False)


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as wrong:
        raise CallbackRefused("not_in_form") from wrong
    if not isinstance(found, Mapping):
        raise CallbackRefused("not_in_form")
    return found
