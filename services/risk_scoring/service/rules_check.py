"""Checks a folder of rule packs and says of each problem where it is, what it is, and how to cure it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from services.risk_scoring.adapters.pack_loader import read_pack
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.domain.pack import Pack, Text
from services.risk_scoring.domain.pack_checks import Flaw, Problem, problems


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


def check(folder: Path) -> list[Finding]:
    """All problems of all packs of a folder, file by file; empty when every pack can be used."""
    findings: list[Finding] = []
    files_by_id: dict[str, Path] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            pack = read_pack(file)
        except PackError as error:
            findings.append(_unreadable(error))
            continue
        if pack.id in files_by_id:
            findings.append(_twice(file, pack.id, files_by_id[pack.id]))
        files_by_id[pack.id] = file
        lines = _lines(file)
        findings += [_finding(file, lines, problem) for problem in problems(pack)]
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


def _unreadable(error: PackError) -> Finding:
    fix = _both(error.allowed)
    return _made(Flaw.UNREADABLE, error.file, error.line, error.path, error.problem, fix)


def _twice(file: Path, pack_id: str, first: Path) -> Finding:
    message = Text(
        f"规则包 {pack_id} 已在 {first.name} 中定义",
        f"the pack {pack_id} is already in {first.name}",
    )
    fix = "换一个编号 / choose another id"
    return _made(Flaw.DUPLICATE_ID, file, _lines(file).get("id", 0), "id", message, fix)


def _finding(file: Path, lines: dict[str, int], problem: Problem) -> Finding:
    line = _nearest(lines, problem.path)
    return _made(problem.flaw, file, line, problem.path, problem.message, _both(problem.fix))


def _both(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def _lines(file: Path) -> dict[str, int]:
    """The line of every path of the file."""
    found: dict[str, int] = {}
    root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    waiting = [("", root)] if root else []
    while waiting:
        path, node = waiting.pop()
        found.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{path}.{key.value}".lstrip(".")
                found[name] = key.start_mark.line + 1
                waiting.append((name, value))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(f"{path}[{at}]", item) for at, item in enumerate(node.value)]
    return found


def _nearest(lines: dict[str, int], path: str) -> int:
    """The line of a path, or of the nearest part around it that the file has."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 0)
