"""Signs a change of a roster off: read, check the right and the persons, write the chained entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.common.duty.change_log import Change, append, digest_of
from services.common.duty.facts import Item, persons_in
from services.common.duty.folder import RosterFolder, load_folder
from services.common.duty.plain import item_id
from services.common.duty.rights import EditVerdict, may_edit


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants to change, and why."""

    signed_by: str
    reason: str
    added: tuple[Item, ...] = ()
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of it; the detail names the person or item that is wrong."""

    verdict: EditVerdict
    change: Change | None = None
    detail: str = ""


def sign_off(path: Path, edit: Edit, now_ms: int) -> Signed:
    """Check an edit and write it; what the roster says already is left out.

    FileError or ChangeLogWrong when the roster cannot be used, or somebody else wrote meanwhile.
    """
    read = load_folder(path)
    current = {one.item_id: one.item for one in read.roster.items()}
    fresh = tuple(item for item in edit.added if item_id(item) not in current)
    unknown = next((name for i in fresh for name in persons_in(i) if _new(read, name)), None)
    if unknown is not None:
        return Signed(EditVerdict.PERSON_UNKNOWN, detail=unknown)
    missing = next((one for one in edit.withdrawn if one not in current), None)
    if missing is not None:
        return Signed(EditVerdict.ITEM_UNKNOWN, detail=missing)
    touched = [*fresh, *(current[one] for one in edit.withdrawn)]
    verdict = may_edit(read.roster, edit.signed_by, touched, now_ms)
    if verdict is not EditVerdict.ALLOWED:
        return Signed(verdict)
    change = _change(read, edit, fresh, now_ms)
    append(path if path.is_dir() else path.parent, change, read.head)
    return Signed(verdict, change)


def _new(read: RosterFolder, name: str) -> bool:
    return name not in read.roster.persons


def _change(read: RosterFolder, edit: Edit, fresh: Sequence[Item], now_ms: int) -> Change:
    last_ms = read.changes[-1].at_ms if read.changes else 0
    return Change(
        roster_id=read.roster.roster_id,
        sequence=len(read.changes) + 1,
        # Two machines' clocks may differ: the log itself never runs back.
        at_ms=max(now_ms, last_ms),
        signed_by=edit.signed_by,
        reason=edit.reason,
        added=tuple(fresh),
        withdrawn=edit.withdrawn,
        files_sha256="" if read.changes else digest_of(read.base),
    )
