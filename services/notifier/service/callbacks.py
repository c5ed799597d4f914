"""The doors for SMS platforms: POST /callbacks/<vendor>/receipt and /callbacks/<vendor>/reply, guarded by a token."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.common import log
from services.notifier.adapters.sms_callbacks import VENDORS, CallbackWrong, Vendor
from services.notifier.service.receipts import ReceiptOutcome, Receipts
from services.notifier.service.replies import Replies

MAX_BODY_BYTES = 1024 * 1024
_log = log.get("callbacks")


class Callbacks:
    """`token` stands in the address given to the platform, as ?token=…; without one the doors stay shut."""

    def __init__(self, receipts: Receipts, replies: Replies, token: str) -> None:
        self._receipts = receipts
        self._replies = replies
        self._token = token

    def routes(self) -> list[Route]:
        """The addresses of all vendors."""
        return [
            Route("/callbacks/{vendor}/receipt", self.receipt, methods=["POST"]),
            Route("/callbacks/{vendor}/reply", self.reply, methods=["POST"]),
        ]

    async def receipt(self, request: Request) -> Response:
        """Receipts; an unknown message is asked for again, for its record may be on the way."""
        return await self._take(request, self._take_receipts)

    async def reply(self, request: Request) -> Response:
        """Replies; whatever they say, the platform need not push them again."""
        return await self._take(request, self._take_replies)

    async def _take(
        self, request: Request, act: Callable[[Vendor, Any], Awaitable[bool]]
    ) -> Response:
        vendor = VENDORS.get(request.path_params["vendor"])
        if vendor is None:
            return JSONResponse({"error": "unknown vendor"}, 404)
        given = request.query_params.get("token", "")
        if not self._token or not hmac.compare_digest(given.encode(), self._token.encode()):
            _log.warning("callback.refused", vendor=vendor.channel, reason="wrong_token")
            return JSONResponse({"error": "wrong token"}, 403)
        try:
            taken = await act(vendor, vendor.read(await _body(request)))
        except (CallbackWrong, KeyError, ValueError) as wrong:
            _log.warning("callback.refused", vendor=vendor.channel, reason=type(wrong).__name__)
            return JSONResponse({"error": "not in the vendor's form"}, 400)
        return (
            JSONResponse(vendor.taken) if taken else JSONResponse(vendor.again, vendor.again_status)
        )

    async def _take_receipts(self, vendor: Vendor, content: Any) -> bool:
        outcomes = await self._receipts.take(vendor.channel, vendor.receipts(content))
        return ReceiptOutcome.UNKNOWN_MESSAGE not in outcomes

    async def _take_replies(self, vendor: Vendor, content: Any) -> bool:
        for news in vendor.replies(content):
            await self._replies.take(vendor.channel, news)
        return True


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise CallbackWrong("too large")
    return body
