"""Aliyun's ACS3-HMAC-SHA256 request signature, checked from the server's side."""

import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, quote

from tests.simulators import credentials
from tests.simulators.gateway import Inbound, Refusal

ALGORITHM: Final = "ACS3-HMAC-SHA256"
TOLERANCE_SECONDS: Final = 900
NONCES_KEPT: Final = 100_000
AUTHORIZATION: Final = re.compile(
    rf"^{ALGORITHM} Credential=(?P<key>[^,]+), *SignedHeaders=(?P<signed>[^,]+), *"
    r"Signature=(?P<signature>[0-9a-f]{64})$"
)
MUST_BE_SIGNED: Final = (
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)


@dataclass(slots=True)
class Acs3:
    """A verifier that also remembers the nonces it has seen."""

    _nonces: dict[str, None] = field(default_factory=dict)

    def verify(self, inbound: Inbound) -> Refusal | None:
        """The vendor's refusal, or nothing when the request may pass."""
        found = AUTHORIZATION.match(inbound.headers.get("authorization", ""))
        if found is None:
            return self.refusal(400, "IncompleteSignature", "The request signature is incomplete.")
        signed = found["signed"].split(";")
        if any(name not in signed or name not in inbound.headers for name in MUST_BE_SIGNED):
            return self.refusal(400, "IncompleteSignature", "A required header is not signed.")
        if found["key"] != credentials.ALIYUN_KEY_ID:
            said = "Specified access key is not found."
            return self.refusal(404, "InvalidAccessKeyId.NotFound", said)
        return self._verify_time(inbound) or self._verify_signature(inbound, found)

    @staticmethod
    def refusal(status: int, code: str, message: str) -> Refusal:
        """A refusal by the platform's front door, with a real HTTP status."""
        request = str(uuid.uuid4()).upper()
        said = {"Code": code, "Message": message, "RequestId": request}
        more = f"https://api.aliyun.com/troubleshoot?q={code}&product=Dysmsapi&requestId={request}"
        return Refusal({**said, "HostId": "dysmsapi.aliyuncs.com", "Recommend": more}, status)

    def _verify_time(self, inbound: Inbound) -> Refusal | None:
        try:
            given = datetime.strptime(inbound.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%S%z")
        except ValueError:
            said = "Specified time stamp or date value is not well formatted."
            return self.refusal(400, "InvalidTimeStamp.Format", said)
        if abs(given.timestamp() - inbound.now) > TOLERANCE_SECONDS:
            return self.refusal(400, "InvalidTimeStamp.Expired", "Specified time stamp is expired.")
        return None

    def _verify_signature(self, inbound: Inbound, found: re.Match[str]) -> Refusal | None:
        body_hash = hashlib.sha256(inbound.body).hexdigest()
        wanted = signature(
            inbound, found["signed"].split(";"), body_hash, credentials.ALIYUN_KEY_SECRET
        )
        honest_body = inbound.headers["x-acs-content-sha256"] == body_hash
        if not honest_body or not hmac.compare_digest(wanted, found["signature"]):
            said = "Specified signature is not matched with our calculation."
            return self.refusal(400, "SignatureDoesNotMatch", said)
        return self._spend(inbound.headers["x-acs-signature-nonce"])

    def _spend(self, nonce: str) -> Refusal | None:
        if nonce in self._nonces:
            said = "Specified signature nonce was used already."
            return self.refusal(400, "SignatureNonceUsed", said)
        self._nonces[nonce] = None
        if len(self._nonces) > NONCES_KEPT:
            del self._nonces[next(iter(self._nonces))]
        return None


def signature(inbound: Inbound, signed: list[str], body_hash: str, secret: str) -> str:
    """The signature a request ought to carry."""
    canonical = "\n".join(
        [
            inbound.method,
            inbound.path,
            canonical_query(inbound.query_string),
            "".join(f"{name}:{_header(inbound.headers, name)}\n" for name in signed),
            ";".join(signed),
            body_hash,
        ]
    )
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def canonical_query(query_string: str) -> str:
    """The query in name order, each side encoded by RFC 3986."""
    pairs = sorted(parse_qsl(query_string, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").strip()
