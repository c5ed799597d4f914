"""A pack is immutable by id@version: the lock remembers its content, and a changed content needs a new version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.pack_versions import (
    LOCK,
    identity,
    pack_files,
    read_lock,
    write_lock,
)
from services.risk_scoring.domain.pack_identity import PackIdentity
from services.risk_scoring.service.rules_check import Finding

CHANGED, UNLOCKED, LOST = "pack.changed", "pack.unlocked", "pack.lost"


@dataclass(frozen=True, slots=True)
class Locked:
    """What locking did: the versions added; and the changed ones, because of which nothing was written."""

    added: tuple[str, ...]
    changed: tuple[Finding, ...]


def check_lock(folder: Path) -> list[Finding]:
    """Packs that changed under the same version, are not locked yet, or were locked and are gone.

    A folder without a lock file is not checked. A file that cannot be read is the pack check's finding.
    """
    if not (folder / LOCK).exists():
        return []
    try:
        lock = read_lock(folder)
    except PackError as error:
        return [
            _finding("pack.lock", error.file, error.problem.zh, error.problem.en, error.allowed.en)
        ]
    found = _identities(folder)
    findings = [
        _changed(file, one)
        for file, one in found
        if lock.get(one.name, one.content_sha256) != one.content_sha256
    ]
    findings += [_unlocked(file, one) for file, one in found if one.name not in lock]
    known = {one.name for _, one in found}
    return findings + [_lost(folder, name) for name in sorted(lock.keys() - known)]


def lock(folder: Path) -> Locked:
    """Add the versions not locked yet. Never rewrites an entry: with a changed pack, nothing is written."""
    before = read_lock(folder)
    found = _identities(folder)
    changed = [
        _changed(file, one)
        for file, one in found
        if before.get(one.name, one.content_sha256) != one.content_sha256
    ]
    fresh: dict[str, str] = {}
    for file, one in found:
        if (
            one.name not in before
            and fresh.setdefault(one.name, one.content_sha256) != one.content_sha256
        ):
            changed.append(_changed(file, one))
    if changed:
        return Locked((), tuple(changed))
    write_lock(folder, {**before, **fresh})
    return Locked(tuple(sorted(fresh)), ())


def _identities(folder: Path) -> list[tuple[Path, PackIdentity]]:
    found = []
    for file in pack_files(folder):
        try:
            found.append((file, identity(file)))
        except PackError:
            continue
    return found


def _changed(file: Path, one: PackIdentity) -> Finding:
    return _finding(
        CHANGED,
        file,
        f"{one.name} 已锁定，但内容变了",
        f"{one.name} is locked, and its content has changed",
        "提高 version，旧版本放入 archive/ / raise the version, and keep the old file in archive/",
    )


def _unlocked(file: Path, one: PackIdentity) -> Finding:
    return _finding(
        UNLOCKED,
        file,
        f"{one.name} 尚未锁定",
        f"{one.name} is not locked",
        "执行 sanse rules lock / run: sanse rules lock",
    )


def _lost(folder: Path, name: str) -> Finding:
    return _finding(
        LOST,
        folder / LOCK,
        f"已锁定的 {name} 找不到，旧决定无法重放",
        f"{name} is locked, and no file holds it: past decisions cannot be replayed",
        f"放回 archive/{name}.yaml / put archive/{name}.yaml back",
    )


def _finding(code: str, file: Path, zh: str, en: str, fix: str) -> Finding:
    return Finding(code, str(file), 0, "version", zh, en, fix)
