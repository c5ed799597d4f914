"""A case while one message changes it: collects the new state, the ledger entries and the notices owed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.common.divisions import code_at
from services.common.ids import derived_id
from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import (
    APPLIED_IDS_KEPT,
    Case,
    CaseStatus,
    NextAct,
    NoticeIssued,
    SubjectCases,
)
from services.escalation.domain.events import (
    Decision,
    EntryType,
    LedgerEntry,
    NoticeKind,
    NoticeOwed,
)
from services.escalation.domain.messages import Message
from services.escalation.domain.policy import Chased, Duty, Policies, Policy, Rung, Term, due_after
from services.escalation.domain.posts import OWNER, Appointment, OwnerReason, Posts
from services.escalation.domain.reasons import Reason
from services.escalation.domain.serials import COLOUR_WORD, Numbering
from services.escalation.domain.storm import NO_STORM, Storm
from services.escalation.domain.worktime import (
    IsWorkday,
    KnowsYear,
    every_year,
    local_date,
    years_between,
)

if TYPE_CHECKING:
    from services.escalation.domain.obligation import Obligation

# A person's reason is a code: the ledger is not encrypted, so free text has no place in it.
REASON_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions look up: policies, roster, working days, and how notices are numbered (None: they are not)."""

    policies: Policies
    posts: Posts
    is_workday: IsWorkday
    knows_year: KnowsYear = every_year
    numbering: Numbering | None = None
    storm: Storm = NO_STORM

    def as_of(self, at_ms: int) -> Rules:
        """The same with the roster as it stood at a moment."""
        posts = self.posts.as_of(at_ms)
        return self if posts is self.posts else replace(self, posts=posts)


@dataclass(frozen=True, slots=True)
class Cause:
    """What brings the change about: who, by which message, when, and since when the citizen's report waits."""

    cause_id: str
    actor_id: str
    at_ms: int
    accepted_at_ms: int = 0
    trace_id: str = ""


class Draft:
    """Mutable only inside one call of `decide`."""

    __slots__ = ("assumed_years", "case", "cause", "entries", "notices", "policy", "rules", "then")

    def __init__(self, case: Case, cause: Cause, policy: Policy, rules: Rules) -> None:
        self.case = case
        self.cause = cause
        self.policy = policy
        self.rules = rules.as_of(cause.at_ms)
        self.entries: list[LedgerEntry] = []
        self.notices: list[NoticeOwed] = []
        self.assumed_years: set[int] = set()
        self.then: Message | None = None

    @property
    def now_ms(self) -> int:
        """The time of the message: the only present there is."""
        return self.cause.at_ms

    @property
    def duty(self) -> Duty:
        """What the policy demands at the case's level."""
        return self.policy.duties[self.case.level]

    @property
    def obligation(self) -> Obligation | None:
        """What the kind of obligation demands; None for a risk, also where a person saw one in what was owed."""
        return self.policy.obligation if self.case.level is Level.NONE else None

    def change(self, **changes: Any) -> None:
        """Replace fields of the case."""
        self.case = replace(self.case, **changes)

    def await_act(self, act: NextAct, due_ms: int) -> None:
        """From now on the case waits for this act; the ladder starts at its foot.

        A legal duty that is due by then comes first. An acknowledgement stays what it is, but is due by then.
        """
        owed = self.case.duties_owed
        behind, behind_due_ms = NextAct.NONE, 0
        if owed and act is not NextAct.NONE and owed[0].due_ms <= due_ms:
            if act is not NextAct.ACKNOWLEDGE:
                behind, behind_due_ms, act = act, due_ms, NextAct.LEGAL_DUTY
            due_ms = owed[0].due_ms
        self.change(
            next_act=act,
            next_due_ms=due_ms,
            ladder_due_ms=due_ms,
            ladder_step=0,
            after_duty_act=behind,
            after_duty_due_ms=behind_due_ms,
            remind_ms=self.next_reminder(due_ms),
            broken_act=NextAct.NONE,
            broken_due_ms=0,
        )

    def next_reminder(self, due_ms: int) -> int:
        """When the owner of an act that was promised is reminded next; 0 when not any more."""
        promised = self.case.status in (CaseStatus.ACKNOWLEDGED, CaseStatus.IN_PROGRESS)
        before = self.duty.remind_before if promised else ()
        times = (due_ms - int(term.hours * HOUR_MS) for term in before)
        first = min((one for one in times if one > self.now_ms), default=0)
        return self.reminder_at(first, due_ms) if first else 0

    def reminder_at(self, at_ms: int, due_ms: int) -> int:
        """When a reminder meant for a moment is sent: after planned maintenance, unless the act were due by then.

        One about red is never put off.
        """
        case = self.case
        open_red = any(n.colour is NoticeColour.RED and not n.is_ended for n in case.notices)
        red = case.level is Level.RED or open_red
        colour = NoticeColour.RED if red else NoticeColour.NONE
        later_ms = self.rules.storm.reminder_due(at_ms, colour, case.jurisdiction_code)
        return later_ms if later_ms < due_ms else at_ms

    def holder_of(self, duty: str) -> str:
        """Who has a duty of the case's unit and tier now: its owner, or the holder of that post."""
        case = self.case
        if duty == OWNER:
            return case.owner_id
        return self.rules.posts.holder(case.jurisdiction_code, case.tier, duty)

    def co_acknowledgers(self) -> list[str]:
        """Whoever beside the owner must acknowledge."""
        wanted = self.duty.acknowledge_by
        found = (self.holder_of(duty) for duty in wanted.duties) if wanted else ()
        return [one for one in dict.fromkeys(found) if one not in ("", self.case.owner_id)]

    def due(self, term: Term, since_ms: int = 0) -> int:
        """When a term that starts now, or then, ends; remembers the years whose working days could only be assumed."""
        since_ms = since_ms or self.now_ms
        due_ms = due_after(self.policy, term, since_ms, self.rules.is_workday)
        if term.working:
            years = years_between(since_ms, due_ms)
            self.assumed_years.update(year for year in years if not self.rules.knows_year(year))
        return due_ms

    def acknowledge_due(self) -> int:
        """When a case opened now must be acknowledged; a visit due sooner leaves no more time than that."""
        return self._not_after_visit(self.due(self.duty.acknowledge_within))

    def first_visit_due(self) -> int:
        """When the first visit is due: by the policy, and for a household not rated by when scoring says."""
        return self._not_after_visit(self.due(self.duty.first_visit_within))

    def _not_after_visit(self, due_ms: int) -> int:
        return min(due_ms, self.case.visit_by_ms or due_ms)

    def write(self, kind: EntryType, reason: str, **details: Any) -> None:
        """Add a ledger entry with the level and tier as they are now."""
        case = self.case
        self.entries.append(
            LedgerEntry(
                case_id=case.case_id,
                sequence=case.ledger_length + len(self.entries) + 1,
                type=kind,
                at_ms=self.now_ms,
                actor_id=self.cause.actor_id,
                cause_id=self.cause.cause_id,
                reason=reason,
                level=case.level,
                tier=case.tier,
                **details,
            )
        )

    def tell(self, kind: NoticeKind, recipient_id: str, issued: NoticeIssued | None = None) -> None:
        """Owe a notice to an official; the same cause, kind and recipient give the same id.

        A supervision notice keeps the id with which it was issued, whenever it is told.
        """
        case, cause = self.case, self.cause
        is_itself = issued is not None and kind is NoticeKind.SUPERVISION
        self.notices.append(
            NoticeOwed(
                notice_id=issued.notice_id
                if issued and is_itself
                else self.notice_id(kind, recipient_id),
                case_id=case.case_id,
                case_no=case.case_no,
                subject_id=case.subject_id,
                kind=kind,
                colour=issued.colour if issued else NoticeColour.NONE,
                serial_no=issued.serial_no if issued else "",
                level=case.level,
                tier=case.tier,
                recipient_id=recipient_id,
                jurisdiction_code=case.jurisdiction_code,
                act=case.next_act,
                act_due_ms=case.ladder_due_ms or case.next_due_ms,
                created_at_ms=cause.at_ms,
                accepted_at_ms=cause.accepted_at_ms,
                trace_id=cause.trace_id,
                pack_id=case.pack_id,
                duty_ids=tuple(one.duty_id for one in case.duties_owed),
                official_no=issued.official_no if issued else "",
                obligation=case.obligation,
            )
        )

    def keep(self, notice: NoticeIssued) -> NoticeIssued:
        """Put a changed notice in the place it has; gives it back."""
        kept = tuple(
            notice if one.notice_id == notice.notice_id else one for one in self.case.notices
        )
        self.change(notices=kept)
        return notice

    def acknowledge(self, reason: Reason) -> None:
        """The case is taken on, by whatever act says so."""
        self.change(status=CaseStatus.ACKNOWLEDGED, acknowledged_at_ms=self.now_ms)
        self.write(EntryType.ACKNOWLEDGED, reason)

    def resolve(self, how: str, remarks: bytes) -> None:
        """The case is over; nothing is awaited any more."""
        # What waits for an answer of others ends with it, or its time would go on being watched.
        self.change(
            status=CaseStatus.RESOLVED, resolved_at_ms=self.now_ms, lowering=None, offer=None
        )
        self.await_act(NextAct.NONE, 0)
        self.write(EntryType.RESOLVED, how, remarks=remarks)

    def notice_id(self, kind: NoticeKind, recipient_id: str) -> str:
        """Derived from the cause, not from the ledger sequence: a message read again after a crash,
        in another order beside the other topic, must not become a second message to a phone."""
        return derived_id(self.case.case_id, self.cause.cause_id, kind.name, recipient_id)

    def appoint(self, tier: Tier, department: str = "") -> Appointment:
        """Who is responsible at a tier, or in a department there; the policy's catch-all when nobody is."""
        posts, place = self.rules.posts, self.case.jurisdiction_code
        found = (
            posts.department(place, department, tier) if department else posts.owner(place, tier)
        )
        if found.reason is OwnerReason.NOBODY_ON_ROSTER:
            return replace(found, owner_id=self.policy.catch_all_id, tier=Tier.PREFECTURE)
        return found

    def hand_over(self, to: Appointment) -> str:
        """Make an appointed official the owner; gives back the former owner's id."""
        case = self.case
        waits = case.status is CaseStatus.OPENED
        self.change(
            owner_id=to.owner_id,
            tier=to.tier,
            owner_reason=to.reason.value,
            # What the former owner read, was offered or half acknowledged does not bind the new one.
            reads=(),
            offer=None,
            acknowledgements=() if waits else case.acknowledgements,
            remind_ms=0 if waits else case.remind_ms,
        )
        return case.owner_id

    def tell_hand_over(self, to: Appointment, former: str, kind: NoticeKind) -> None:
        """Tell the new owner, the former one, and over a gap of the roster who stands in and who keeps it."""
        self.tell(kind, to.owner_id)
        for other in self.co_acknowledgers():
            self.tell(kind, other)
        if former not in ("", to.owner_id):
            self.tell(NoticeKind.TAKEN_OVER, former)
        if to.reason in (OwnerReason.ROSTER_GAP_NEXT_TIER, OwnerReason.NOBODY_ON_ROSTER):
            self.tell(NoticeKind.ROSTER_GAP, to.owner_id)
        if to.keeper_id not in ("", to.owner_id):
            self.tell(NoticeKind.FILL_ROSTER, to.keeper_id)

    def issue(self, rung: Rung) -> NoticeIssued:
        """Issue a rung's supervision notice to the owner, with its serial number and the reply's deadline.

        The serial number is unique and the same at each replay. The official number, without gaps over all
        lanes of a county, is its register's to allot once this has been stored (docs/decisions/0013).
        """
        case, colour = self.case, rung.colour
        reply_due_ms = self.due(rung.reply_within)
        waits = self.rules.numbering is not None
        told = () if waits else self.addressees(case.owner_id, case.tier, colour)
        issued = NoticeIssued(
            self.notice_id(NoticeKind.SUPERVISION, case.owner_id),
            colour,
            self._serial_no(colour),
            self.now_ms,
            case.owner_id,
            case.tier,
            reply_due_ms,
            awaits_number=waits,
            told_ids=told,
            chase_due_ms=self.chase_due(colour, 0, reply_due_ms),
        )
        self.change(notices=(*case.notices, issued))
        self.write(
            EntryType.NOTICE_ISSUED,
            f"{colour.name.lower()}_notice",
            colour=colour,
            serial_no=issued.serial_no,
            recipient_id=case.owner_id,
            reply_due_ms=issued.reply_due_ms,
            told_ids=told,
        )
        return issued

    def chase_due(self, colour: NoticeColour, step: int, due_ms: int) -> int:
        """When a step over a missing answer is taken: a reminder not in a maintenance window; 0 where none is owed."""
        steps = self.policy.chase
        if not steps:
            return 0
        if step < len(steps) and steps[step].tells is Chased.RECIPIENT:
            return self.rules.storm.reminder_due(due_ms, colour, self.case.jurisdiction_code)
        return due_ms

    def addressees(self, recipient_id: str, tier: Tier, colour: NoticeColour) -> tuple[str, ...]:
        """Who gets a notice: its recipient, and by policy whoever is responsible a tier above."""
        if not self.policy.copies_above(colour) or tier >= Tier.PREFECTURE:
            return (recipient_id,)
        above = self.appoint(Tier(tier + 1)).owner_id
        return tuple(dict.fromkeys((recipient_id, above)))

    def _serial_no(self, colour: NoticeColour) -> str:
        county, _, code = self.case.case_no.partition("-")
        year = local_date(self.now_ms).year
        return f"{COLOUR_WORD[colour]}-{county}-{year}-{code}-{len(self.case.notices) + 1}"

    @staticmethod
    def code(given: str, otherwise: Reason) -> str:
        """A person's reason where it is a code, else what stands in for it."""
        return given if REASON_CODE.fullmatch(given) else otherwise.value

    def finish(self, subject: SubjectCases, reason: Reason, *, remember: bool = True) -> Decision:
        """The decision; `remember` keeps the cause's id so that a duplicate has no effect."""
        applied = self.case.applied_ids
        if remember:
            applied = (*applied, self.cause.cause_id)[-APPLIED_IDS_KEPT:]
        length = self.case.ledger_length + len(self.entries)
        self.change(applied_ids=applied, ledger_length=length)
        return Decision(
            subject.with_case(self.case),
            self.case,
            tuple(self.entries),
            tuple(self.notices),
            reason,
            tuple(sorted(self.assumed_years)),
            self.then,
        )


def county_of(jurisdiction_code: str) -> str:
    """The county a case number begins with; the prefecture for a place above all counties."""
    return code_at(jurisdiction_code, Tier.COUNTY) or jurisdiction_code[:6] or "000000"


def nothing(subject: SubjectCases, reason: Reason) -> Decision:
    """A decision without effect."""
    return Decision(subject, None, (), (), reason)
