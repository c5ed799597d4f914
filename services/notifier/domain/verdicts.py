"""From a gateway's answer to a result: one table of HTTP statuses for all channels, and each vendor's own codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.notifier.domain.results import (
    Reason,
    SendResult,
    SendStatus,
    give_up,
    misconfigured,
    retry,
    unknown_outcome,
)

_SUCCESS = frozenset({SendStatus.ACCEPTED, SendStatus.DELIVERED})
_BY_STATUS: Mapping[int, SendResult] = {
    401: misconfigured(Reason.BAD_CREDENTIALS),
    403: misconfigured(Reason.BAD_CREDENTIALS),
    404: misconfigured(Reason.REFUSED),
    405: misconfigured(Reason.REFUSED),
    408: retry(Reason.GATEWAY_ERROR),
    410: give_up(Reason.BAD_ADDRESS),
    413: give_up(Reason.TOO_LONG),
    425: retry(Reason.THROTTLED),
    429: retry(Reason.THROTTLED),
    # A gateway in front gave up waiting: the one behind it may have sent.
    504: unknown_outcome(),
}


def from_http(status: int, after_ms: int = 0) -> SendResult | None:
    """What an HTTP status alone says; None for 2xx: then the body decides."""
    if 200 <= status < 300:
        return None
    if status in _BY_STATUS:
        found = _BY_STATUS[status]
    elif status >= 500:
        found = retry(Reason.GATEWAY_ERROR)
    elif status >= 400:
        found = give_up(Reason.REFUSED)
    else:
        # A redirect: the base URL is wrong, and following it would leak the message.
        found = misconfigured(Reason.REFUSED)
    wait = after_ms if found.status is SendStatus.RETRY else 0
    return replace(found, after_ms=wait, provider_code=str(status))


def judge(
    status: int, code: str | None, verdicts: Mapping[str, SendResult], after_ms: int = 0
) -> SendResult:
    """The vendor's own code first, then the HTTP status; anything unknown is a loud failure."""
    by_status = from_http(status, after_ms)
    verdict = verdicts.get(code) if code is not None else None
    if verdict is not None and (by_status is None or verdict.status not in _SUCCESS):
        wait = max(verdict.after_ms, after_ms if verdict.status is SendStatus.RETRY else 0)
        return replace(verdict, provider_code=code or "", after_ms=wait)
    if by_status is not None:
        return replace(by_status, provider_code=code or str(status))
    return replace(misconfigured(Reason.UNKNOWN_CODE), provider_code=code or "no code in the body")
