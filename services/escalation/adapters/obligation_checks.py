"""What can be wrong with kinds of obligation whose files can be read: each problem with its place and cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import yaml

from services.common.terms import Level, Tier
from services.common.text import Text
from services.common.yaml_nodes import FileError, Node, open_file
from services.escalation.adapters.obligation_file import read_obligation
from services.escalation.adapters.policy_file import load_policies
from services.escalation.domain.cases import EvidenceKind
from services.escalation.domain.messages import Origin
from services.escalation.domain.obligation import Obligation
from services.escalation.domain.policy import Policy, PolicyMissing

# A title goes into every message, which has few letters.
TITLE_MOST = {"zh": 8, "en": 24}


class Flaw(Enum):
    """Kinds of problem; the value is the stable code."""

    UNREADABLE = "obligation.unreadable"
    NONE_FOUND = "obligation.none_found"
    TEXT_MISSING = "text.missing"
    TITLE_TOO_LONG = "title.too_long"
    NO_OUTCOME = "outcomes.none"
    APPROVAL_TOO_LOW = "approval.too_low"
    EVIDENCE_WITHOUT_TERM = "evidence.without_term"
    TERM_WITHOUT_EVIDENCE = "evidence.term_without"
    ACKNOWLEDGE_AFTER_FINISH = "deadlines.acknowledge_after_finish"
    LADDER_DOES_NOT_CLIMB = "ladder.does_not_climb"
    COLOURS_FALL = "ladder.colours_fall"
    LEVELS_UNKNOWN = "levels_of.unknown"
    NAME_OF_A_PACK = "id.is_a_pack"
    TWICE = "version.twice"
    UNTAKEN = "comes_from.untaken"
    TAKEN_TWICE = "comes_from.taken_twice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one file, or of the folder; line 0 when it belongs to no line."""

    flaw: Flaw
    file: Path
    line: int
    path: str
    message: Text
    fix: Text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the kinds must fit: the channels of grievances, the ids of the rule packs, and the policies of levels."""

    channels: Sequence[str]
    packs: Sequence[str]
    policies_dir: Path


Found = Iterator[tuple[Flaw, str, Text, Text]]


def check_obligations(folder: Path, around: Surroundings) -> list[Finding]:
    """All problems of a folder; empty when it can be used."""
    kinds: dict[Path, Policy] = {}
    findings: list[Finding] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            kinds[file] = read_obligation(file)
        except FileError as wrong:
            allowed = wrong.allowed
            findings.append(
                Finding(Flaw.UNREADABLE, file, wrong.line, wrong.path, wrong.problem, allowed)
            )
    for file, kind in kinds.items():
        findings += _of_file(file, kind, around)
    if not findings:
        folder_flaws = _of_folder([*kinds.values()], around)
        findings += [Finding(flaw, folder, 0, path, m, fix) for flaw, path, m, fix in folder_flaws]
    return findings


def _of_file(file: Path, kind: Policy, around: Surroundings) -> Iterator[Finding]:
    obligation = kind.obligation
    assert obligation is not None
    for check in _CHECKS:
        for flaw, path, message, fix in check(kind, obligation):
            yield Finding(flaw, file, _line(file, path), path, message, fix)
    if kind.policy_id in around.packs:
        message = Text("与规则包同名", "a rule pack has this name")
        yield Finding(Flaw.NAME_OF_A_PACK, file, _line(file, "id"), "id", message, _OTHER_NAME)
    if obligation.levels_of and not _has_policy(around.policies_dir, obligation.levels_of):
        message = Text("没有该版本的政策", "there is no such version of a policy")
        line = _line(file, "levels_of")
        yield Finding(Flaw.LEVELS_UNKNOWN, file, line, "levels_of", message, _A_POLICY)


def _of_folder(kinds: Sequence[Policy], around: Surroundings) -> Found:
    if not kinds:
        yield Flaw.NONE_FOUND, "", Text("没有义务文件", "no obligation file"), _A_FILE
        return
    for key, count in Counter(kind.key for kind in kinds).items():
        if count > 1:
            message = Text(f"{key} 有 {count} 份", f"{key} stands in {count} files")
            yield Flaw.TWICE, "version", message, Text("更改版本号", "give one another version")
    newest = {k.policy_id: k for k in sorted(kinds, key=lambda k: (k.valid_from_ms, k.version))}
    for origin, detail in _taken_from(around):
        takers = [name for name, kind in newest.items() if _takes(kind, origin, detail)]
        what = f"{origin}/{detail}" if detail else origin.value
        if not takers:
            message = Text(f"{what} 无人承担", f"nobody owes an answer to {what}")
            yield Flaw.UNTAKEN, "comes_from", message, Text("加入一个种类", "add it to one kind")
        elif len(takers) > 1:
            message = Text(f"{what} 属于 {takers}", f"{what} belongs to {takers}")
            yield Flaw.TAKEN_TWICE, "comes_from", message, Text("只留一个", "leave it to one kind")


def _taken_from(around: Surroundings) -> Iterator[tuple[Origin, str]]:
    yield from ((Origin.GRIEVANCE, channel) for channel in around.channels)
    yield from ((Origin.TASK, "task"), (Origin.TRIAGE, ""), (Origin.REVIEW, ""))


def _takes(kind: Policy, origin: Origin, detail: str) -> bool:
    return kind.obligation is not None and kind.obligation.takes(origin, detail)


def _has_policy(folder: Path, key: str) -> bool:
    try:
        return bool(load_policies(folder).of_case(key))
    except PolicyMissing:
        return False


def _texts(kind: Policy, obligation: Obligation) -> Found:
    texts: Mapping[str, Mapping[str, str]] = {
        "title": kind.title,
        "text": obligation.text,
        "source": obligation.source,
        **{f"outcomes.{code}": words for code, words in obligation.outcomes.items()},
    }
    for path, words in texts.items():
        for language, text in words.items():
            if not text:
                place = f"{path}.{language}"
                yield Flaw.TEXT_MISSING, place, Text("没有文字", "no text"), Text("补上", "add it")
    for language, most in TITLE_MOST.items():
        if len(kind.title[language]) > most:
            message = Text(f"长于 {most} 字", f"longer than {most} letters")
            yield Flaw.TITLE_TOO_LONG, f"title.{language}", message, Text("缩短", "shorten it")


def _closing(kind: Policy, obligation: Obligation) -> Found:
    if not obligation.outcomes:
        message = Text("没有结果代码，无法办结", "without an outcome it can never be closed")
        yield Flaw.NO_OUTCOME, "outcomes", message, Text("至少一个", "give at least one")
    if Tier.NONE < obligation.approval <= obligation.owner.tier:
        message = Text("批准层级不高于责任层级", "the approver stands no higher than the owner")
        yield Flaw.APPROVAL_TOO_LOW, "approval", message, Text("提高一级", "take a tier above")


def _evidence(kind: Policy, obligation: Obligation) -> Found:
    terms = {
        EvidenceKind.VISIT: ("first_visit", kind.duties[Level.NONE].visits_owed),
        EvidenceKind.REVIEW: ("review_every", obligation.review_every is not None),
    }
    for evidence, (term, has_term) in terms.items():
        asked = evidence in obligation.evidence
        if has_term and not asked:
            message = Text(f"有 {term} 期限却不要求证据", f"{term} is owed but no evidence of it")
            fix = Text("加入 evidence", "add it to evidence")
            yield Flaw.TERM_WITHOUT_EVIDENCE, "evidence", message, fix
    if EvidenceKind.VISIT in obligation.evidence and not terms[EvidenceKind.VISIT][1]:
        message = Text("要求走访却没有 first_visit 期限", "a visit is asked for by no set time")
        fix = Text("加上 first_visit", "add first_visit")
        yield Flaw.EVIDENCE_WITHOUT_TERM, "evidence", message, fix


def _deadlines(kind: Policy, obligation: Obligation) -> Found:
    taken, finish = kind.duties[Level.NONE].acknowledge_within, obligation.finish.within
    if finish and taken.working == finish.working and taken.hours > finish.hours:
        message = Text("签收期限晚于办结期限", "acknowledged later than finished")
        fix = Text("缩短签收期限", "shorten the time to acknowledge")
        yield Flaw.ACKNOWLEDGE_AFTER_FINISH, "deadlines", message, fix


def _ladder(kind: Policy, obligation: Obligation) -> Found:
    if not any(rung.escalates for rung in kind.rungs):
        message = Text("逾期不上提", "it never climbs to a tier above")
        fix = Text("至少一级 escalates: true", "escalates: true on one rung at least")
        yield Flaw.LADDER_DOES_NOT_CLIMB, "ladder", message, fix
    colours = [rung.colour for rung in kind.rungs]
    if colours != sorted(colours):
        message = Text("颜色由重到轻", "a colour is milder than the one before")
        fix = Text("白、黄、红", "white, yellow, red")
        yield Flaw.COLOURS_FALL, "ladder", message, fix


def _line(file: Path, path: str) -> int:
    """The line of a path's first key; 1 where the file is no mapping."""
    root: Node = open_file(file)
    if isinstance(root.node, yaml.MappingNode):
        for key, _ in root.node.value:
            if key.value == path.split(".")[0]:
                return int(key.start_mark.line) + 1
    return 1


_CHECKS: tuple[Callable[[Policy, Obligation], Found], ...] = (
    _texts,
    _closing,
    _evidence,
    _deadlines,
    _ladder,
)
_OTHER_NAME = Text("换一个编号", "choose another id")
_A_POLICY = Text("写政策目录中的 编号/版本", "id/version of a file in the policy folder")
_A_FILE = Text("至少一个 *.yaml", "at least one *.yaml")
