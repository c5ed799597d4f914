"""Which pack rates an incident: the one it names if that accepts its kind, else the one whose scope lists it."""

from __future__ import annotations

from collections.abc import Mapping

from services.risk_scoring.domain.pack import Pack


def pack_for_incident(packs: Mapping[str, Pack], named: str, category: str) -> Pack | None:
    """The pack to rate an incident of this kind, or None when every pack refuses it.

    A pack named for a kind it refuses is not used: a scale means nothing outside its scope.
    A kind that no pack lists goes to a pack that accepts others, in order of id.
    """
    chosen = packs.get(named)
    if chosen is not None and category not in chosen.scope.refuses:
        return chosen
    ordered = [packs[pack_id] for pack_id in sorted(packs)]
    for pack in ordered:
        if category in pack.scope.categories:
            return pack
    for pack in ordered:
        if pack.scope.accepts_other and category not in pack.scope.refuses:
            return pack
    return None
