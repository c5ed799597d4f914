"""Laws of the mask: no phone number, identity number, e-mail or secret is ever written to a log."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common import log
from services.common.log import MASK, mask_personal, masked

# Around a number only what is no digit, or the number would be another.
_AROUND = st.text(st.characters(exclude_categories=("N", "L")), max_size=8)
_MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
_IDENTITY = st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True)
_EMAIL = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}[.]cn", fullmatch=True)


@given(_AROUND, st.one_of(_MOBILE, _IDENTITY, _EMAIL), _AROUND)
def test_no_personal_number_passes(before: str, personal: str, after: str) -> None:
    """Wherever in a text it stands."""
    assert personal not in masked(f"{before} {personal} {after}")


@given(st.sampled_from(["key", "access_token", "sign", "secret", "token"]), st.uuids())
def test_no_secret_of_an_address_passes(name: str, secret: object) -> None:
    """Keys and tokens in URLs are cut out, what stands around them stays."""
    text = masked(f"https://gateway.example/send?{name}={secret}&debug=1")
    assert str(secret) not in text
    assert text.endswith("&debug=1")


@pytest.mark.parametrize(
    "key", ["mobile", "name", "address", "narrative", "wecom_id", "dingtalk_id", "feishu_id"]
)
def test_personal_fields_are_masked_whatever_they_hold(key: str) -> None:
    """Some fields are personal by their name."""
    assert mask_personal(None, "info", {key: "abc", "case_id": "7"}) == {key: MASK, "case_id": "7"}


def test_ordinary_texts_stay() -> None:
    """Codes, ids and numbers of cases are readable."""
    for text in ("532301-7K3M9Q", "532301001001003", "0189bed8-d33f-5ae7-a98e-c2c1ecd8559f"):
        assert masked(text) == text


def test_a_redirected_stderr_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A logger used while standard error was redirected writes on when that stream is closed."""
    logger = log.get("redirected")
    before, after = StringIO(), StringIO()
    monkeypatch.setattr(sys, "stderr", before)
    log.configure("test")
    logger.warning("first")
    before.close()
    monkeypatch.setattr(sys, "stderr", after)
    logger.warning("second")
    assert "second" in after.getvalue()
