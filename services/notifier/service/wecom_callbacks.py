"""The door for WeCom: GET /callbacks/wecom_app proves to the console that it is ours, POST brings buttons pressed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.common import log
from services.common.clock import Clock
from services.common.roster import Official
from services.notifier.adapters.once import Once
from services.notifier.channels.wecom_app.callback import (
    CallbackBox,
    CallbackRefused,
    Press,
    Seal,
    button_update,
    encrypted_in,
    press_in,
)
from services.notifier.domain.button_words import AFTER, Pressed
from services.notifier.service.buttons import Buttons

VIA = "wecom_app"
MAX_BODY_BYTES = 65_536
_log = log.get("callbacks")


class WecomCallbacks:
    """`wall` is real time: the vendor signs with it. What was carried out once is refused when brought again."""

    def __init__(
        self, box: CallbackBox, corp_id: str, buttons: Buttons, once: Once, wall: Clock
    ) -> None:
        self._box = box
        self._corp_id = corp_id
        self._buttons = buttons
        self._once = once
        self._wall = wall

    def routes(self) -> list[Route]:
        """One address, two methods."""
        return [
            Route("/callbacks/wecom_app", self.prove, methods=["GET"]),
            Route("/callbacks/wecom_app", self.take, methods=["POST"]),
        ]

    async def prove(self, request: Request) -> Response:
        """Give back what the vendor closed, opened."""
        try:
            seal = self._seal(request)
            return PlainTextResponse(self._box.open(seal, request.query_params.get("echostr", "")))
        except CallbackRefused as wrong:
            return _refused(wrong)

    async def take(self, request: Request) -> Response:
        """Act on a button; anything else is taken and left alone."""
        try:
            seal = self._seal(request)
            press = press_in(self._box.open(seal, encrypted_in(await _body(request))))
            if press is None:
                return PlainTextResponse("")
            return await self._press(seal, press)
        except CallbackRefused as wrong:
            return _refused(wrong)

    async def _press(self, seal: Seal, press: Press) -> Response:
        seen = f"wecom_app:{seal.signature}"
        if await self._once.is_done(seen):
            raise CallbackRefused("replayed")

        def is_presser(official: Official) -> bool:
            return bool(press.member) and official.wecom_id == press.member

        answer = await self._buttons.press(press.key, VIA, is_presser)
        if answer.pressed is Pressed.FORGED:
            raise CallbackRefused("forged_key")
        if answer.pressed is Pressed.LATER:
            # The vendor brings it again.
            return PlainTextResponse("", 503)
        await self._once.done(seen)
        shown = AFTER[answer.pressed][answer.language]
        update = button_update(press.member, self._corp_id, self._wall.now_ms() // 1000, shown)
        return Response(
            self._box.close(update, seal.timestamp, seal.nonce), media_type="application/xml"
        )

    def _seal(self, request: Request) -> Seal:
        given = request.query_params
        seal = Seal(
            given.get("msg_signature", ""), given.get("timestamp", ""), given.get("nonce", "")
        )
        if not seal.is_fresh(self._wall.now_ms()):
            raise CallbackRefused("stale")
        return seal


def _refused(wrong: CallbackRefused) -> Response:
    _log.warning("callback.refused", vendor=VIA, reason=str(wrong))
    return PlainTextResponse("", 403)


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise CallbackRefused("too_large")
    return body
