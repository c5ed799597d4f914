"""The one way channels speak HTTP: every outcome becomes an answer or a result, and no secret leaves in an error."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from services.notifier.domain.results import (
    Reason,
    SendResult,
    misconfigured,
    retry,
    unknown_outcome,
)

TIMEOUT_S = 5.0
# Below the 5 s after which common servers close an idle connection: a request must not meet a closing one.
_KEEP_ALIVE_S = 4.0
_POOL = 100
# Their INFO lines show whole URLs, and a robot's URL is its credential.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
# The request certainly never left.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Mapping[str, object]:
        """The body as a JSON object; empty when it is none."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def after_ms(self, header: str = "retry-after") -> int:
        """The wait the gateway asks for in whole seconds, in milliseconds."""
        value = self.headers.get(header, "")
        return int(value) * 1000 if value.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Call:
    """One request, ready to send."""

    method: str
    url: httpx.URL
    body: bytes = b""
    headers: Mapping[str, str] | None = None


def new_client(timeout_s: float = TIMEOUT_S) -> httpx.AsyncClient:
    """One client per channel: HTTP/1.1 connections kept open, no proxy from the surroundings."""
    limits = httpx.Limits(
        max_connections=_POOL, max_keepalive_connections=_POOL, keepalive_expiry=_KEEP_ALIVE_S
    )
    return httpx.AsyncClient(
        timeout=timeout_s, limits=limits, trust_env=False, follow_redirects=False
    )


async def exchange(client: httpx.AsyncClient, call: Call) -> Answer | SendResult:
    """Send; a network failure becomes a result that says whether the request may have arrived."""
    try:
        response = await client.request(
            call.method, call.url, content=call.body, headers=call.headers
        )
    except _NOT_SENT:
        return retry(Reason.UNREACHABLE)
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL):
        return misconfigured(Reason.UNREACHABLE)
    except httpx.TransportError:
        return unknown_outcome()
    except httpx.HTTPError:
        # An answer came and cannot be read: it may have been a yes.
        return unknown_outcome()
    return Answer(response.status_code, response.content, response.headers)


def base(url: str, path: str) -> httpx.URL:
    """A base URL, possibly with a path of its own, and a path below it."""
    return httpx.URL(url.rstrip("/") + path)


def json_bytes(content: Mapping[str, object]) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
