"""Test API keys, one a source: anybody can compute them from the seed, so they open nothing real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b, sha256

from services.cli.simulate.places import PREFECTURE_CODE
from services.cli.simulate.sent import Source

IMPORT_SOURCE = "bureau_import"
ALL_SCOPES = (
    "assessment",
    "incident",
    "grievance",
    "task_assigned",
    "support_plan",
    "support_visit",
    "outcome",
    "household_move",
)
SCOPES = {
    Source.GRID_APP.value: ("assessment", "incident", "support_visit", "household_move"),
    Source.POLICE.value: ("incident", "outcome"),
    Source.FEDERATION.value: ("incident", "support_visit"),
    Source.PEOPLE_SPEAK.value: ("grievance",),
    Source.CIVIL_AFFAIRS.value: ("support_plan", "support_visit"),
    IMPORT_SOURCE: ALL_SCOPES,
}


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry of the API keys file; the file holds the hash only."""

    source: str
    key_sha256: str
    scopes: tuple[str, ...]
    jurisdiction: str

    def as_yaml(self) -> dict[str, object]:
        """The entry as the keys file writes it."""
        return {
            "source": self.source,
            "key_sha256": self.key_sha256,
            "scopes": list(self.scopes),
            "jurisdiction": self.jurisdiction,
        }


def test_key(seed: int, source: str) -> str:
    """The key that a simulated source sends in `x-api-key`."""
    secret = blake2b(f"{seed}\x1f{source}".encode(), digest_size=16).hexdigest()
    return f"test-{source}-{secret}"


def key_entries(seed: int) -> Iterator[KeyEntry]:
    """The entries of all simulated sources, each for the whole prefecture."""
    for source, scopes in SCOPES.items():
        digest = sha256(test_key(seed, source).encode()).hexdigest()
        yield KeyEntry(source, digest, scopes, PREFECTURE_CODE)
