"""How a case stands in the lane's own state, read just before a message leaves."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.gather import Gather
from services.common.lane_store import LaneStore
from services.notifier.adapters import view_codec
from services.notifier.domain.standing import CaseView


def view_key(case_id: str) -> str:
    """Where a case's standing is stored in its lane."""
    return f"k:{case_id}"


class CaseViews:
    """Looks asked for while a call is out go with the next, as one."""

    def __init__(self, store: LaneStore) -> None:
        self._store = store
        self._look: Gather[tuple[int, str], CaseView | None] = Gather(self._look_all, "views")

    async def of(self, lane: int, case_id: str) -> CaseView | None:
        """The case as the notifier knows it; None when its ledger has not been read yet."""
        return await self._look((lane, view_key(case_id)))

    async def _look_all(self, asked: Sequence[tuple[int, str]]) -> list[CaseView | None]:
        wanted: dict[int, list[str]] = {}
        for lane, key in asked:
            wanted.setdefault(lane, []).append(key)
        loaded = await self._store.load(wanted)
        raws = [loaded[lane].state.get(key) for lane, key in asked]
        return [view_codec.read_view(raw) if raw else None for raw in raws]
