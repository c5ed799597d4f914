"""The phone page behind an acknowledgement link. Previews by IM robots only look: a POST acts.

That a person opened it is known from the picture in the page, which a preview does not load.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiokafka.errors import KafkaError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from services.common import log
from services.common.clock import Clock
from services.common.crypto import Keys
from services.common.terms import Language
from services.notifier.adapters.codec import sealed_bytes
from services.notifier.adapters.form_reader import FormWrong, Posted, read_form
from services.notifier.adapters.link_token import Link, TokenFault, read_token, write_token
from services.notifier.domain.acts import NO_EVIDENCE, ActKind, EvidenceGiven
from services.notifier.domain.notices import Notice
from services.notifier.domain.standing import CaseView, Standing
from services.notifier.service.desk import Desk
from services.notifier.service.obligation_page import (
    DOCUMENT,
    RETURNS,
    WORDS_MOST,
    Kinds,
    decides,
    kind_of,
    papers,
)
from services.notifier.service.page_text import (
    DutyTexts,
    Entry,
    Line,
    View,
    bundle_page,
    case_page,
    message_page,
    resolutions,
)

VIA = "phone_page"
_DONE = {
    ActKind.ACKNOWLEDGE: Line.ACKNOWLEDGED,
    ActKind.VISIT: Line.VISITED,
    ActKind.RESOLVE: Line.RESOLVED,
    ActKind.FULFIL: Line.FULFILLED,
    ActKind.ASK_SUPPORT: Line.SUPPORT_ASKED,
    ActKind.EVIDENCE: Line.EVIDENCE_TAKEN,
    ActKind.APPROVE_CLOSING: Line.CLOSING_APPROVED,
    ActKind.RETURN_CLOSING: Line.CLOSING_RETURNED,
}
_PURPOSE = "evidence"
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form orders, checked."""

    kind: ActKind
    how: str = ""
    duty_id: str = ""
    given: EvidenceGiven = NO_EVIDENCE


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
        standing, case = await self._desk.seen(notice)
        seen = f"{request.path_params['token']}/seen"
        moved_on = _MOVED_ON.get(standing)
        return self._case(request, View(notice, standing is not _AWAITS, moved_on, seen, case))

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
        try:
            form = await read_form(request)
        except FormWrong as wrong:
            _log.info("form.refused", reason=str(wrong))
            return _html(message_page(Line.FORM_WRONG), 413)
        standing, case = await self._desk.seen(notice)
        asked = self._asked(notice, form, case)
        if isinstance(asked, Line):
            return _html(message_page(asked), 409 if asked is Line.NOTHING_WAITS else 400)
        moved_on = _MOVED_ON.get(standing)
        if moved_on is not None:
            _log.info("act.stale", case_id=notice.case_id, act=asked.kind.value)
            return self._case(request, View(notice, True, moved_on), 409)
        try:
            await self._desk.hand_in(
                notice, asked.kind, VIA, asked.how, asked.duty_id, given=asked.given
            )
        except KafkaError as error:
            _log.warning("act.not_written", error=type(error).__name__)
            return _html(message_page(Line.LATER), 503)
        return self._case(request, View(notice, True, _DONE[asked.kind], case=case))

    def _asked(self, notice: Notice, form: Posted, case: CaseView | None) -> _Asked | Line:
        """What the form orders; a line that says what is wrong with it."""
        kind = _kind(form.fields.get("act", ActKind.ACKNOWLEDGE.value))
        how, duty_id = form.fields.get("how", ""), form.fields.get("duty", "")
        match kind:
            case ActKind.RESOLVE:
                known = how in resolutions(notice, self._kinds, case)
                return _Asked(kind, how) if known else Line.UNKNOWN_ACT
            case ActKind.FULFIL:
                known = duty_id in notice.duty_ids
                return _Asked(kind, duty_id=duty_id) if known else Line.UNKNOWN_ACT
            case ActKind.EVIDENCE:
                return self._evidence(notice, form)
            case ActKind.APPROVE_CLOSING | ActKind.RETURN_CLOSING:
                return _decision(kind, notice, how, case)
        return _Asked(kind) if kind is not None else Line.UNKNOWN_ACT

    def _evidence(self, notice: Notice, form: Posted) -> _Asked | Line:
        """The hash of a file, or words, sealed for who may read them; a document is always a file."""
        kind, named = kind_of(notice, self._kinds), form.fields.get("evidence", "")
        if kind is None or named not in papers(kind):
            return Line.UNKNOWN_ACT
        digest = form.files.get("file", b"")
        words = "" if named == DOCUMENT else form.fields.get("words", "").strip()
        if not (digest or words) or len(words) > WORDS_MOST:
            return Line.EVIDENCE_EMPTY
        sealed = b""
        if words:
            sealed = sealed_bytes(self._keys.seal(_PURPOSE, notice.subject_id, words))
        mark = self._keys.sign(b"|".join((named.encode(), digest, words.encode())))
        return _Asked(ActKind.EVIDENCE, given=EvidenceGiven(named, mark, digest, sealed))

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


def _decision(kind: ActKind, notice: Notice, how: str, case: CaseView | None) -> _Asked | Line:
    """A second person's decision, on the closing that the message told of and no other."""
    if kind is ActKind.RETURN_CLOSING and how not in RETURNS:
        return Line.UNKNOWN_ACT
    if not decides(notice, case):
        return Line.NOTHING_WAITS
    return _Asked(kind, how if kind is ActKind.RETURN_CLOSING else "")


def _kind(value: str) -> ActKind | None:
    """What a button may order: opening the page is no button."""
    return ActKind(value) if value in {kind.value for kind in _DONE} else None


def _html(page: str, status: int = 200) -> Response:
    headers = {**_HEADERS, **({"retry-after": "60"} if status == 503 else {})}
    return HTMLResponse(page, status, headers)
