"""The one pure function of this service: state and message in, new state, ledger entries and notices out.

The state machine of a case. An open case waits for exactly one act:

    status        waits for                leaves it by                               clock
    OPENED        ACKNOWLEDGE              acknowledge -> ACKNOWLEDGED                acknowledge_within
                                           visit -> IN_PROGRESS (acknowledges too)
    ACKNOWLEDGED  FIRST_VISIT              visit -> IN_PROGRESS                       first_visit_within
    IN_PROGRESS   REVISIT, or RESOLVE      visit -> IN_PROGRESS (clock restarts)      revisit_every,
                  if that is due first     resolve -> RESOLVED                        resolve_within
    RESOLVED      nothing                  (a new finding opens a new case, and so    none
                                            does a person who raises its level; the
                                            level may still be lowered)

    in any open status
    finding finds a higher level, or a person raises it    -> OPENED, owner of the new level's tier
    lowering asked by one and approved by a second person  -> same status, level lower, clock restarts
    scoring does not follow a lowering                     -> OPENED, back at the level in force
    reassign                                               -> same status, clock goes on; where the policy
                                                              asks for acceptance, once the other accepts
    a reminder is due, or it was read and nothing followed -> same status, the owner is reminded (promises.py)
    nothing followed an acknowledgement by the due time    -> OPENED where the policy says so, the ladder goes on
    whatever else is owed opens a case of its own beside these (owed.py, closing.py), by a kind that is data:

    OPENED        ACKNOWLEDGE              acknowledge, evidence, visit -> ACKNOWLEDGED   the kind's
    ACKNOWLEDGED  FIRST_VISIT, REVIEW or   visit, review -> the next of them            the kind's; RESOLVE set at
    IN_PROGRESS   RESOLVE, the first due   resolve, with all evidence -> RESOLVED, or     the opening
                                           asks a second person:
                  APPROVE_CLOSING          approve -> RESOLVED; return -> RESOLVE again   the kind's, on the approver

    deadline passes (the clock's command, from the log)    -> same status, one rung up the ladder:
        rung 1  white notice to the owner
        rung 2  yellow notice to the owner, case to the next tier
        rung 3  red notice to the owner, case to the next tier; repeated, at the top a set number of times

A notice (督办单) is answered or withdrawn in any status, also after the resolution; see notices.py. Its official
number, and the clock over a missing answer, come after it was issued; see notice_course.py.

Time is that of the message, so that reading the log again gives the same bytes.
"""

from __future__ import annotations

from dataclasses import replace

from services.escalation.domain.acts import ACTS
from services.escalation.domain.cases import Case, SubjectCases
from services.escalation.domain.draft import Cause, Draft, Rules, nothing
from services.escalation.domain.events import Decision, EntryType
from services.escalation.domain.findings import apply_finding, apply_refusal
from services.escalation.domain.ladder import apply_deadline
from services.escalation.domain.messages import (
    Alarm,
    ApproveLowering,
    Command,
    DeadlineReached,
    Finding,
    LoweringRefused,
    Message,
    NoteRead,
    NumberAllotted,
    Owed,
    RaiseLevel,
    ReplyOverdue,
    RequestLowering,
)
from services.escalation.domain.notice_course import apply_to_notice
from services.escalation.domain.notices import NOTICE_ACTS
from services.escalation.domain.owed import apply_owed
from services.escalation.domain.promises import apply_alarm
from services.escalation.domain.reasons import DROPPED, REFUSED, Reason
from services.escalation.domain.want import closes_for_want


def decide(subject: SubjectCases, message: Message, rules: Rules) -> Decision:
    """Apply one message to the cases of its subject."""
    if isinstance(message, Finding):
        found = apply_finding(subject, message, rules)
        return replace(found, then=closes_for_want(found.subject, message, rules))
    if isinstance(message, LoweringRefused):
        return apply_refusal(subject, message, rules)
    if isinstance(message, Owed):
        return apply_owed(subject, message, rules)
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
        ladder = command.act.alarm is Alarm.LADDER
        return (apply_deadline if ladder else apply_alarm)(subject, draft, command.act)
    if isinstance(command.act, NumberAllotted | ReplyOverdue):
        return apply_to_notice(subject, draft, command.act)
    return _apply_act(subject, draft, command)


def _changes_the_newest(subject: SubjectCases, case: Case, command: Command) -> bool:
    """What persons may still do once a case is resolved: change the level it left behind."""
    changes = isinstance(command.act, RequestLowering | ApproveLowering)
    changes |= isinstance(command.act, RaiseLevel) and not case.obligation
    return changes and subject.newest(case.pack_id) == case


def _apply_act(subject: SubjectCases, draft: Draft, command: Command) -> Decision:
    closed = not draft.case.is_open and not isinstance(command.act, NOTICE_ACTS)
    if closed and isinstance(command.act, NoteRead):
        return nothing(subject, Reason.ALREADY_READ)
    if closed and not _changes_the_newest(subject, draft.case, command):
        reason = Reason.CASE_CLOSED
    elif command.act is None:
        reason = Reason.UNKNOWN_ACT
    else:
        reason = ACTS[type(command.act)](draft, command.act)
    if reason in DROPPED:
        return nothing(subject, reason)
    if reason in REFUSED:
        draft.write(EntryType.COMMAND_REFUSED, reason)
    return draft.finish(subject, reason)
