"""Packs by id and version: the live folder, and beside it the archive, the shadow folder and the lock file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from services.risk_scoring.adapters.pack_loader import read_pack
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.domain.pack import Pack, Text
from services.risk_scoring.domain.pack_identity import PackIdentity, identity_of

ARCHIVE, SHADOW, PROMOTION, LOCK = "archive", "shadow", "promotion", "packs.lock"
_LOCK_HEAD = """\
# id@version: SHA-256 of the pack's canonical content. Written by "sanse rules lock"; do not edit by hand.
# 规则包版本与内容摘要，由 sanse rules lock 写入，请勿手工修改。
"""


def archived(folder: Path, pack_id: str, version: str) -> Path:
    """Where an earlier version of a pack is kept."""
    return folder / ARCHIVE / f"{pack_id}@{version}.yaml"


def live_file(folder: Path, pack_id: str) -> Path | None:
    """The file of the live version of a pack; None when there is none."""
    for file in sorted(folder.glob("*.yaml")):
        if read_pack(file).id == pack_id:
            return file
    return None


def pack_files(folder: Path) -> Iterator[Path]:
    """All packs of a folder: live ones, candidates in shadow, and archived versions."""
    for place in (folder, folder / SHADOW, folder / ARCHIVE):
        yield from sorted(place.glob("*.yaml"))


def identity(file: Path) -> PackIdentity:
    """The identity of a pack's file; PackError when it is no pack."""
    read_pack(file)
    return identity_of(yaml.safe_load(file.read_text(encoding="utf-8")))


class PackVersions:
    """Every version of every pack that a folder holds, loaded when asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._live = {one.id: one for one in map(read_pack, sorted(folder.glob("*.yaml")))}
        self._loaded: dict[tuple[str, str], Pack] = {}

    def get(self, pack_id: str, version: str) -> Pack:
        """One version; PackError names the file that is missing or holds another version."""
        key = (pack_id, version)
        if key not in self._loaded:
            live = self._live.get(pack_id)
            same = live is not None and live.version == version
            self._loaded[key] = live if live and same else self._from_archive(pack_id, version)
        return self._loaded[key]

    def _from_archive(self, pack_id: str, version: str) -> Pack:
        file = archived(self._folder, pack_id, version)
        name = f"{pack_id}@{version}"
        if not file.exists():
            missing = Text(f"缺少规则包 {name}", f"the pack {name} is missing")
            cure = Text("把该版本的文件放回此处", "put the file of that version back here")
            raise PackError(file, "", missing, cure)
        pack = read_pack(file)
        if (pack.id, pack.version) != (pack_id, version):
            other = Text(
                f"文件内容是 {pack.id}@{pack.version}", f"it holds {pack.id}@{pack.version}"
            )
            raise PackError(file, "version", other, Text(name, name))
        return pack


def read_lock(folder: Path) -> Mapping[str, str]:
    """id@version to content hash; empty when nothing was locked yet. PackError for a file that is no lock."""
    file = folder / LOCK
    if not file.exists():
        return {}
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        found = wrong
    if not isinstance(found, dict):
        problem = Text("锁定文件无法读取", "the lock file cannot be read")
        cure = Text("从版本库恢复", "restore it from version control")
        raise PackError(file, "", problem, cure)
    return {str(name): str(content) for name, content in found.items()}


def write_lock(folder: Path, entries: Mapping[str, str]) -> None:
    """Replace the lock file in one step."""
    lines = "".join(f"{name}: {entries[name]}\n" for name in sorted(entries))
    fresh = folder / f"{LOCK}.new"
    fresh.write_text(f"{_LOCK_HEAD}{lines}", encoding="utf-8")
    fresh.replace(folder / LOCK)
