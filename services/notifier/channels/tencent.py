"""What Tencent Cloud's products share: the TC3-HMAC-SHA256 signature, and the codes of its front door."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from services.notifier.channels.http import Call, base, host_of
from services.notifier.domain.results import Reason, SendResult, misconfigured, retry

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
_SIGNED = "content-type;host"
PLATFORM_VERDICTS: Mapping[str, SendResult] = {
    "AuthFailure.InvalidAuthorization": misconfigured(Reason.BAD_CREDENTIALS),
    "AuthFailure.SecretIdNotFound": misconfigured(Reason.BAD_CREDENTIALS),
    "AuthFailure.SignatureExpire": misconfigured(Reason.BAD_CREDENTIALS),
    "AuthFailure.SignatureFailure": misconfigured(Reason.BAD_CREDENTIALS),
    "RequestLimitExceeded": retry(Reason.THROTTLED),
    "InternalError": retry(Reason.GATEWAY_ERROR),
}


@dataclass(frozen=True, slots=True)
class Api:
    """One product's API: where it is, its name in signatures, its version and region, and the key."""

    base_url: str
    service: str
    version: str
    region: str
    secret_id: str
    secret_key: str = field(repr=False)

    def call(self, action: str, body: bytes, now_ms: int) -> Call:
        """A signed request with a JSON body, ready to send; now_ms: the present."""
        url, now_s = base(self.base_url, "/"), now_ms // 1000
        host, key = host_of(url), (self.secret_id, self.secret_key)
        headers = {
            "authorization": authorization((host, self.service), body, key, now_s),
            "content-type": CONTENT_TYPE,
            "host": host,
            "x-tc-action": action,
            "x-tc-version": self.version,
            "x-tc-region": self.region,
            "x-tc-timestamp": str(now_s),
        }
        return Call("POST", url, body, headers)


def authorization(place: tuple[str, str], body: bytes, key: tuple[str, str], now_s: int) -> str:
    """The Authorization header. place: host and service; key: secret id and secret key."""
    host, service = place
    day = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    text = f"{ALGORITHM}\n{now_s}\n{scope}\n{_canonical(host, body)}"
    signature = hmac.new(_day_key(key[1], day, service), text.encode(), sha256).hexdigest()
    given = f"Credential={key[0]}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}"
    return f"{ALGORITHM} {given}"


def international(mobile: str) -> str:
    """A number as the platform wants it: with its country's code, China's when it has none."""
    return mobile if mobile.startswith("+") else f"+86{mobile}"


def part(value: object) -> Mapping[str, object]:
    """A nested object of an answer, empty when it is none."""
    return value if isinstance(value, dict) else {}


def _canonical(host: str, body: bytes) -> str:
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host.lower()}\n"
    parts = ("POST", "/", "", headers, _SIGNED, sha256(body).hexdigest())
    return sha256("\n".join(parts).encode()).hexdigest()


def _day_key(secret: str, day: str, service: str) -> bytes:
    key = f"TC3{secret}".encode()
    for step in (day, service, "tc3_request"):
        key = hmac.new(key, step.encode(), sha256).digest()
    return key
