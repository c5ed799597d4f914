"""What a pack is, apart from how its file looks: id@version, and a hash of its canonical content.

The canonical content is the data of the YAML file as JSON with sorted keys: comments, blank space, quoting and
the order of keys do not count, everything else does, texts and sources too, since people were shown them. It is taken
from the file and not from the loaded facts, so a newer program with more fields gives old packs the same hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple


class PackIdentity(NamedTuple):
    """A pack's name for all time: one id and version have one content."""

    pack_id: str
    version: str
    content_sha256: str

    @property
    def name(self) -> str:
        """id@version."""
        return f"{self.pack_id}@{self.version}"


def identity_of(content: Mapping[str, Any]) -> PackIdentity:
    """The identity of a pack's data."""
    return PackIdentity(str(content["id"]), str(content["version"]), hash_of(content))


def hash_of(data: object) -> str:
    """SHA-256 in hex of the canonical JSON of data."""
    return sha256(canonical(data)).hexdigest()


def canonical(data: object) -> bytes:
    """Data as JSON bytes that depend on nothing but its meaning; dates are written as texts."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode()
