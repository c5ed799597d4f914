"""What the two clouds refuse although the secret is right: old, replayed and half-signed requests."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.simulators import credentials
from tests.simulators.gateway import Inbound, Refusal
from tests.simulators.vendors import aliyun_acs3, tencent_tc3

SENT_AT = 1600000000.0  # 2020-09-13T12:26:40Z
EMPTY = hashlib.sha256(b"").hexdigest()
ACS3_HEADERS = {
    "host": "dysmsapi.aliyuncs.com",
    "x-acs-action": "SendSms",
    "x-acs-content-sha256": EMPTY,
    "x-acs-date": "2020-09-13T12:26:40Z",
    "x-acs-signature-nonce": "nonce-1",
    "x-acs-version": "2017-05-25",
}
TC3_HEADERS = {
    "content-type": "application/json",
    "host": "sms.tencentcloudapi.com",
    "x-tc-timestamp": "1600000000",
}


def acs3(left_out: str = "", now: float = SENT_AT, changed: Mapping[str, str] = {}) -> Inbound:
    """A request signed with the right secret, over all headers but one."""
    headers = {**ACS3_HEADERS, **changed}
    inbound = Inbound("POST", "/", "", headers, b"", now)
    signed = [name for name in sorted(headers) if name != left_out]
    found = aliyun_acs3.signature(inbound, signed, EMPTY, credentials.ALIYUN_KEY_SECRET)
    value = (
        f"ACS3-HMAC-SHA256 Credential={credentials.ALIYUN_KEY_ID},"
        f"SignedHeaders={';'.join(signed)},Signature={found}"
    )
    return replace(inbound, headers={**headers, "authorization": value})


def tc3(signed: tuple[str, ...] = ("content-type", "host"), now: float = SENT_AT) -> Inbound:
    """A request signed with the right secret, over the headers named."""
    inbound = Inbound("POST", "/", "", TC3_HEADERS, b"{}", now)
    key = credentials.TENCENT_SECRET_KEY
    found = tencent_tc3.signature(inbound, list(signed), ("2020-09-13", "sms"), key)
    value = (
        f"TC3-HMAC-SHA256 Credential={credentials.TENCENT_SECRET_ID}/2020-09-13/sms/tc3_request, "
        f"SignedHeaders={';'.join(signed)}, Signature={found}"
    )
    return replace(inbound, headers={**TC3_HEADERS, "authorization": value})


def code_of(refused: Refusal | None) -> object:
    if refused is None:
        return "passed"
    inner = refused.body.get("Response")
    return inner["Error"]["Code"] if isinstance(inner, dict) else refused.body["Code"]


@pytest.mark.parametrize(("late", "code"), [(899, "passed"), (901, "InvalidTimeStamp.Expired")])
def test_aliyun_time(late: int, code: str) -> None:
    """Aliyun takes a request for a quarter of an hour."""
    assert code_of(aliyun_acs3.Acs3().verify(acs3(now=SENT_AT + late))) == code


def test_aliyun_nonce() -> None:
    """Aliyun takes a nonce once; a retry needs a fresh one."""
    gate = aliyun_acs3.Acs3()
    assert code_of(gate.verify(acs3())) == "passed"
    assert code_of(gate.verify(acs3())) == "SignatureNonceUsed"
    assert code_of(gate.verify(acs3(changed={"x-acs-signature-nonce": "nonce-2"}))) == "passed"


@pytest.mark.parametrize("name", sorted(ACS3_HEADERS))
def test_aliyun_every_header_counts(name: str) -> None:
    """Aliyun refuses a request that leaves one of its headers unsigned."""
    assert code_of(aliyun_acs3.Acs3().verify(acs3(left_out=name))) == "IncompleteSignature"


def test_aliyun_body_is_covered() -> None:
    """Aliyun refuses a body other than the one that was hashed, though the header is signed."""
    swapped = replace(acs3(), body=b"PhoneNumbers=13900000009")
    assert code_of(aliyun_acs3.Acs3().verify(swapped)) == "SignatureDoesNotMatch"


def test_aliyun_hash_must_be_honest() -> None:
    """Aliyun refuses a header that claims another body than the one that came and was signed."""
    lying = acs3(changed={"x-acs-content-sha256": "0" * 64})
    assert code_of(aliyun_acs3.Acs3().verify(lying)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(("late", "code"), [(299, "passed"), (301, "AuthFailure.SignatureExpire")])
def test_tencent_time(late: int, code: str) -> None:
    """Tencent takes a request for five minutes."""
    assert code_of(tencent_tc3.verify(tc3(now=SENT_AT + late))) == code


def test_tencent_host_counts() -> None:
    """Tencent refuses a request that leaves the host unsigned."""
    refused = tencent_tc3.verify(tc3(signed=("content-type",)))
    assert code_of(refused) == "AuthFailure.SignatureFailure"


def test_tencent_body_is_covered() -> None:
    """Tencent refuses a body other than the one that was signed."""
    swapped = replace(tc3(), body=b'{"a": 1}')
    assert code_of(tencent_tc3.verify(swapped)) == "AuthFailure.SignatureFailure"
