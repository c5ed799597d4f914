"""The API keys file: hashes of keys, each with its source, scopes and jurisdiction."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from services.common.divisions import tier_of
from services.common.terms import Tier
from services.intake.domain.codes import KINDS
from services.intake.domain.grants import Grant

_FIELDS = frozenset({"source", "key_sha256", "scopes", "jurisdiction"})
_HEX_DIGITS = 64


class KeysFileWrong(ValueError):
    """The keys file cannot be used; the message names the entry and what is allowed."""


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Finds the grant of a presented key."""

    entries: Sequence[tuple[bytes, Grant]]

    def grant_of(self, key: str) -> Grant | None:
        """The key's grant. Every entry is compared, in constant time, so timing tells nothing."""
        presented = sha256(key.encode(errors="surrogateescape")).hexdigest().encode()
        found: Grant | None = None
        for digest, grant in self.entries:
            if hmac.compare_digest(digest, presented):
                found = grant
        return found

    def grant_for_source(self, source: str) -> Grant | None:
        """The grant of a source that is authenticated otherwise (topic ACL, operator)."""
        return next((grant for _, grant in self.entries if grant.source == source), None)


def load_keys(path: Path | None) -> ApiKeys:
    """Read the file; KeysFileWrong when it is missing or an entry is wrong."""
    if path is None:
        raise KeysFileWrong("SANSE_API_KEYS_FILE is not set: no source could send anything")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, list) or not content:
        raise KeysFileWrong(f"{path}: must be a list of entries with {', '.join(sorted(_FIELDS))}")
    return ApiKeys([_entry(path, number, item) for number, item in enumerate(content)])


def _entry(path: Path, number: int, item: Any) -> tuple[bytes, Grant]:
    where = f"{path}: [{number}]"
    if not isinstance(item, Mapping):
        raise KeysFileWrong(f"{where} must be a mapping with {', '.join(sorted(_FIELDS))}")
    strangers = sorted(str(name) for name in item.keys() - _FIELDS)
    if strangers:
        raise KeysFileWrong(
            f"{where}.{strangers[0]} is unknown; allowed: {', '.join(sorted(_FIELDS))}"
        )
    source, digest = str(item.get("source") or ""), str(item.get("key_sha256") or "").lower()
    if not source:
        raise KeysFileWrong(f"{where}.source is missing")
    if len(digest) != _HEX_DIGITS or not all(digit in "0123456789abcdef" for digit in digest):
        raise KeysFileWrong(f"{where}.key_sha256 must be the key's SHA-256 in 64 hex digits")
    return digest.encode(), Grant(source, _scopes(where, item), _jurisdiction(where, item))


def _scopes(where: str, item: Mapping[str, Any]) -> frozenset[Any]:
    named = item.get("scopes") or []
    wrong = [name for name in named if name not in KINDS] if isinstance(named, list) else [named]
    if wrong or not named:
        shown = wrong[0] if wrong else "empty"
        raise KeysFileWrong(f"{where}.scopes is wrong ({shown}); allowed: {', '.join(KINDS)}")
    return frozenset(KINDS[name] for name in named)


def _jurisdiction(where: str, item: Mapping[str, Any]) -> str:
    code = str(item.get("jurisdiction") or "")
    if code and tier_of(code) is Tier.NONE:
        raise KeysFileWrong(
            f"{where}.jurisdiction must be a division code of 6, 9, 12 or 15 digits, or empty"
        )
    return code
