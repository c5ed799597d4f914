"""The door for Feishu: POST /callbacks/feishu_app answers the console's challenge and brings buttons pressed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.common.roster import Official
from services.notifier.channels.callback import CallbackRefused, Press, Seal
from services.notifier.channels.feishu_app.callback import CallbackBox
from services.notifier.channels.feishu_app.codec import callback_answer, pressed_card
from services.notifier.service.im_callbacks import Presses, again, body_of, refused, shown_after

VIA = "feishu_app"
_HEADERS = ("x-lark-signature", "x-lark-request-timestamp", "x-lark-request-nonce")


class FeishuCallbacks:
    """What was carried out once is refused when brought again. id_type: which of a person's ids the roster holds."""

    def __init__(self, box: CallbackBox, id_type: str, presses: Presses) -> None:
        self._box = box
        self._id_type = id_type
        self._presses = presses

    def routes(self) -> list[Route]:
        """One address."""
        return [Route("/callbacks/feishu_app", self.take, methods=["POST"])]

    async def take(self, request: Request) -> Response:
        """Answer the challenge, or act on a button; anything else is taken and left alone."""
        try:
            body = await body_of(request)
            challenge = self._box.challenge(body)
            if challenge is not None:
                return JSONResponse({"challenge": challenge})
            seal = Seal(*(request.headers.get(name, "") for name in _HEADERS))
            press = self._box.press(self._presses.check_fresh(seal), body, self._id_type)
            return JSONResponse({}) if press is None else await self._press(seal, press)
        except CallbackRefused as wrong:
            return refused(VIA, wrong)

    async def _press(self, seal: Seal, press: Press) -> Response:
        answer = await self._presses.act(VIA, seal, press, _id_of)
        if answer is None:
            return again()
        shown = shown_after(answer)
        said = callback_answer(shown, pressed_card(shown, answer.case_nos))
        return Response(said, media_type="application/json")


def _id_of(official: Official) -> str:
    return official.feishu_id
