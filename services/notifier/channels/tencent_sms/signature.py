"""Tencent Cloud's TC3-HMAC-SHA256 signature of a JSON request."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from hashlib import sha256

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
_SERVICE = "sms"
_SIGNED = "content-type;host"


def authorization(host: str, body: bytes, key: tuple[str, str], now_s: int) -> str:
    """The Authorization header. key: secret id and secret key."""
    day = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{_SERVICE}/tc3_request"
    text = f"{ALGORITHM}\n{now_s}\n{scope}\n{_canonical(host, body)}"
    signature = hmac.new(_day_key(key[1], day), text.encode(), sha256).hexdigest()
    given = f"Credential={key[0]}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}"
    return f"{ALGORITHM} {given}"


def _canonical(host: str, body: bytes) -> str:
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host.lower()}\n"
    parts = ("POST", "/", "", headers, _SIGNED, sha256(body).hexdigest())
    return sha256("\n".join(parts).encode()).hexdigest()


def _day_key(secret: str, day: str) -> bytes:
    key = f"TC3{secret}".encode()
    for part in (day, _SERVICE, "tc3_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
