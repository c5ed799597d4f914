"""An acknowledgement is a promise: who must give it, reminders before it is due, and what happens when it is broken.

Also what surrounds it: a notice that was read with nothing following, and a case offered to another official.
All of it is policy; a policy that says nothing of it means what it always meant.
"""

from __future__ import annotations

from services.common.terms import Tier
from services.escalation.domain.cases import (
    Acknowledgement,
    CaseStatus,
    NextAct,
    Offer,
    ReadMark,
    SubjectCases,
)
from services.escalation.domain.draft import Draft, nothing
from services.escalation.domain.events import Decision, EntryType, NoticeKind
from services.escalation.domain.messages import Alarm, DeadlineReached
from services.escalation.domain.policy import Unaccepted
from services.escalation.domain.posts import OWNER, Appointment, OwnerReason, Post
from services.escalation.domain.reasons import Reason

# Acts that an acknowledgement promises; what follows a visit is no longer a mere promise.
_PROMISED = (NextAct.FIRST_VISIT, NextAct.RESOLVE)


def join_acknowledgements(draft: Draft) -> Reason | None:
    """Count the actor's acknowledgement; why the case is not acknowledged by it yet, None when it is."""
    wanted = draft.duty.acknowledge_by
    if wanted is None:
        return None
    case, actor_id = draft.case, draft.cause.actor_id
    duties = _duties_of(draft, actor_id) if wanted.duties else ("",)
    fresh = tuple(
        Acknowledgement(actor_id, duty, draft.now_ms)
        for duty in duties
        if not any(
            one.official_id == actor_id and one.duty == duty for one in case.acknowledgements
        )
    )
    if not fresh:
        return Reason.ACKNOWLEDGED_ALREADY_BY_YOU
    draft.change(acknowledgements=(*case.acknowledgements, *fresh))
    if _complete(draft):
        return None
    draft.write(EntryType.ACKNOWLEDGED_IN_PART, Reason.ACKNOWLEDGED_IN_PART)
    return Reason.ACKNOWLEDGED_IN_PART


def resume_broken(draft: Draft) -> bool:
    """Acknowledged again after a broken promise: the missed act and its ladder go on, no time is won."""
    case = draft.case
    if case.broken_act is NextAct.NONE:
        return False
    draft.change(
        next_act=case.broken_act,
        next_due_ms=case.broken_due_ms,
        broken_act=NextAct.NONE,
        broken_due_ms=0,
    )
    return True


def break_promise(draft: Draft) -> None:
    """Nothing followed the acknowledgement by the time the act was due: it counts no longer.

    The case waits to be acknowledged again, and the ladder goes on from the rung it is on.
    """
    case = draft.case
    promised = case.status is CaseStatus.ACKNOWLEDGED and case.next_act in _PROMISED
    if not promised or not draft.duty.unacknowledge:
        return
    draft.change(
        status=CaseStatus.OPENED,
        acknowledged_at_ms=0,
        acknowledgements=(),
        reads=(),
        remind_ms=0,
        broken_act=case.next_act,
        broken_due_ms=case.next_due_ms,
        next_act=NextAct.ACKNOWLEDGE,
    )
    draft.write(EntryType.UNACKNOWLEDGED, Reason.NOTHING_FOLLOWED, recipient_id=draft.case.owner_id)


def note_read(draft: Draft) -> Reason:
    """Somebody whom the case waits for has read of it; once for each person and owner."""
    case, actor_id = draft.case, draft.cause.actor_id
    offered = case.offer is not None and case.offer.to_official_id == actor_id
    concerned = offered or actor_id == case.owner_id or actor_id in draft.co_acknowledgers()
    if not concerned or any(one.official_id == actor_id for one in case.reads):
        return Reason.ALREADY_READ
    draft.change(reads=(*case.reads, ReadMark(actor_id, draft.now_ms)))
    draft.write(EntryType.READ, Reason.READ)
    idle = draft.duty.idle_after_read
    if idle and case.status is CaseStatus.OPENED and actor_id == case.owner_id:
        remind_ms, due_ms = draft.due(idle), case.next_due_ms
        draft.change(remind_ms=draft.reminder_at(remind_ms, due_ms) if remind_ms < due_ms else 0)
    return Reason.READ


def apply_alarm(subject: SubjectCases, draft: Draft, reached: DeadlineReached) -> Decision:
    """A reminder is due, or an offer ran out; true only if the case still waits for exactly this."""
    case = draft.case
    offer_ms = case.offer.accept_due_ms if case.offer else 0
    awaited_ms = offer_ms if reached.alarm is Alarm.OFFER else case.remind_ms
    if not case.is_open or not 0 < awaited_ms == reached.due_ms:
        return nothing(subject, Reason.STALE_DEADLINE)
    if draft.now_ms < reached.due_ms:
        return nothing(subject, Reason.NOT_DUE_YET)
    reason = _lapse(draft) if reached.alarm is Alarm.OFFER else _remind(draft, subject)
    return draft.finish(subject, reason, remember=False)


def offer(draft: Draft, to: Post, code: str) -> Reason:
    """Offer the case; it stays with its owner, act, deadline and ladder too, until the other accepts."""
    terms = draft.policy.reassignment
    assert terms is not None
    waiting = draft.case.offer
    if waiting is not None and waiting.to_official_id == to.official_id:
        return Reason.OFFER_WAITS
    accept_due_ms = draft.due(terms.accept_within)
    offered = Offer(
        to.official_id, to.tier, draft.cause.actor_id, draft.now_ms, accept_due_ms, code
    )
    draft.change(offer=offered)
    draft.write(EntryType.REASSIGNMENT_OFFERED, code, recipient_id=to.official_id)
    draft.tell(NoticeKind.REASSIGNMENT_OFFERED, to.official_id)
    return Reason.REASSIGNMENT_OFFERED


def is_offered_to_actor(draft: Draft) -> bool:
    """Whether the actor is the official the case is offered to."""
    waiting = draft.case.offer
    return waiting is not None and waiting.to_official_id == draft.cause.actor_id


def take_over(draft: Draft) -> Reason | None:
    """The official it was offered to becomes the owner; why not, None when done."""
    waiting = draft.case.offer
    if waiting is None:
        return Reason.NO_OFFER
    if not is_offered_to_actor(draft):
        return Reason.NOT_OFFERED_TO_YOU
    to = Appointment(waiting.to_official_id, waiting.tier, OwnerReason.ASSIGNED_BY_PERSON)
    former = draft.hand_over(to)
    draft.write(EntryType.REASSIGNED, Reason.REASSIGNMENT_ACCEPTED, recipient_id=to.owner_id)
    draft.tell(NoticeKind.TAKEN_OVER, former)
    return None


def decline(draft: Draft, code: str) -> Reason:
    """The official it was offered to does not take it: it stays, and the owner is told."""
    if draft.case.offer is None:
        return Reason.NO_OFFER
    if not is_offered_to_actor(draft):
        return Reason.NOT_OFFERED_TO_YOU
    draft.change(offer=None)
    draft.write(EntryType.REASSIGNMENT_DECLINED, code, recipient_id=draft.case.owner_id)
    draft.tell(NoticeKind.REASSIGNMENT_ENDED, draft.case.owner_id)
    return Reason.REASSIGNMENT_DECLINED


def _duties_of(draft: Draft, actor_id: str) -> tuple[str, ...]:
    """The duties the actor acknowledges for; whoever is above in the line does so for the owner."""
    wanted = draft.duty.acknowledge_by
    assert wanted is not None
    held = tuple(duty for duty in wanted.duties if draft.holder_of(duty) == actor_id)
    return held or (OWNER,)


def _complete(draft: Draft) -> bool:
    """Whether all who must have acknowledged. A duty that nobody has now binds nobody."""
    wanted, given = draft.duty.acknowledge_by, draft.case.acknowledgements
    assert wanted is not None
    if wanted.count:
        return len({one.official_id for one in given}) >= wanted.count
    needed = {duty for duty in wanted.duties if draft.holder_of(duty)}
    return needed <= {one.duty for one in given}


def _remind(draft: Draft, subject: SubjectCases) -> Reason:
    """Remind the owner; one silenced by a higher case of the household is a step all the same, and on record."""
    case = draft.case
    idle = case.status is CaseStatus.OPENED
    silent = draft.rules.storm.silences(subject, case)
    reason = Reason.READ_BUT_IDLE if idle else Reason.DUE_SOON
    reason = Reason.REMINDER_SILENCED if silent else reason
    draft.change(remind_ms=0 if idle else draft.next_reminder(case.next_due_ms))
    draft.write(
        EntryType.READ_BUT_IDLE if idle else EntryType.REMINDED,
        reason,
        recipient_id="" if silent else case.owner_id,
    )
    if silent:
        return reason
    kind = NoticeKind.READ_BUT_IDLE if idle else NoticeKind.REMINDER
    draft.tell(kind, case.owner_id)
    # Somebody on leave reads no reminder: whoever stands in is told as well.
    stand_in = draft.rules.posts.stand_in(case.owner_id)
    if stand_in:
        draft.tell(kind, stand_in)
    return reason


def _lapse(draft: Draft) -> Reason:
    """Not accepted in time: it stays with its owner, or goes a tier up, as the policy says."""
    case, terms = draft.case, draft.policy.reassignment
    up = terms is not None and terms.unaccepted is Unaccepted.UP and case.tier < Tier.PREFECTURE
    if not up:
        draft.change(offer=None)
        draft.write(EntryType.REASSIGNMENT_LAPSED, Reason.OFFER_LAPSED, recipient_id=case.owner_id)
        draft.tell(NoticeKind.REASSIGNMENT_ENDED, case.owner_id)
        return Reason.OFFER_LAPSED
    to = draft.appoint(Tier(case.tier + 1))
    former = draft.hand_over(to)
    draft.write(EntryType.REASSIGNMENT_LAPSED, Reason.OFFER_LAPSED_UP, recipient_id=to.owner_id)
    draft.tell_hand_over(to, former, NoticeKind.DUTY_ASSIGNED)
    return Reason.OFFER_LAPSED_UP
