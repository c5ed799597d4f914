"""The phone page behind an acknowledgement link. Previews by IM robots only look: a POST acts.

That a person opened it is known from the picture in the page, which a preview does not load.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from aiokafka.errors import KafkaError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from services.common import log
from services.common.clock import Clock
from services.common.crypto import Keys
from services.common.terms import Language
from services.notifier.adapters.link_token import Link, TokenFault, read_token, write_token
from services.notifier.domain.acts import ActKind
from services.notifier.domain.notices import Notice
from services.notifier.domain.standing import Standing
from services.notifier.service.desk import Desk
from services.notifier.service.page_text import (
    DutyTexts,
    Entry,
    Kinds,
    Line,
    View,
    case_page,
    bundle_page,
    message_page,
    resolutions,
)

MAX_FORM_BYTES = 4096
VIA = "phone_page"
_DONE = {
    ActKind.ACKNOWLEDGE: Line.ACKNOWLEDGED,
    ActKind.VISIT: Line.VISITED,
    ActKind.RESOLVE: Line.RESOLVED,
    ActKind.FULFIL: Line.FULFILLED,
    ActKind.ASK_SUPPORT: Line.SUPPORT_ASKED,
}
# A picture of one transparent dot.
_DOT = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_AWAITS = Standing.AWAITS_ACKNOWLEDGEMENT
# The step changed since the message: said so, and nothing is handed in.
_MOVED_ON = {Standing.TAKEN_OVER: Line.TAKEN_OVER, Standing.CLOSED: Line.CLOSED}
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'",
}
_log = log.get("page")


class AckPage:
    """Everything a link can do."""

    def __init__(
        self, keys: Keys, desk: Desk, clock: Clock, duties: DutyTexts, kinds: Kinds
    ) -> None:
        self._duties = duties
        self._kinds = kinds
        self._keys = keys
        self._desk = desk
        self._clock = clock

    def routes(self) -> list[Route]:
        """One address, two methods."""
        return [
            Route("/a/{token}", self.look, methods=["GET"]),
            Route("/a/{token}", self.act, methods=["POST"]),
            Route("/a/{token}/seen", self.seen, methods=["GET"]),
        ]

    async def look(self, request: Request) -> Response:
        """Show the case."""
        notice = await self._notice(request)
        if isinstance(notice, Response):
            return notice
        if notice.parts:
            return await self._several(request, notice)
        standing = await self._desk.standing(notice)
        seen = f"{request.path_params['token']}/seen"
        moved_on = _MOVED_ON.get(standing)
        return self._case(request, View(notice, standing is not _AWAITS, moved_on, seen=seen))

    async def seen(self, request: Request) -> Response:
        """The picture of one dot: the recipient has opened the page, which is written down once."""
        notice = await self._notice(request)
        if isinstance(notice, Response):
            return notice
        try:
            await self._desk.hand_in(notice, ActKind.READ, VIA)
        except KafkaError as error:
            _log.warning("read.not_written", error=type(error).__name__)
            return Response(status_code=503, headers={"cache-control": "no-store"})
        return Response(_DOT, media_type="image/gif", headers={"cache-control": "no-store"})

    async def act(self, request: Request) -> Response:
        """Do what the button says, and show that it is done."""
        notice = await self._notice(request)
        if isinstance(notice, Response):
            return notice
        if notice.parts:
            # Each of its notices has a page of its own; there is nothing to do about all of them at once.
            return _html(message_page(Line.UNKNOWN_ACT), 400)
        form = await _form(request)
        kind = _kind(form.get("act", ActKind.ACKNOWLEDGE.value))
        how = form.get("how", "") if kind is ActKind.RESOLVE else ""
        duty_id = form.get("duty", "") if kind is ActKind.FULFIL else ""
        if (
            kind is None
            or (kind is ActKind.RESOLVE and how not in resolutions(notice, self._kinds))
            or (kind is ActKind.FULFIL and duty_id not in notice.duty_ids)
        ):
            return _html(message_page(Line.UNKNOWN_ACT), 400)
        moved_on = _MOVED_ON.get(await self._desk.standing(notice))
        if moved_on is not None:
            _log.info("act.stale", case_id=notice.case_id, act=kind.value)
            return self._case(request, View(notice, True, moved_on), 409)
        try:
            await self._desk.hand_in(notice, kind, VIA, how, duty_id)
        except KafkaError as error:
            _log.warning("act.not_written", error=type(error).__name__)
            return _html(message_page(Line.LATER), 503)
        return self._case(request, View(notice, True, _DONE[kind]))

    async def _several(self, request: Request, bundle: Notice) -> Response:
        """A bundle's page leads to the page of each of its notices; their links end when its own does."""
        own = read_token(self._keys, request.path_params["token"], self._clock.now_ms())
        assert isinstance(own, Link)
        entries = [
            Entry(
                told.notice,
                write_token(self._keys, Link(lane, told.notice.notice_id, own.expires_ms)),
                done=told.standing is not _AWAITS,
            )
            for lane, told in await self._desk.several(bundle.parts)
        ]
        return _html(bundle_page(entries, language_of(request)))

    def _case(self, request: Request, view: View, status: int = 200) -> Response:
        page = case_page(view, language_of(request), self._duties, self._kinds)
        return _html(page, status)

    async def _notice(self, request: Request) -> Notice | Response:
        link = read_token(self._keys, request.path_params["token"], self._clock.now_ms())
        if isinstance(link, TokenFault):
            _log.info("link.refused", reason=link.value)
            expired = link is TokenFault.EXPIRED
            return _html(
                message_page(Line.EXPIRED if expired else Line.FORGED), 410 if expired else 403
            )
        return await self._stored(link)

    async def _stored(self, link: Link) -> Notice | Response:
        """A genuine link whose notice is not there: Redis is being rebuilt from the log."""
        notice = await self._desk.notice(link.lane, link.notice_id)
        if notice is not None:
            return notice
        _log.warning("link.notice_missing", notice_id=link.notice_id)
        return _html(message_page(Line.LATER), 503)


def language_of(request: Request) -> Language:
    """?lang= first, then what the phone prefers; Chinese unless English is clearly wished."""
    wished = request.query_params.get("lang") or request.headers.get("accept-language", "zh")
    return Language.EN if wished.strip().lower().startswith("en") else Language.ZH


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return {"act": "too large"}
    fields = parse_qs(body.decode("utf-8", "replace"))
    return {name: values[-1] for name, values in fields.items()}


def _kind(value: str) -> ActKind | None:
    """What a button may order: opening the page is no button."""
    return ActKind(value) if value in {kind.value for kind in _DONE} else None


def _html(page: str, status: int = 200) -> Response:
    headers = {**_HEADERS, **({"retry-after": "60"} if status == 503 else {})}
    return HTMLResponse(page, status, headers)
