"""Checks a folder of triage rules and says of each problem where it is, what it is, and how to cure it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.triage_loader import read_rule_set
from services.risk_scoring.adapters.yaml_lines import lines_of, nearest
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.triage_checks import (
    expiry,
    problems,
    problems_across,
    problems_with,
)
from services.risk_scoring.domain.triage_flaws import TriageFlaw, TriageProblem, Vocabulary
from services.risk_scoring.domain.triage_rules import RuleSet
from services.risk_scoring.service.rules_check import Finding


def check(folder: Path, words: Vocabulary, today: date | None = None) -> list[Finding]:
    """All problems of all rule sets of a folder; empty when every one can be used.

    With `today`, also that the newest is past its days.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        nothing = Text("没有分流规则", "there are no triage rules")
        return [_finding(folder, {}, TriageFlaw.UNREADABLE, "", nothing, "*.yaml")]
    findings: list[Finding] = []
    read: list[tuple[Path, RuleSet]] = []
    for file in files:
        try:
            read.append((file, read_rule_set(file)))
        except PackError as error:
            findings.append(_unreadable(error))
    newest = max((one.effective.begins for _, one in read), default=None)
    for file, rules in read:
        found = problems(rules) + problems_with(rules, words)
        if today is not None and rules.effective.begins == newest:
            found += expiry(rules, today)
        findings += _all(file, found)
    for at, problem in problems_across([rules for _, rules in read]):
        findings += _all(read[at][0], [problem])
    return findings


def _all(file: Path, found: list[TriageProblem]) -> list[Finding]:
    lines = lines_of(file) if found else {}
    return [_finding(file, lines, one.flaw, one.path, one.message, _both(one.fix)) for one in found]


def _unreadable(error: PackError) -> Finding:
    lines = {error.path: error.line}
    fix = _both(error.allowed)
    return _finding(error.file, lines, TriageFlaw.UNREADABLE, error.path, error.problem, fix)


def _finding(
    file: Path, lines: dict[str, int], flaw: TriageFlaw, path: str, message: Text, fix: str
) -> Finding:
    line = nearest(lines, path)
    return Finding(flaw.value, str(file), line, path, message.zh, message.en, fix)


def _both(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"
