"""Aliyun's ACS3-HMAC-SHA256 signature of a request with a form body and no query."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

ALGORITHM = "ACS3-HMAC-SHA256"
_VERSION = "2017-05-25"


def signed_headers(
    host: str, action: str, body: bytes, key: tuple[str, str], stamp: tuple[int, str]
) -> dict[str, str]:
    """All headers of a request. key: id and secret; stamp: present in ms and a nonce used once."""
    now_ms, nonce = stamp
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": sha256(body).hexdigest(),
        "x-acs-date": datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": _VERSION,
    }
    key_id, secret = key
    names = ";".join(sorted(headers))
    given = f"Credential={key_id},SignedHeaders={names},Signature={_signature(headers, secret)}"
    return {**headers, "authorization": f"{ALGORITHM} {given}"}


def _signature(headers: Mapping[str, str], secret: str) -> str:
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    parts = ("POST", "/", "", lines, ";".join(sorted(headers)), headers["x-acs-content-sha256"])
    canonical = sha256("\n".join(parts).encode()).hexdigest()
    return hmac.new(secret.encode(), f"{ALGORITHM}\n{canonical}".encode(), sha256).hexdigest()
