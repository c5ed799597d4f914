"""What a version of the policy would change in open cases, computed with the code that would change them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.ids import derived_id
from services.escalation.adapters.case_codec import case_from
from services.escalation.domain.cases import Case, NextAct
from services.escalation.domain.draft import Cause, Draft, Rules
from services.escalation.domain.policy import Policy
from services.escalation.domain.policy_change import covers, put_under

PREVIEW = "preview"


class Effect(StrEnum):
    """What would become of a case's next deadline."""

    SAME = "same"
    SOONER = "sooner"
    LATER = "later"
    # Overdue already: it stays so.
    OVERDUE_BEFORE = "overdue_before"
    # In time before and overdue by the change; the rule of deadlines lets no case be this.
    OVERDUE_BY_IT = "overdue_by_it"


@dataclass(frozen=True, slots=True)
class Change:
    """One open case before and after."""

    case_id: str
    case_no: str
    from_version: str
    act: NextAct
    due_ms: int
    act_after: NextAct
    due_after_ms: int
    resolve_due_ms: int
    resolve_due_after_ms: int
    effect: Effect


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person proposes and a second one approves: the version, and each case with the version it has now."""

    to_version: str
    proposed_by: str
    made_at_ms: int
    cases: tuple[tuple[str, str], ...]


class ProposalWrong(ValueError):
    """A file that is no proposal; the message says why."""


def preview(cases: Iterable[pb.Case], policy: Policy, rules: Rules, now_ms: int) -> list[Change]:
    """The open cases the version can rule and does not yet, each with what would change."""
    found = []
    for message in cases:
        case = case_from(message)
        if case.is_open and case.policy_version != policy.key and covers(policy, case):
            found.append(_change(case, policy, rules, now_ms))
    return found


def proposal(changes: Iterable[Change], policy: Policy, proposed_by: str, now_ms: int) -> Proposal:
    """The same as a proposal."""
    cases = tuple((change.case_id, change.from_version) for change in changes)
    return Proposal(policy.key, proposed_by, now_ms, cases)


def write(file: Path, made: Proposal) -> None:
    """Save a proposal; OSError when it cannot be written."""
    file.write_text(json.dumps(asdict(made), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> Proposal:
    """A saved proposal; ProposalWrong when the file is none, OSError when it cannot be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        cases = tuple((str(case_id), str(version)) for case_id, version in content["cases"])
        return Proposal(
            str(content["to_version"]),
            str(content["proposed_by"]),
            int(content["made_at_ms"]),
            cases,
        )
    except (ValueError, KeyError, TypeError) as wrong:
        raise ProposalWrong(f"{file}: {wrong!r}") from wrong


def command_for(made: Proposal, case_id: str, from_version: str, approved_by: str) -> pb.Command:
    """The command for one case; approving the same proposal again gives the same id."""
    return pb.Command(
        command_id=derived_id(
            case_id, "policy", from_version, made.to_version, made.proposed_by, approved_by
        ),
        case_id=case_id,
        actor_id=approved_by,
        via="grpc",
        change_policy=pb.ChangePolicy(
            from_version=from_version,
            to_version=made.to_version,
            proposed_by=made.proposed_by,
            approved_by=approved_by,
        ),
    )


def _change(case: Case, policy: Policy, rules: Rules, now_ms: int) -> Change:
    draft = Draft(case, Cause(PREVIEW, PREVIEW, now_ms), policy, rules)
    put_under(draft, policy)
    after = draft.case
    return Change(
        case_id=case.case_id,
        case_no=case.case_no,
        from_version=case.policy_version,
        act=case.next_act,
        due_ms=case.next_due_ms,
        act_after=after.next_act,
        due_after_ms=after.next_due_ms,
        resolve_due_ms=case.resolve_due_ms,
        resolve_due_after_ms=after.resolve_due_ms,
        effect=_effect(case, after, now_ms),
    )


def _effect(before: Case, after: Case, now_ms: int) -> Effect:
    if before.ladder_step > 0 or before.next_due_ms <= now_ms:
        return Effect.OVERDUE_BEFORE
    if after.next_due_ms <= now_ms:
        return Effect.OVERDUE_BY_IT
    if after.next_due_ms == before.next_due_ms:
        return Effect.SAME
    return Effect.SOONER if after.next_due_ms < before.next_due_ms else Effect.LATER
