"""What the register and the clock do to a supervision notice: it is numbered, told, chased, and closed unanswered."""

from __future__ import annotations

from dataclasses import replace

from services.common.terms import Tier
from services.escalation.domain.cases import NoticeIssued, SubjectCases
from services.escalation.domain.draft import Draft, nothing
from services.escalation.domain.events import Decision, EntryType, NoticeKind
from services.escalation.domain.messages import NumberAllotted, ReplyOverdue
from services.escalation.domain.policy import Chased
from services.escalation.domain.reasons import Reason


def apply_to_notice(
    subject: SubjectCases, draft: Draft, act: NumberAllotted | ReplyOverdue
) -> Decision:
    """What the register or the clock has to say of a notice; neither needs to be remembered, the notice does."""
    notice = draft.case.notice(act.notice_id)
    if notice is None:
        return nothing(subject, Reason.NO_SUCH_NOTICE)
    if isinstance(act, NumberAllotted):
        return _number(subject, draft, notice, act.official_no)
    return _chase(subject, draft, notice, act)


def tell_supervision(draft: Draft, notice: NoticeIssued) -> NoticeIssued:
    """Send a notice to its recipient, and a copy to the tier above where the policy wants one."""
    told = draft.addressees(notice.recipient_id, notice.tier, notice.colour)
    draft.tell(NoticeKind.SUPERVISION, notice.recipient_id, notice)
    for official_id in told[1:]:
        draft.tell(NoticeKind.SUPERVISION_COPY, official_id, notice)
    return draft.keep(replace(notice, told_ids=told))


def _number(
    subject: SubjectCases, draft: Draft, notice: NoticeIssued, official_no: str
) -> Decision:
    """Write the number down and tell of the notice; one withdrawn before it was numbered is told to nobody."""
    if not notice.awaits_number:
        return nothing(subject, Reason.DUPLICATE)
    due_ms = _reply_due(draft, notice)
    numbered = replace(
        notice,
        official_no=official_no,
        awaits_number=False,
        reply_due_ms=due_ms,
        chase_due_ms=draft.chase_due(notice.colour, notice.chase_step, due_ms)
        if notice.chase_due_ms
        else 0,
    )
    draft.keep(numbered)
    if not notice.withdrawn_at_ms:
        numbered = tell_supervision(draft, numbered)
    _write(draft, EntryType.NOTICE_NUMBERED, Reason.NOTICE_NUMBERED, numbered, numbered.told_ids)
    return draft.finish(subject, Reason.NOTICE_NUMBERED, remember=False)


def _reply_due(draft: Draft, notice: NoticeIssued) -> int:
    """The answer's deadline as it was issued, or the whole term from now when it passed before anybody was told."""
    if notice.is_ended or draft.now_ms < notice.reply_due_ms:
        return notice.reply_due_ms
    return draft.due(draft.policy.reply_term(notice.colour))


def _chase(
    subject: SubjectCases, draft: Draft, notice: NoticeIssued, act: ReplyOverdue
) -> Decision:
    waits = (notice.chase_due_ms, notice.chase_step) == (act.due_ms, act.chase_step)
    if not waits or not act.due_ms or notice.awaits_number:
        return nothing(subject, Reason.STALE_DEADLINE)
    if draft.now_ms < act.due_ms:
        return nothing(subject, Reason.NOT_DUE_YET)
    steps_left = notice.chase_step < len(draft.policy.chase)
    reason = _take_step(subject, draft, notice) if steps_left else _give_up(draft, notice)
    return draft.finish(subject, reason, remember=False)


def _take_step(subject: SubjectCases, draft: Draft, notice: NoticeIssued) -> Reason:
    """Remind the recipient, or tell the tier above; a silenced reminder is a step all the same, and on record."""
    step = draft.policy.chase[notice.chase_step]
    reminds = step.tells is Chased.RECIPIENT
    silent = reminds and draft.rules.storm.silences(subject, draft.case)
    who = notice.recipient_id if reminds else _above(draft, notice)
    told = () if silent else (who,)
    taken, due_ms = notice.chase_step + 1, draft.due(step.then_wait)
    chased = draft.keep(
        replace(
            notice,
            chase_step=taken,
            chase_due_ms=draft.chase_due(notice.colour, taken, due_ms),
            told_ids=tuple(dict.fromkeys((*notice.told_ids, *told))),
        )
    )
    for official_id in told:
        kind = NoticeKind.REPLY_OVERDUE if reminds else NoticeKind.NOTICE_UNANSWERED
        draft.tell(kind, official_id, chased)
    reason = Reason.REMINDER_SILENCED if silent else Reason.REPLY_OVERDUE
    _write(draft, EntryType.NOTICE_CHASED, reason, chased, told)
    return reason


def _give_up(draft: Draft, notice: NoticeIssued) -> Reason:
    """The notice ends unanswered; a late answer is still taken, and ends it anew."""
    ended = draft.keep(replace(notice, chase_due_ms=0, unanswered_at_ms=draft.now_ms))
    _write(draft, EntryType.NOTICE_UNANSWERED, Reason.NOTICE_UNANSWERED, ended, ())
    return Reason.NOTICE_UNANSWERED


def _above(draft: Draft, notice: NoticeIssued) -> str:
    """Who is responsible a tier above the recipient; above the top, whoever the policy tells when nobody is."""
    if notice.tier >= Tier.PREFECTURE:
        return draft.policy.catch_all_id
    return draft.appoint(Tier(notice.tier + 1)).owner_id


def _write(
    draft: Draft, kind: EntryType, reason: Reason, notice: NoticeIssued, told_ids: tuple[str, ...]
) -> None:
    draft.write(
        kind,
        reason,
        colour=notice.colour,
        serial_no=notice.serial_no,
        official_no=notice.official_no,
        recipient_id=notice.recipient_id,
        reply_due_ms=notice.reply_due_ms,
        told_ids=told_ids,
    )
