"""The token of an acknowledgement link."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.common.crypto import Keys
from services.notifier.adapters.link_token import (
    TOKEN_LETTERS,
    Link,
    TokenFault,
    read_token,
    write_token,
)

KEYS = Keys("5a" * 32)
links = st.builds(
    Link,
    lane=st.integers(0, 255),
    notice_id=st.binary(min_size=16, max_size=16).map(lambda raw: str(UUID(bytes=raw))),
    expires_ms=st.integers(1, 4_000_000_000).map(lambda seconds: seconds * 1000),
)


@given(links)
def test_a_token_opens_its_link_until_it_expires(link: Link) -> None:
    """What was written is read, up to the last moment and not after."""
    token = write_token(KEYS, link)
    assert read_token(KEYS, token, link.expires_ms - 1) == link
    assert read_token(KEYS, token, link.expires_ms) is TokenFault.EXPIRED


@given(links)
def test_a_token_is_short_and_fit_for_an_address(link: Link) -> None:
    """50 letters that need no encoding, the same for the same link."""
    token = write_token(KEYS, link)
    assert len(token) == TOKEN_LETTERS == 50
    assert all(letter.isalnum() or letter in "-_" for letter in token)
    assert token == write_token(KEYS, link)


@given(links, st.integers(0, TOKEN_LETTERS - 2), st.sampled_from("AQgw-_09"))
def test_a_changed_token_opens_nothing(link: Link, place: int, letter: str) -> None:
    """Any other letter anywhere makes it forged (the last one carries two unused bits)."""
    token = write_token(KEYS, link)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        assert read_token(KEYS, changed, 0) is TokenFault.FORGED


@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    """Whatever is typed after /a/ is forged, never an error."""
    assert read_token(KEYS, text, 0) is TokenFault.FORGED


@given(links)
def test_another_key_opens_nothing(link: Link) -> None:
    """A token of another deployment is forged here."""
    assert read_token(Keys("a5" * 32), write_token(KEYS, link), 0) is TokenFault.FORGED
