"""DingTalk's stream: a ticket for who knows the secret, then a websocket on which presses come until answered."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.simulators.gateway import Answer, Inbound
from tests.simulators.vendors.dingtalk_card import OWN, refusal

PATH: Final = "/dingtalk/stream"
TOPIC: Final = "/v1.0/card/instances/callback"
TICKET_SECONDS: Final = 90
ANSWER_SECONDS: Final = 3.0
ATTEMPTS: Final = 20
PAUSE_SECONDS: Final = 0.1
TAKEN: Final = 200
LATER: Final = 500


@dataclass(slots=True, eq=False)
class Session:
    """One open connection."""

    socket: WebSocket
    number: int
    answers: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)


class DingtalkStream:
    """All connections of the one application; a press goes to one of them, and again until it is answered."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self._tickets: dict[str, float] = {}
        self._numbers = count(1)

    def open(self, inbound: Inbound) -> Answer:
        """A ticket, good once and for ninety seconds, for an application that asks for presses."""
        body = inbound.json() or {}
        if (body.get("clientId"), body.get("clientSecret")) != OWN:
            return refusal("invalidClientIdOrSecret")
        wanted = body.get("subscriptions")
        if {"type": "CALLBACK", "topic": TOPIC} not in (wanted if isinstance(wanted, list) else ()):
            return refusal("param.error")
        ticket = secrets.token_hex(16)
        self._tickets[ticket] = inbound.now + TICKET_SECONDS
        return Answer({"endpoint": f"ws://{inbound.headers['host']}{PATH}", "ticket": ticket})

    async def serve(self, socket: WebSocket) -> None:
        """One connection, for who has a ticket that nobody has used."""
        if self._tickets.pop(socket.query_params.get("ticket", ""), 0.0) < time.time():
            await socket.close(1008)
            return
        await socket.accept()
        session = Session(socket, next(self._numbers))
        self.sessions.append(session)
        # KeyError: an answer that is no text.
        with suppress(WebSocketDisconnect, RuntimeError, KeyError):
            while True:
                _hear(session, await socket.receive_text())
        self.sessions.remove(session)
        for waiting in session.answers.values():
            waiting.cancel()

    async def press(self, body: Mapping[str, object]) -> dict[str, Any]:
        """Bring a press until it is answered otherwise than with "later"; the last answer, with its data opened."""
        at = body.get("at_ms")
        headers = {
            "appId": "test-app",
            "contentType": "application/json",
            "messageId": str(body.get("message_id") or secrets.token_hex(16)),
            "time": str(int(time.time() * 1000) if at is None else at),
            "topic": str(body.get("topic") or TOPIC),
        }
        data = body.get("data")
        frame = {"type": "CALLBACK", "headers": headers}
        frame["data"] = json.dumps(_pressed(body) if data is None else data)
        return await self._bring(frame)

    async def system(self, body: Mapping[str, object]) -> dict[str, Any]:
        """Say something of the gateway's own on the newest connection."""
        headers = {
            "contentType": "application/json",
            "messageId": secrets.token_hex(16),
            "time": str(int(time.time() * 1000)),
            "topic": str(body["topic"]),
        }
        data = json.dumps({"opaque": "test"})
        return await self._bring({"type": "SYSTEM", "headers": headers, "data": data})

    async def cut(self, body: Mapping[str, object]) -> object:
        """Break every connection off; how many there were."""
        broken = list(self.sessions)
        for session in broken:
            with suppress(RuntimeError):
                await session.socket.close(1011)
        return {"cut": len(broken)}

    async def _bring(self, frame: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {"code": 0, "data": {}}
        tries = 0
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS)
            if not self.sessions:
                continue
            tries += 1
            answer = await self._ask(self.sessions[-1], frame)
            if answer is None:
                continue
            said = {"code": answer.get("code"), "data": json.loads(str(answer.get("data") or "{}"))}
            if said["code"] != LATER:
                break
        return {**said, "tries": tries}

    async def _ask(self, session: Session, frame: dict[str, Any]) -> dict[str, Any] | None:
        own = {**frame["headers"], "connectionId": f"test-{session.number}"}
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        session.answers[own["messageId"]] = answer
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                whole = {"specVersion": "1.0", **frame, "headers": own}
                await session.socket.send_text(json.dumps(whole))
                return await answer
        except (TimeoutError, asyncio.CancelledError, RuntimeError, WebSocketDisconnect):
            return None
        finally:
            session.answers.pop(own["messageId"], None)


def _hear(session: Session, text: str) -> None:
    said = json.loads(text)
    waiting = session.answers.get(said["headers"]["messageId"])
    if waiting is not None and not waiting.done():
        waiting.set_result(said)


def _pressed(body: Mapping[str, object]) -> dict[str, object]:
    """What the vendor says of a press: who, on which card, which button with what values."""
    action = {"actionIds": ["acknowledge"], "params": {"key": str(body.get("key", ""))}}
    return {
        "type": "actionCallback",
        "corpId": "test-corp",
        "spaceType": "IM",
        "outTrackId": str(body.get("card", "test-card")),
        "userId": str(body.get("member", "")),
        "userIdType": 1,
        "content": json.dumps({"cardPrivateData": action}),
    }
