"""Huawei Cloud's two proofs of a request: SDK-HMAC-SHA256 over all of it, or a WSSE digest of the secret."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

ALGORITHM = "SDK-HMAC-SHA256"
CONTENT_TYPE = "application/x-www-form-urlencoded"
_SIGNED = "content-type;host;x-sdk-date"


def aksk_headers(url: str, body: bytes, key: tuple[str, str], now_ms: int) -> dict[str, str]:
    """All headers of a form posted to a URL without a query. key: application key and secret."""
    where = urlsplit(url)
    date = _at(now_ms).strftime("%Y%m%dT%H%M%SZ")
    lines = f"content-type:{CONTENT_TYPE}\nhost:{where.netloc}\nx-sdk-date:{date}\n"
    # The platform signs every path with a slash at its end.
    path = f"{quote(where.path, safe='/~').rstrip('/')}/"
    request = "\n".join(("POST", path, "", lines, _SIGNED, sha256(body).hexdigest()))
    text = f"{ALGORITHM}\n{date}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key[1].encode(), text.encode(), sha256).hexdigest()
    given = f"{ALGORITHM} Access={key[0]}, SignedHeaders={_SIGNED}, Signature={signature}"
    named = {"content-type": CONTENT_TYPE, "host": where.netloc, "x-sdk-date": date}
    return {**named, "authorization": given}


def wsse_headers(key: tuple[str, str], now_ms: int, nonce: str) -> dict[str, str]:
    """All headers in the older form; the nonce is used once. It does not cover the body: TLS has to."""
    created = _at(now_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = sha256(f"{nonce}{created}{key[1]}".encode()).hexdigest()
    proof = base64.b64encode(digest.encode()).decode()
    token = f'Username="{key[0]}",PasswordDigest="{proof}",Nonce="{nonce}",Created="{created}"'
    return {
        "content-type": CONTENT_TYPE,
        "authorization": 'WSSE realm="SDP",profile="UsernameToken",type="Appkey"',
        "x-wsse": f"UsernameToken {token}",
    }


def _at(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms // 1000, UTC)
