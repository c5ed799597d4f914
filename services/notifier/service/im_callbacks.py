"""What the doors of IM applications share: a callback is sealed, fresh, acted on once, and answered or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.common import log
from services.common.clock import Clock
from services.common.duty.person_rules import devices
from services.common.roster import Official
from services.notifier.adapters.once import Once
from services.notifier.channels.callback import CallbackRefused, Press, Seal
from services.notifier.domain.button_words import AFTER, Pressed
from services.notifier.service.buttons import Answer, Buttons

MAX_BODY_BYTES = 65_536
_log = log.get("callbacks")


@dataclass(frozen=True, slots=True)
class Presses:
    """Carries out what a sealed callback says. `wall` is real time: the vendors sign with it."""

    buttons: Buttons
    once: Once
    wall: Clock

    def check_fresh(self, seal: Seal) -> Seal:
        """The seal; CallbackRefused when it is older than a vendor's retries."""
        if not seal.is_fresh(self.wall.now_ms()):
            raise CallbackRefused("stale")
        return seal

    async def act(
        self, via: str, seal: Seal, press: Press, id_of: Callable[[Official], str]
    ) -> Answer | None:
        """Acknowledge, once per callback; None when it cannot be written now, and must be brought again."""
        seen = f"{via}:{seal.signature}"
        if await self.once.is_done(seen):
            raise CallbackRefused("replayed")

        def is_presser(official: Official) -> bool:
            return press.member in devices(id_of(official))

        answer = await self.buttons.press(press.key, via, is_presser)
        if answer.pressed is Pressed.FORGED:
            raise CallbackRefused("forged_key")
        if answer.pressed is Pressed.LATER:
            return None
        await self.once.done(seen)
        return answer


def shown_after(answer: Answer) -> str:
    """What the card says once its button was pressed."""
    return AFTER[answer.pressed][answer.language]


def refused(via: str, wrong: CallbackRefused) -> Response:
    """The same to every stranger; only our log knows why."""
    _log.warning("callback.refused", vendor=via, reason=str(wrong))
    return PlainTextResponse("", 403)


def again() -> Response:
    """The vendor brings it again."""
    return PlainTextResponse("", 503)


async def body_of(request: Request) -> bytes:
    """The body; CallbackRefused when it is larger than any callback."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise CallbackRefused("too_large")
    return body
