"""Promotion of a candidate pack: what two signers state, and every reason for which it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.pack_identity import canonical

SIGNERS_NEEDED = 2
_PURPOSE = "sanse.promotion/1"


class Statement(NamedTuple):
    """What is signed: which content, upon which backtest and shadow comparison, in the place of which live pack.

    `live` is id@version, empty for a pack of a new id. `shadow_sha256` is empty when the candidate never ran in shadow.
    """

    pack_id: str
    version: str
    content_sha256: str
    live: str
    backtest_sha256: str
    shadow_sha256: str

    @property
    def name(self) -> str:
        """id@version."""
        return f"{self.pack_id}@{self.version}"

    def message(self) -> bytes:
        """The bytes that are signed; their purpose is part of them, so they mean nothing elsewhere."""
        return canonical({"purpose": _PURPOSE, **self._asdict()})


class Signer(NamedTuple):
    """Somebody who may sign, by post; the key is 32 raw bytes (Ed25519)."""

    signer_id: str
    post: Text
    public_key: bytes


class Signature(NamedTuple):
    """A signer's signature as it stands in the file, and whether it fits the statement and the signer's key."""

    signer_id: str
    valid: bool


class Refusal(Enum):
    """Why a candidate does not become live."""

    NOT_SIGNED = Text("没有签署文件", "nobody has signed it")
    CONTENT_CHANGED = Text(
        "签署后内容变了，须重新回测并签署",
        "its content changed after it was signed: backtest and sign again",
    )
    LIVE_MOVED = Text(
        "现行版本已不是回测时的版本，须重新回测并签署",
        "the live pack is not the one it was tested against: backtest and sign again",
    )
    NO_SHADOW = Text(
        "未经影子运行，须先对比并签署", "it did not run in shadow: compare it first, then sign"
    )
    UNKNOWN_SIGNER = Text("签署人不在名单中", "a signer is not on the list")
    BAD_SIGNATURE = Text("签名无效", "a signature is not valid")
    TOO_FEW_SIGNERS = Text("须两名不同的签署人", "two different signers are needed")
    SAME_VERSION = Text(
        "版本号已用过，须提高版本号", "its version was used before: raise the version"
    )


class Standing(NamedTuple):
    """How things stand when a candidate is to be promoted."""

    content_sha256: str
    live: str
    # id@version to content hash of every version that was ever live.
    used: Mapping[str, str]
    signers: frozenset[str]


def refusals(
    statement: Statement, signatures: Sequence[Signature], now: Standing
) -> Iterator[Refusal]:
    """Every reason against it; none, and it may go live."""
    if statement.content_sha256 != now.content_sha256:
        yield Refusal.CONTENT_CHANGED
    if statement.live != now.live:
        yield Refusal.LIVE_MOVED
    if statement.name in now.used:
        yield Refusal.SAME_VERSION
    # A pack of a new id has no live pack to be compared with.
    if statement.live and not statement.shadow_sha256:
        yield Refusal.NO_SHADOW
    if any(one.signer_id not in now.signers for one in signatures):
        yield Refusal.UNKNOWN_SIGNER
    if any(not one.valid for one in signatures):
        yield Refusal.BAD_SIGNATURE
    good = {one.signer_id for one in signatures if one.valid and one.signer_id in now.signers}
    if len(good) < SIGNERS_NEEDED:
        yield Refusal.TOO_FEW_SIGNERS
