"""The simulated webhook receiver must answer 2xx only to what the shared secret vouches for."""

import hashlib
import hmac
import json
import time

import httpx
import pytest

from tests.simulators import credentials
from tests.simulators.client import Simulators
from tests.simulators.vendors.webhook import sign, signature_fault

GATEWAY = "webhook"
BODY = json.dumps({"notice_id": "notice-1", "text": "红色预警"}).encode()


def header(secret: str = credentials.WEBHOOK_SECRET, age: int = 0, body: bytes = BODY) -> str:
    """A signature header, written anew from the rule."""
    timestamp = int(time.time()) - age
    signed = f"{timestamp}.".encode() + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def send(http: httpx.Client, signature: str, body: bytes = BODY) -> httpx.Response:
    headers = {"X-Sanse-Signature": signature, "Content-Type": "application/json"}
    return http.post("/webhook/court", content=body, headers=headers)


def test_success(simulators: Simulators, http: httpx.Client) -> None:
    """A rightly signed body is 200 and is kept with its notice and its exact bytes."""
    assert send(http, header()).status_code == 200
    message = simulators.phone("court").expects("红色预警")
    assert (message.notice_id, message.raw.encode()) == ("notice-1", BODY)


def test_golden_signature() -> None:
    """The signature of a fixed body is the one openssl worked out."""
    golden = "437788355136dee10ba7ec19e8e6dddd83bb459a8865437ea9e454d281058174"
    assert sign("1600000000", b'{"text":"x"}', "golden") == golden
    assert signature_fault(f"t=1600000000,v1={golden}", b'{"text":"x"}', "golden", 1.6e9) == ""
    assert signature_fault(f"t=1600000000,v1={golden}", b'{"text":"y"}', "golden", 1.6e9) != ""


@pytest.mark.parametrize(
    "signature",
    ["", "t=1,v1=", header("other"), header(age=301), header(body=BODY + b" "), "v1=00"],
    ids=["none", "empty", "another secret", "too old", "another body", "no time"],
)
def test_wrong_signature(simulators: Simulators, http: httpx.Client, signature: str) -> None:
    """A missing, foreign, old or transplanted signature is 401 and nothing is kept."""
    assert send(http, signature).status_code == 401
    assert simulators.messages() == []


def test_throttled(simulators: Simulators, http: httpx.Client) -> None:
    """A throttling receiver answers 429 and says when to come back."""
    simulators.behave(GATEWAY, "throttle", "court")
    response = send(http, header())
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")


def test_gone(simulators: Simulators, http: httpx.Client) -> None:
    """A receiver that is no more answers 410."""
    simulators.behave(GATEWAY, "bad_address", "court")
    assert send(http, header()).status_code == 410
