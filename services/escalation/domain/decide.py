"""The one pure function of this service: state and message in, new state, ledger entries and notices out.

The state machine of a case. An open case waits for exactly one act:

    status        waits for                leaves it by                               clock
    OPENED        ACKNOWLEDGE              acknowledge -> ACKNOWLEDGED                acknowledge_within
                                           visit -> IN_PROGRESS (acknowledges too)
    ACKNOWLEDGED  FIRST_VISIT              visit -> IN_PROGRESS                       first_visit_within
    IN_PROGRESS   REVISIT, or RESOLVE      visit -> IN_PROGRESS (clock restarts)      revisit_every,
                  if that is due first     resolve -> RESOLVED                        resolve_within
    RESOLVED      nothing                  (a new finding opens a new case)           none

    in any open status
    finding finds a higher level, or a person raises it    -> OPENED, owner of the new level's tier
    lowering asked by one and approved by a second person  -> same status, level lower, clock restarts
    reassign                                               -> same status, clock goes on
    deadline passes (the clock's command, from the log)    -> same status, one rung up the ladder:
        rung 1  white notice to the owner
        rung 2  yellow notice to the owner, case to the next tier
        rung 3  red notice to the owner, case to the next tier; repeated, at the top a set number of times

A notice (督办单) is answered or withdrawn in any status, also after the resolution; see notices.py.

Time is that of the message, so that reading the log again gives the same bytes.
"""

from __future__ import annotations

from services.escalation.domain.acts import ACTS
from services.escalation.domain.cases import SubjectCases
from services.escalation.domain.draft import Cause, Draft, Rules, nothing
from services.escalation.domain.events import Decision, EntryType
from services.escalation.domain.findings import apply_finding
from services.escalation.domain.ladder import apply_deadline
from services.escalation.domain.messages import Command, DeadlineReached, Finding, Message
from services.escalation.domain.notices import NOTICE_ACTS
from services.escalation.domain.reasons import REFUSED, Reason


def decide(subject: SubjectCases, message: Message, rules: Rules) -> Decision:
    """Apply one message to the cases of its subject."""
    if isinstance(message, Finding):
        return apply_finding(subject, message, rules)
    return _apply_command(subject, message, rules)


def _apply_command(subject: SubjectCases, command: Command, rules: Rules) -> Decision:
    case = subject.case(command.case_id)
    if case is None:
        return nothing(subject, Reason.UNKNOWN_CASE)
    if command.command_id in case.applied_ids:
        return nothing(subject, Reason.DUPLICATE)
    # A sender's clock may be behind: nothing in a case happens before it was opened.
    at_ms = max(command.at_ms, case.opened_at_ms)
    cause = Cause(command.command_id, command.actor_id, at_ms)
    draft = Draft(case, cause, rules.policies.of_case(case.policy_version), rules)
    if isinstance(command.act, DeadlineReached):
        return apply_deadline(subject, draft, command.act)
    return _apply_act(subject, draft, command)


def _apply_act(subject: SubjectCases, draft: Draft, command: Command) -> Decision:
    if not draft.case.is_open and not isinstance(command.act, NOTICE_ACTS):
        reason = Reason.CASE_CLOSED
    elif command.act is None:
        reason = Reason.UNKNOWN_ACT
    else:
        reason = ACTS[type(command.act)](draft, command.act)
    if reason in REFUSED:
        draft.write(EntryType.COMMAND_REFUSED, reason)
    return draft.finish(subject, reason)
