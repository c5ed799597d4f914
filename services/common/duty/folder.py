"""A roster of posts as it lies on disk: one YAML file or a folder of them, with the change log beside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.common import log
from services.common.duty.change_log import FILE, Change, ChangeLogWrong, fold, read_changes
from services.common.duty.facts import DutyRoster, Item, build, persons_in
from services.common.duty.roster_file import RosterFile, check_persons, read_roster
from services.common.text import Text
from services.common.yaml_nodes import FileError

_log = log.get("roster")
Stamp = tuple[tuple[str, int, int], ...]
Glance = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class RosterFolder:
    """Everything read from disk at once."""

    path: Path
    roster: DutyRoster
    base: tuple[Item, ...]
    changes: tuple[Change, ...]
    head: bytes


def is_roster_of_posts(path: Path) -> bool:
    """Whether the setting names a roster of posts, not a CSV."""
    return path.is_dir() or path.suffix in (".yaml", ".yml")


def load_folder(path: Path) -> RosterFolder:
    """Files and change log; FileError or ChangeLogWrong when they cannot be used."""
    files = [read_roster(file) for file in _files(path)]
    check_persons(files)
    roster_id = _one_id(path, files)
    base = tuple(item for file in files for _, item in file.items)
    read = read_changes(_folder(path), base)
    changes = tuple(change for change, _ in read)
    known = fold(base, changes, _folder(path) / FILE)
    persons = [person for file in files for person in file.persons]
    roster = build(roster_id, persons, known)
    unknown = {name for one in known for name in persons_in(one.item)} - set(roster.persons)
    if unknown:
        names = ", ".join(sorted(unknown))
        problem = Text(f"变更记录提到 {names}", f"the change log names {names}")
        raise FileError(path, "persons", problem, Text("保留其编号", "keep their ids in persons"))
    return RosterFolder(path, roster, base, changes, read[-1][1] if read else b"")


class LiveRoster:
    """A roster that follows its files: a change is seen at the next look, without a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = _stamp(path)
        self._watched = self._to_watch()
        self._glance = self._look()
        self._now = load_folder(path)

    @property
    def folder(self) -> RosterFolder:
        """The newest state that can be used; files that cannot be are logged once, and the old state stays."""
        glance = self._look()
        if glance == self._glance:
            return self._now
        self._glance = glance
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            self._watched = self._to_watch()
            try:
                self._now = load_folder(self._path)
                _log.info("roster.reloaded", changes=len(self._now.changes))
            except (OSError, FileError, ChangeLogWrong) as wrong:
                _log.error("roster.reload_failed", error=type(wrong).__name__)
        return self._now

    @property
    def roster(self) -> DutyRoster:
        """The roster in the newest usable state."""
        return self.folder.roster

    def _look(self) -> Glance:
        """What can be seen without listing the folder, for this is asked for every message: a file that comes or
        goes changes the folder itself.
        """
        return tuple(_seen(path) for path in self._watched)

    def _to_watch(self) -> tuple[Path, ...]:
        folder = _folder(self._path)
        return (folder, *(folder / name for name, _, _ in self._stamp))


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _files(path: Path) -> list[Path]:
    files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]
    if not files:
        problem = Text("文件夹中没有名册", "the folder has no roster")
        raise FileError(path, "", problem, Text("至少一个 *.yaml", "at least one *.yaml"))
    return files


def _one_id(path: Path, files: list[RosterFile]) -> str:
    ids = {file.roster_id for file in files}
    if len(ids) > 1:
        problem = Text("多个名册编号", f"several roster ids: {', '.join(sorted(ids))}")
        raise FileError(path, "roster", problem, Text("同一编号", "the same id in all files"))
    return files[0].roster_id


def _seen(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def _stamp(path: Path) -> Stamp:
    """What changes when a file does."""
    return tuple(
        (file.name, found.st_mtime_ns, found.st_size)
        for file in [*_files(path), _folder(path) / FILE]
        if file.exists()
        for found in [file.stat()]
    )
