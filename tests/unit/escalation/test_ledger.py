"""The chain of hashes: any change shows."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.escalation.domain.ledger import ChainVerdict, Link, chain_hash, verify_chain

bodies = st.lists(st.binary(max_size=20), min_size=1, max_size=8)


def chain(parts: list[bytes]) -> list[Link]:
    """A whole chain over these bodies."""
    links, head = [], b""
    for number, body in enumerate(parts, 1):
        fresh = chain_hash(head, body)
        links.append(Link("c", number, head, fresh, body))
        head = fresh
    return links


@given(bodies)
def test_whole_chain_is_whole(parts: list[bytes]) -> None:
    """What was sealed verifies."""
    assert verify_chain(chain(parts)) is ChainVerdict.WHOLE


@given(bodies, st.data())
def test_changed_entry_shows(parts: list[bytes], data: st.DataObject) -> None:
    """Another body under the same hash is found."""
    links = chain(parts)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = replace(links[at], body=links[at].body + b"x")

    assert verify_chain(links) is ChainVerdict.CHANGED_ENTRY


@given(bodies.filter(lambda parts: len(parts) > 1), st.data())
def test_rewritten_entry_breaks_the_link(parts: list[bytes], data: st.DataObject) -> None:
    """An entry rewritten with its own hash no longer carries the next one."""
    links = chain(parts)
    at = data.draw(st.integers(0, len(links) - 2))
    body = links[at].body + b"x"
    links[at] = replace(links[at], body=body, hash=chain_hash(links[at].prev_hash, body))

    assert verify_chain(links) is ChainVerdict.BROKEN_LINK


@given(bodies.filter(lambda parts: len(parts) > 1), st.data())
def test_missing_entry_shows(parts: list[bytes], data: st.DataObject) -> None:
    """An entry taken out of the middle leaves a gap."""
    links = chain(parts)
    del links[data.draw(st.integers(0, len(links) - 2))]

    assert verify_chain(links) is ChainVerdict.GAP_IN_SEQUENCE


def test_entry_of_another_case_shows() -> None:
    """A chain belongs to one case."""
    links = chain([b"a", b"b"])

    assert verify_chain([links[0], replace(links[1], case_id="d")]) is ChainVerdict.WRONG_CASE


def test_no_entry_is_no_chain() -> None:
    """An empty ledger proves nothing."""
    assert verify_chain([]) is ChainVerdict.EMPTY
