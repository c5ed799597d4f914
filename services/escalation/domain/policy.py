"""The policy: who is responsible at which level, by when, and what happens when it is late. Data, not code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.cases import NextAct
from services.escalation.domain.messages import Origin
from services.escalation.domain.worktime import IsWorkday, OfficeHours, add_working

if TYPE_CHECKING:
    # Built on the terms of this module.
    from services.escalation.domain.obligation import Obligation

ANY_PACK = "*"


class PolicyMissing(LookupError):
    """A case was opened under a policy whose file is gone: put the file back, then replay."""


class Opens(StrEnum):
    """When a level opens a case."""

    ALWAYS = "always"
    WITH_CONTRIBUTION = "with_contribution"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time, counted by the calendar or in working time."""

    hours: float
    working: bool = False


class Unaccepted(StrEnum):
    """Where a case goes that was offered and not accepted in time."""

    BACK = "back"
    UP = "up"


@dataclass(frozen=True, slots=True)
class AcknowledgeBy:
    """Who must acknowledge: the holders of all these duties, or so many persons of the line."""

    duties: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Reassignment:
    """How long an offered case waits for acceptance, and where it goes then."""

    accept_within: Term
    unaccepted: Unaccepted = Unaccepted.BACK


@dataclass(frozen=True, slots=True)
class Duty:
    """What one level demands, of which tier, by when."""

    tier: Tier
    opens: Opens
    acknowledge_within: Term
    first_visit_within: Term
    revisit_every: Term
    resolve_within: Term
    ladder_every: Term
    # Whether a visit must come before the resolution. Only a duty without a level may owe none.
    visits_owed: bool = True
    # Reminders before a promised act is due; none where the policy says nothing.
    remind_before: tuple[Term, ...] = ()
    # One acknowledgement is enough where it says nothing.
    acknowledge_by: AcknowledgeBy | None = None
    # Whether an acknowledgement counts no longer when nothing followed in time.
    unacknowledge: bool = False
    # How long after it was read, with nothing following, the owner is reminded.
    idle_after_read: Term | None = None
    text: Mapping[str, str] = field(default_factory=dict)


# How long a notice leaves for its answer where the policy does not say.
REPLY_WITHIN = Term(72)


class Chased(StrEnum):
    """Who is told when a notice has no answer."""

    RECIPIENT = "recipient"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class ChaseStep:
    """One step over a missing answer: who is told, and how long until the next step, or until it is given up."""

    tells: Chased
    then_wait: Term


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder: the colour of its notice, whether the case moves a tier up, and the reply's term.

    copy_above: the tier above the recipient gets a copy of the notice.
    """

    colour: NoticeColour
    escalates: bool
    reply_within: Term = REPLY_WITHIN
    copy_above: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of one policy. A case keeps the version it began with."""

    policy_id: str
    version: str
    valid_from_ms: int
    packs: tuple[str, ...]
    catch_all_id: str
    office_hours: OfficeHours
    duties: Mapping[Level, Duty]
    rungs: tuple[Rung, ...]
    repeats_at_top: int
    # A reassignment is immediate where the policy says nothing of acceptance.
    reassignment: Reassignment | None = None
    title: Mapping[str, str] = field(default_factory=dict)
    catch_all_text: Mapping[str, str] = field(default_factory=dict)
    # What follows when the answer to a notice is overdue; nothing where it is empty.
    chase: tuple[ChaseStep, ...] = ()
    # What a kind of obligation demands beside; None for a policy of risk levels.
    obligation: Obligation | None = None

    @property
    def key(self) -> str:
        """How a case names it, for example household_conflict/2026-1."""
        return f"{self.policy_id}/{self.version}"

    @property
    def uses_working_time(self) -> bool:
        """Whether any term needs the calendar of working days."""
        of_duties = [term for duty in self.duties.values() for term in _terms(duty)]
        of_notices = [rung.reply_within for rung in self.rungs]
        of_notices += [self.reassignment.accept_within] if self.reassignment else []
        of_notices += [step.then_wait for step in self.chase]
        return any(term.working for term in (*of_duties, *of_notices))

    def rung(self, step: int) -> Rung:
        """The rung for a step, counted from 1; the last one repeats."""
        return self.rungs[min(step, len(self.rungs)) - 1]

    def copies_above(self, colour: NoticeColour) -> bool:
        """Whether the tier above the recipient gets a copy of a notice of this colour."""
        return any(rung.copy_above for rung in self.rungs if rung.colour is colour)

    def reply_term(self, colour: NoticeColour) -> Term:
        """How long a notice of this colour leaves for its answer."""
        found = (rung.reply_within for rung in self.rungs if rung.colour is colour)
        return next(found, REPLY_WITHIN)

    def covers(self, pack_id: str) -> bool:
        """Whether it names this pack."""
        return pack_id in self.packs


class Policies:
    """All versions known: the newest valid one for new cases, any of them for cases that began with it."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._by_key = {policy.key: policy for policy in policies}
        self._newest_first = sorted(
            policies, key=lambda one: (one.valid_from_ms, one.version), reverse=True
        )

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._newest_first)

    def for_new_case(self, pack_id: str, now_ms: int) -> Policy:
        """The newest policy valid now that names the pack, else the newest for any pack.

        Before the first policy began (old data replayed), the oldest serves.
        """
        covering = [
            policy
            for wanted in (pack_id, ANY_PACK)
            for policy in self._newest_first
            if policy.covers(wanted)
        ]
        for policy in covering:
            if policy.valid_from_ms <= now_ms:
                return policy
        if covering:
            return min(covering, key=lambda policy: policy.valid_from_ms)
        raise PolicyMissing(f"no policy covers pack {pack_id!r}")

    def find(self, key: str) -> Policy | None:
        """A version by its key; None when it is not in the folder."""
        return self._by_key.get(key)

    def for_obligation(self, origin: Origin, detail: str, at_ms: int) -> Policy | None:
        """The newest kind valid then that takes what is owed; None: what came in before a kind began opens nothing."""
        for policy in self._newest_first:
            takes = policy.obligation is not None and policy.obligation.takes(origin, detail)
            if takes and policy.valid_from_ms <= at_ms:
                return policy
        return None

    def of_case(self, key: str) -> Policy:
        """The version a case began with."""
        policy = self._by_key.get(key)
        if policy is None:
            raise PolicyMissing(f"policy {key!r} is not in the policy folder; put its file back")
        return policy


def due_after(policy: Policy, term: Term, now_ms: int, is_workday: IsWorkday) -> int:
    """When a term that starts now ends."""
    length = int(term.hours * HOUR_MS)
    if not term.working:
        return now_ms + length
    return add_working(now_ms, length, policy.office_hours, is_workday)


def term_for(duty: Duty, act: NextAct) -> Term:
    """The term an act has."""
    return {
        NextAct.ACKNOWLEDGE: duty.acknowledge_within,
        NextAct.FIRST_VISIT: duty.first_visit_within,
        NextAct.REVISIT: duty.revisit_every,
        NextAct.RESOLVE: duty.resolve_within,
    }[act]


def _terms(duty: Duty) -> tuple[Term, ...]:
    return (
        duty.acknowledge_within,
        duty.first_visit_within,
        duty.revisit_every,
        duty.resolve_within,
        duty.ladder_every,
        *((duty.idle_after_read,) if duty.idle_after_read else ()),
    )
