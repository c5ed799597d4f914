"""How long to wait before a lost connection is tried again."""

from __future__ import annotations

import random

# 2 to this power is past every limit a deployment would set.
_DOUBLINGS_MOST = 16


def pause_s(failures: int, first_s: float, most_s: float) -> float:
    """Seconds after the n-th failure: doubling, and at random between half and whole.

    Workers must not come back all at once.
    """
    doubled = first_s * 2.0 ** min(failures - 1, _DOUBLINGS_MOST)
    return min(doubled, most_s) * random.uniform(0.5, 1.0)
