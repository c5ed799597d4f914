"""Proofs that the simulators are honest, given by the vendors' own clients where they exist."""
