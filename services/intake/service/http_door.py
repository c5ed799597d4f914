"""The HTTP door: reports as JSON, the API's description, and a health page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from services.common.terms import Language
from services.intake.adapters.api_keys import ApiKeys
from services.intake.adapters.cloud_events import STRUCTURED, unwrap
from services.intake.adapters.json_text import read_batch, read_json, read_report
from services.intake.adapters.kafka_sender import KafkaAway, KafkaSender
from services.intake.domain.grants import Grant
from services.intake.domain.incoming import Incoming, Result, Status
from services.intake.domain.limits import MAX_BATCH_REPORTS, MAX_BODY_BYTES
from services.intake.domain.problems import Problem, Reason
from services.intake.domain.rulebook import Rulebook
from services.intake.service.accept import Accepter
from services.intake.service.answers import (
    RETRY_AFTER_S,
    as_json,
    batch_json,
    language_of,
    say,
)
from services.intake.service.api_page import openapi, page

_STATUS_OF = {
    Reason.RECORD_TOO_LARGE: 413,
    Reason.SCOPE_DENIED: 403,
    Reason.JURISDICTION_DENIED: 403,
    Reason.JSON_MALFORMED: 400,
    Reason.ENCODING_BROKEN: 400,
}


@dataclass(slots=True)
class _Refusal(Exception):
    """The request as a whole is refused."""

    status: int
    reason: str
    values: tuple[tuple[str, object], ...] = ()


class HttpDoor:
    """POST /v1/reports, GET /openapi.json, /docs and /healthz."""

    def __init__(self, accepter: Accepter, keys: ApiKeys, sender: KafkaSender) -> None:
        self._accepter = accepter
        self._keys = keys
        self._sender = sender

    def app(self, rules: Rulebook) -> Starlette:
        """The ASGI application."""
        description = openapi(rules)
        html = page(description)

        async def show_openapi(_: Request) -> Response:
            return JSONResponse(description)

        async def show_docs(_: Request) -> Response:
            return HTMLResponse(html)

        return Starlette(
            routes=[
                Route("/v1/reports", self._reports, methods=["POST"]),
                Route("/openapi.json", show_openapi),
                Route("/docs", show_docs),
                Route("/healthz", self._health),
            ]
        )

    async def _health(self, _: Request) -> Response:
        up = self._sender.connected
        return JSONResponse({"status": "serving" if up else "kafka.away"}, 200 if up else 503)

    async def _reports(self, request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        try:
            return await self._answer(request, language)
        except _Refusal as refusal:
            return _refused(refusal, language)
        except KafkaAway:
            away = _refused(_Refusal(503, "kafka.away"), language)
            away.headers["retry-after"] = str(RETRY_AFTER_S)
            return away

    async def _answer(self, request: Request, language: Language) -> Response:
        grant = self._grant(request)
        content_type = _content_type(request)
        body = await _body(request)
        if content_type == STRUCTURED:
            return await self._single(grant, unwrap({}, body).incoming, language)
        value = read_json(body)
        if isinstance(value, dict) and isinstance(value.get("reports"), list) and len(value) == 1:
            return await self._batch(grant, value["reports"], len(body), language)
        incoming = Incoming(None, value, body) if isinstance(value, Problem) else read_report(body)
        return await self._single(grant, incoming, language)

    async def _batch(
        self, grant: Grant, reports: list[object], size: int, language: Language
    ) -> Response:
        if len(reports) > MAX_BATCH_REPORTS:
            raise _Refusal(413, "batch.too_large", (("limit", MAX_BATCH_REPORTS),))
        results = await self._accepter.accept(grant, read_batch(reports, size))
        return JSONResponse(batch_json(results, language))

    async def _single(self, grant: Grant, incoming: Incoming, language: Language) -> Response:
        (result,) = await self._accepter.accept(grant, [incoming])
        return JSONResponse(as_json(result, language), _status(result))

    def _grant(self, request: Request) -> Grant:
        key = request.headers.get("x-api-key", "")
        grant = self._keys.grant_of(key) if key else None
        if grant is None:
            raise _Refusal(401, "key.unknown" if key else "key.missing")
        return grant


def _content_type(request: Request) -> str:
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    if kind.strip() not in ("application/json", STRUCTURED) or charset not in ("", "utf-8"):
        raise _Refusal(415, "content_type.unsupported")
    return kind.strip()


async def _body(request: Request) -> bytes:
    too_large = _Refusal(413, "body.too_large", (("limit", MAX_BODY_BYTES),))
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise too_large
    except ClientDisconnect:
        # Nobody is left to answer; half a body is no report.
        raise _Refusal(400, "body.incomplete") from None
    return b"".join(parts)


def _status(result: Result) -> int:
    if result.status is not Status.REJECTED:
        return 200
    return _STATUS_OF.get(result.problems[0].reason, 422)


def _refused(refusal: _Refusal, language: Language) -> JSONResponse:
    content: dict[str, Any] = {
        "status": "refused",
        "reason": refusal.reason,
        "message": say(refusal.reason, language, **dict(refusal.values)),
    }
    return JSONResponse(content, refusal.status)
