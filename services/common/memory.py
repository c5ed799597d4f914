"""How a service's process treats its memory once all its parts stand."""

from __future__ import annotations

import gc

# New objects between two looks for cycles. Python's default of 700 makes a service that handles
# hundreds of messages a second look several times for each of them, and finds nothing.
NEW_OBJECTS = 50_000


def settle_memory() -> None:
    """Leave what start-up made (code, packs, roster) out of every later search for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
