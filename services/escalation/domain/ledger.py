"""The chain of a case's ledger: the one chain that every append-only record of this system uses."""

from __future__ import annotations

from services.common.chain import ChainVerdict, Link, chain_hash, verify_chain

__all__ = ["ChainVerdict", "Link", "chain_hash", "verify_chain"]
