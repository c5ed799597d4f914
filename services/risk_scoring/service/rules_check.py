"""Checks a folder of rule packs and says of each problem where it is, what it is, and how to cure it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.risk_scoring.adapters.pack_loader import read_pack
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.yaml_lines import lines_of, nearest
from services.risk_scoring.domain.pack import Pack, Text
from services.risk_scoring.domain.pack_checks import problems, problems_across
from services.risk_scoring.domain.pack_flaws import Flaw, Problem
from services.risk_scoring.domain.pack_origin_checks import expiry


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one file; line 0 when it belongs to no line."""

    code: str
    file: str
    line: int
    path: str
    message_zh: str
    message_en: str
    fix: str


def check(folder: Path, today: date | None = None) -> list[Finding]:
    """All problems of all packs of a folder, file by file; empty when every pack can be used.

    With `today`, also the packs that are past their days.
    """
    findings: list[Finding] = []
    files_by_id: dict[str, Path] = {}
    packs: list[Pack] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            pack = read_pack(file)
        except PackError as error:
            findings.append(unreadable(error))
            continue
        if pack.id in files_by_id:
            findings.append(_twice(file, pack.id, files_by_id[pack.id]))
        else:
            packs.append(pack)
        files_by_id[pack.id] = file
        lines = lines_of(file)
        found = problems(pack) + (list(expiry(pack, today)) if today else [])
        findings += [_finding(file, lines, problem) for problem in found]
    for pack, problem in problems_across(packs):
        file = files_by_id[pack.id]
        findings.append(_finding(file, lines_of(file), problem))
    if not findings and not files_by_id:
        nothing = Text("没有规则包", "there is no rule pack")
        findings.append(_made(Flaw.UNREADABLE, folder, 0, "", nothing, "*.yaml"))
    return findings


def usable_pack(file: Path) -> Pack:
    """One pack that may be scored with; PackError for its first problem."""
    pack = read_pack(file)
    for problem in problems(pack):
        raise PackError(file, problem.path, problem.message, problem.fix)
    return pack


def _made(flaw: Flaw, file: Path, line: int, path: str, message: Text, fix: str) -> Finding:
    return Finding(flaw.value, str(file), line, path, message.zh, message.en, fix)


def unreadable(error: PackError) -> Finding:
    """A file that cannot be read, as a finding."""
    fix = _both(error.allowed)
    return _made(Flaw.UNREADABLE, error.file, error.line, error.path, error.problem, fix)


def _twice(file: Path, pack_id: str, first: Path) -> Finding:
    message = Text(
        f"规则包 {pack_id} 已在 {first.name} 中定义",
        f"the pack {pack_id} is already in {first.name}",
    )
    fix = "换一个编号 / choose another id"
    return _made(Flaw.DUPLICATE_ID, file, lines_of(file).get("id", 0), "id", message, fix)


def _finding(file: Path, lines: dict[str, int], problem: Problem) -> Finding:
    line = nearest(lines, problem.path)
    return _made(problem.flaw, file, line, problem.path, problem.message, _both(problem.fix))


def _both(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"
