"""Tencent Cloud's TC3-HMAC-SHA256 request signature, checked from the server's side."""

import hashlib
import hmac
import re
import uuid
from datetime import UTC, datetime
from typing import Final

from tests.simulators import credentials
from tests.simulators.gateway import Inbound, Refusal

ALGORITHM: Final = "TC3-HMAC-SHA256"
SERVICE: Final = "sms"
TOLERANCE_SECONDS: Final = 300
MUST_BE_SIGNED: Final = ("content-type", "host")
AUTHORIZATION: Final = re.compile(
    rf"^{ALGORITHM} Credential=(?P<id>[^/]+)/(?P<scope>\d{{4}}-\d\d-\d\d/\w+/tc3_request), *"
    r"SignedHeaders=(?P<signed>[^,]+), *Signature=(?P<signature>[0-9a-f]{64})$"
)


def verify(inbound: Inbound, service: str = SERVICE) -> Refusal | None:
    """The vendor's refusal, or nothing when the request may pass."""
    found = AUTHORIZATION.match(inbound.headers.get("authorization", ""))
    if found is None:
        return refusal("AuthFailure.InvalidAuthorization", "The authorization header is malformed.")
    if found["id"] != credentials.TENCENT_SECRET_ID:
        return refusal("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
    timestamp = inbound.headers.get("x-tc-timestamp", "")
    if not timestamp.isdigit() or abs(int(timestamp) - inbound.now) > TOLERANCE_SECONDS:
        return refusal("AuthFailure.SignatureExpire", "The signature has expired.")
    day = datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%d")
    signed = found["signed"].split(";")
    whole = all(name in signed and name in inbound.headers for name in MUST_BE_SIGNED)
    scoped = found["scope"] == f"{day}/{service}/tc3_request"
    place = day, service
    if not whole or not scoped or not _matches(inbound, signed, place, found["signature"]):
        said = "The provided credentials could not be validated. Check the signature."
        return refusal("AuthFailure.SignatureFailure", said)
    return None


def refusal(code: str, message: str) -> Refusal:
    """An error object in the body of an HTTP 200."""
    error = {"Code": code, "Message": message}
    return Refusal({"Response": {"Error": error, "RequestId": str(uuid.uuid4())}})


def signature(inbound: Inbound, signed: list[str], place: tuple[str, str], secret: str) -> str:
    """The signature a request ought to carry. place: day and service."""
    day, service = place
    canonical = "\n".join(
        [
            inbound.method,
            "/",
            inbound.query_string,
            "".join(f"{name}:{inbound.headers[name].strip().lower()}\n" for name in signed),
            ";".join(signed),
            hashlib.sha256(inbound.body).hexdigest(),
        ]
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    scope = f"{day}/{service}/tc3_request"
    text = f"{ALGORITHM}\n{inbound.headers['x-tc-timestamp']}\n{scope}\n{hashed}"
    return hmac.new(signing_key(secret, day, service), text.encode(), hashlib.sha256).hexdigest()


def signing_key(secret: str, day: str, service: str) -> bytes:
    """The key derived for one day and one service."""
    key = f"TC3{secret}".encode()
    for step in (day, service, "tc3_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key


def _matches(inbound: Inbound, signed: list[str], place: tuple[str, str], given: str) -> bool:
    if any(name not in inbound.headers for name in signed):
        return False
    wanted = signature(inbound, signed, place, credentials.TENCENT_SECRET_KEY)
    return hmac.compare_digest(wanted, given)
