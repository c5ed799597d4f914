"""What Aliyun's products share: the ACS3-HMAC-SHA256 signature, and the codes of the platform's front door."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

from services.notifier.channels.http import Call, base, host_of
from services.notifier.domain.results import (
    Reason,
    SendResult,
    misconfigured,
    retry,
    unknown_outcome,
)

ALGORITHM = "ACS3-HMAC-SHA256"
PLATFORM_VERDICTS: Mapping[str, SendResult] = {
    "IncompleteSignature": misconfigured(Reason.BAD_CREDENTIALS),
    "InvalidAccessKeyId.NotFound": misconfigured(Reason.BAD_CREDENTIALS),
    "InvalidTimeStamp.Expired": misconfigured(Reason.BAD_CREDENTIALS),
    "SignatureDoesNotMatch": misconfigured(Reason.BAD_CREDENTIALS),
    # The same nonce twice: a proxy repeated the request, so the first may have been sent.
    "SignatureNonceUsed": unknown_outcome(),
    "Throttling": retry(Reason.THROTTLED),
    "Throttling.User": retry(Reason.THROTTLED),
    "ServiceUnavailable": retry(Reason.GATEWAY_ERROR),
    "InternalError": retry(Reason.GATEWAY_ERROR),
}


@dataclass(frozen=True, slots=True)
class Api:
    """One product's API: where it is, its version, and the key. The URL may have a path of its own."""

    base_url: str
    version: str
    key_id: str
    secret: str = field(repr=False)

    def call(self, action: str, body: bytes, now_ms: int) -> Call:
        """A signed request with a form body, ready to send; now_ms: the present."""
        url = base(self.base_url, "/")
        parts = (host_of(url), action, self.version)
        headers = signed_headers(parts, body, (self.key_id, self.secret), (now_ms, uuid4().hex))
        return Call("POST", url, body, headers)


def signed_headers(
    call: tuple[str, str, str], body: bytes, key: tuple[str, str], stamp: tuple[int, str]
) -> dict[str, str]:
    """All headers of a request with a form body and no query.

    call: host, action and version; key: id and secret; stamp: present in ms and a nonce used once.
    """
    host, action, version = call
    now_ms, nonce = stamp
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": sha256(body).hexdigest(),
        "x-acs-date": datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
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
