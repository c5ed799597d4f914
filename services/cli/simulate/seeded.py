"""Deterministic chance: independent random streams by name, and exact shares without chance."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from random import Random


def stream(seed: int, *names: object) -> Random:
    """The random stream of this name; the same for ever, whatever other streams have drawn."""
    label = "\x1f".join(str(part) for part in (seed, *names))
    return Random(int.from_bytes(blake2b(label.encode(), digest_size=8).digest()))


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole shares in proportion to the weights whose sum is exactly `total`."""
    running = list(accumulate(weights))
    edges = [int(total * sum_so_far / running[-1] + 0.5) for sum_so_far in running]
    return [edge - before for before, edge in zip([0, *edges], edges, strict=False)]
