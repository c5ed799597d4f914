"""Places where a test lets the process die: SANSE_FAILPOINT=<place>:<n> kills it at the n-th pass there."""

from __future__ import annotations

import itertools
import os
import signal

_PLACE, _, _TIMES = os.environ.get("SANSE_FAILPOINT", "").partition(":")
_passes = itertools.count(1)


def passing(place: str) -> None:
    """Nothing, unless this is the place chosen at start: then SIGKILL, as a power cut would."""
    if place == _PLACE and next(_passes) == int(_TIMES or 1):
        os.kill(os.getpid(), signal.SIGKILL)
