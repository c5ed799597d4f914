"""The chain of hashes that makes a changed, lost or inserted entry of an append-only record visible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


class ChainVerdict(StrEnum):
    """What checking a chain found first."""

    WHOLE = "whole"
    EMPTY = "empty"
    GAP_IN_SEQUENCE = "gap_in_sequence"
    WRONG_CASE = "wrong_case"
    BROKEN_LINK = "broken_link"
    CHANGED_ENTRY = "changed_entry"


@dataclass(frozen=True, slots=True)
class Link:
    """What the chain needs of an entry: `body` is its serialized form without hash; `case_id` names the chain."""

    case_id: str
    sequence: int
    prev_hash: bytes
    hash: bytes
    body: bytes


def chain_hash(prev_hash: bytes, body: bytes) -> bytes:
    """The hash of an entry that follows `prev_hash`."""
    return sha256(prev_hash + body).digest()


def verify_chain(links: Iterable[Link]) -> ChainVerdict:
    """Recompute every hash of one chain's entries, oldest first."""
    case_id, sequence, head = "", 0, b""
    for link in links:
        sequence += 1
        case_id = case_id or link.case_id
        verdict = _verify(link, case_id, sequence, head)
        if verdict is not ChainVerdict.WHOLE:
            return verdict
        head = link.hash
    return ChainVerdict.WHOLE if sequence else ChainVerdict.EMPTY


def _verify(link: Link, case_id: str, sequence: int, head: bytes) -> ChainVerdict:
    if link.case_id != case_id:
        return ChainVerdict.WRONG_CASE
    if link.sequence != sequence:
        return ChainVerdict.GAP_IN_SEQUENCE
    if link.prev_hash != head:
        return ChainVerdict.BROKEN_LINK
    if chain_hash(link.prev_hash, link.body) != link.hash:
        return ChainVerdict.CHANGED_ENTRY
    return ChainVerdict.WHOLE
