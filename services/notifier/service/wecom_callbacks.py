"""The door for WeCom: GET /callbacks/wecom_app proves to the console that it is ours, POST brings buttons pressed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.notifier.channels.callback import CallbackRefused, Press, Seal
from services.notifier.channels.wecom_app.callback import (
    CallbackBox,
    button_update,
    encrypted_in,
    press_in,
)
from services.notifier.service.im_callbacks import Presses, again, body_of, refused, shown_after

VIA = "wecom_app"


class WecomCallbacks:
    """What was carried out once is refused when brought again."""

    def __init__(self, box: CallbackBox, corp_id: str, presses: Presses) -> None:
        self._box = box
        self._corp_id = corp_id
        self._presses = presses

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
            return refused(VIA, wrong)

    async def take(self, request: Request) -> Response:
        """Act on a button; anything else is taken and left alone."""
        try:
            seal = self._seal(request)
            press = press_in(self._box.open(seal, encrypted_in(await body_of(request))))
            return PlainTextResponse("") if press is None else await self._press(seal, press)
        except CallbackRefused as wrong:
            return refused(VIA, wrong)

    async def _press(self, seal: Seal, press: Press) -> Response:
        answer = await self._presses.act(VIA, seal, press, lambda official: official.wecom_id)
        if answer is None:
            return again()
        now_s = self._presses.wall.now_ms() // 1000
        update = button_update(press.member, self._corp_id, now_s, shown_after(answer))
        closed = self._box.close(update, seal.timestamp, seal.nonce)
        return Response(closed, media_type="application/xml")

    def _seal(self, request: Request) -> Seal:
        given = request.query_params
        names = ("msg_signature", "timestamp", "nonce")
        return self._presses.check_fresh(Seal(*(given.get(name, "") for name in names)))
