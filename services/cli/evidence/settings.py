"""Settings of case files and prints, read from the environment (SANSE_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class EvidenceSettings(BaseSettings):
    """Each field is the variable SANSE_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="SANSE_", extra="ignore", frozen=True)

    # The private key that signs case files (PEM, Ed25519); its public key lies beside it with the ending .pub.
    evidence_key: Path | None = None
    # The name under which the public key is published.
    evidence_key_id: str = "sanse-evidence-1"
    # The public key that "sanse verify" uses when none is named.
    evidence_public_key: Path | None = None
    # A font with Chinese letters for prints, in place of those that Debian installs.
    print_font: Path | None = None

    @property
    def published_key(self) -> Path | None:
        """Where the public key is, if anywhere."""
        if self.evidence_public_key or not self.evidence_key:
            return self.evidence_public_key
        return public_beside(self.evidence_key)


def public_beside(key: Path) -> Path:
    """The public key's file beside the private one."""
    return key.with_name(f"{key.name}.pub")
