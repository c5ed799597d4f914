"""Signs a candidate upon its backtest and its trial in shadow, and makes it live when two signers have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.pack_versions import (
    SHADOW,
    archived,
    identity,
    live_file,
    read_lock,
)
from services.risk_scoring.adapters.promotion_files import (
    Signed,
    private_key,
    public_bytes,
    read_signed,
    read_signers,
    signed_file,
    write_signed,
)
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.pack_identity import PackIdentity
from services.risk_scoring.domain.promotion import Refusal, Signer, Standing, Statement, refusals
from services.risk_scoring.service.backtest_report import FORMAT as BACKTEST
from services.risk_scoring.service.rules_check import usable_pack
from services.risk_scoring.service.rules_lock import lock
from services.risk_scoring.service.shadow_report import FORMAT as COMPARISON


@dataclass(frozen=True, slots=True)
class Evidence:
    """The files a signer read: the backtest's JSON, and the shadow comparison's when there is a live pack."""

    backtest: Path
    shadow: Path | None


@dataclass(frozen=True, slots=True)
class Promoted:
    """What promotion did, or every reason against it."""

    candidate: PackIdentity
    refused: tuple[Refusal, ...]
    archive: Path | None = None


def sign(
    folder: Path, candidate: Path, evidence: Evidence, key: Path, password: Callable[[], str]
) -> Signer:
    """Add the signature of the key's owner; PackError says why not.

    A signature upon another statement than the ones before it begins the file anew: both must mean the same.
    """
    usable_pack(candidate)
    one = identity(candidate)
    secret = private_key(key, password)
    by_key = {signer.public_key: signer for signer in read_signers(folder).values()}
    signer = by_key.get(public_bytes(secret))
    if signer is None:
        unknown = Text("该私钥不属于名单中的签署人", "the key belongs to no signer on the list")
        raise PackError(key, "", unknown, Text("signers.yaml 中的公钥", "a key of signers.yaml"))
    statement = _statement(folder, one, evidence)
    file = signed_file(folder, one.name)
    before = read_signed(file)
    kept = dict(before.signatures) if before and before.statement == statement else {}
    kept[signer.signer_id] = secret.sign(statement.message())
    write_signed(file, Signed(statement, kept))
    return signer


def _statement(folder: Path, one: PackIdentity, evidence: Evidence) -> Statement:
    tested = _evidence(evidence.backtest, BACKTEST, one)
    live = tested["live"]
    shadow_hash = ""
    if evidence.shadow is not None:
        trial = _evidence(evidence.shadow, COMPARISON, one)
        if not trial["complete"]:
            short = Text("影子观察期未满", "the trial in shadow is not complete")
            raise PackError(evidence.shadow, "complete", short, Text("true", "true"))
        shadow_hash = _hash(evidence.shadow)
    return Statement(
        one.pack_id,
        one.version,
        one.content_sha256,
        f"{live['pack_id']}@{live['version']}" if live else "",
        _hash(evidence.backtest),
        shadow_hash,
    )


def _evidence(file: Path, form: str, one: PackIdentity) -> Mapping[str, Any]:
    """A report on exactly this content of the candidate."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        unread = Text("无法读取", "cannot be read")
        raise PackError(file, "", unread, Text(form, form)) from wrong
    if not isinstance(content, dict) or content.get("format") != form:
        raise PackError(file, "format", Text("格式不对", "of another format"), Text(form, form))
    if content["candidate"] != one._asdict():
        other = Text("不是这个候选内容的报告", "a report on another content")
        raise PackError(file, "candidate", other, Text(one.name, one.name))
    return content


def promote(folder: Path, name: str) -> Promoted:
    """Make the candidate `name` (id@version) of the shadow folder live, its predecessor archived.

    PackError for files that cannot be used. Nothing is changed when there is any refusal.
    """
    candidate = _candidate(folder, name)
    usable_pack(candidate)
    one = identity(candidate)
    signed = read_signed(signed_file(folder, one.name))
    if signed is None:
        return Promoted(one, (Refusal.NOT_SIGNED,))
    signers = read_signers(folder)
    live = live_file(folder, one.pack_id)
    now = Standing(
        one.content_sha256,
        identity(live).name if live else "",
        _used(folder, one),
        frozenset(signers),
    )
    refused = tuple(refusals(signed.statement, signed.checked(signers), now))
    if refused:
        return Promoted(one, refused)
    return Promoted(one, (), _put_live(folder, candidate, one, live))


def _candidate(folder: Path, name: str) -> Path:
    for file in sorted((folder / SHADOW).glob("*.yaml")):
        if identity(file).name == name:
            return file
    missing = Text(f"影子目录没有 {name}", f"there is no {name} in shadow")
    there = ", ".join(identity(file).name for file in (folder / SHADOW).glob("*.yaml")) or "-"
    raise PackError(folder / SHADOW, "", missing, Text(there, there))


def _used(folder: Path, one: PackIdentity) -> Mapping[str, str]:
    """Versions no candidate may take: locked with another content, live, or archived."""
    used = {
        name: content
        for name, content in read_lock(folder).items()
        if name == one.name and content != one.content_sha256
    }
    live = live_file(folder, one.pack_id)
    files = [archived(folder, one.pack_id, one.version), *([live] if live else [])]
    for file in files:
        if file.exists():
            found = identity(file)
            used[found.name] = found.content_sha256
    return used


def _put_live(folder: Path, candidate: Path, one: PackIdentity, live: Path | None) -> Path | None:
    """Archive first, then replace in one step, then leave the shadow: cut short anywhere, no version is lost."""
    archive = None
    if live is not None:
        old = identity(live)
        archive = archived(folder, old.pack_id, old.version)
        archive.parent.mkdir(exist_ok=True)
        archive.write_bytes(live.read_bytes())
    target = live or folder / f"{one.pack_id}.yaml"
    fresh = target.with_suffix(".new")
    fresh.write_bytes(candidate.read_bytes())
    fresh.replace(target)
    candidate.unlink()
    if read_lock(folder):
        lock(folder)
    return archive


def _hash(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
