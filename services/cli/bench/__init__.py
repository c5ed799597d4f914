"""Measurements: each part measures side by side in one run and reports figures, never verdicts."""
