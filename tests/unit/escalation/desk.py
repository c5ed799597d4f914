"""A duty desk for tests: one household, its officials, and a clock moved by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.common.lanes import lane_of
from services.common.spans import HOUR_MS
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.bulletins import GapAhead
from services.escalation.domain.cases import Case, SubjectCases
from services.escalation.domain.decide import decide
from services.escalation.domain.draft import Rules
from services.escalation.domain.events import (
    Decision,
    EntryType,
    LedgerEntry,
    NoticeKind,
    NoticeOwed,
)
from services.escalation.domain.messages import (
    CLOCK,
    Acknowledge,
    Act,
    Alarm,
    Command,
    DeadlineReached,
    Finding,
    FindingReason,
    Message,
    Origin,
    RecordVisit,
    Resolve,
)
from services.escalation.domain.obligation import EventDate, Finish, Obligation, OwnerRule
from services.escalation.domain.policy import Duty, Opens, Policies, Policy, Rung, Term
from services.escalation.domain.posts import Appointment, OwnerReason, Post
from services.escalation.domain.worktime import OfficeHours

GRID = "532301001002003"
HOUSEHOLD = "HABCDEFGHIJKLMNOPQRST"
START_MS = 1_767_686_400_000
VILLAGE, TOWNSHIP, COUNTY, PREFECTURE = "VC-1", "TS-1", "CT-1", "PF-1"
COLLEAGUE_ABOVE, STRANGER = "PF-2", "TS-9"
CATCH_ALL = "DUTY-ROOM"
PLACES = {
    VILLAGE: ("532301001002", Tier.VILLAGE),
    TOWNSHIP: ("532301001", Tier.TOWNSHIP),
    COUNTY: ("532301", Tier.COUNTY),
    PREFECTURE: ("532300", Tier.PREFECTURE),
    COLLEAGUE_ABOVE: ("532300", Tier.PREFECTURE),
    STRANGER: ("532301999", Tier.TOWNSHIP),
}
POLICE, FEDERATION = "PS-1", "WF-1"
OFFICIALS = {
    official_id: Post(official_id, place, tier) for official_id, (place, tier) in PLACES.items()
} | {
    POLICE: Post(POLICE, "532301001", Tier.TOWNSHIP, "police_station"),
    FEDERATION: Post(FEDERATION, "532301", Tier.COUNTY, "womens_federation"),
}


class Roster:
    """The officials given, first of each tier in charge."""

    def __init__(self, officials: Sequence[str] = tuple(OFFICIALS)) -> None:
        self._posts = {official_id: OFFICIALS[official_id] for official_id in officials}

    def as_of(self, at_ms: int) -> Roster:
        return self

    def get(self, official_id: str) -> Post | None:
        return self._posts.get(official_id)

    def holder(self, jurisdiction_code: str, tier: Tier, duty: str) -> str:
        """Of two officials of a unit the second is the deputy."""
        found = [p for p in self._posts.values() if p.tier == tier and p.is_over(jurisdiction_code)]
        return found[1].official_id if duty == "deputy" and len(found) > 1 else ""

    def gaps_ahead(self, until_ms: int) -> Sequence[tuple[GapAhead, str]]:
        return ()

    def stand_in(self, official_id: str) -> str:
        return ""

    def owner(self, jurisdiction_code: str, tier: Tier) -> Appointment:
        reason = OwnerReason.ON_ROSTER
        for step in range(tier, Tier.PREFECTURE + 1):
            for post in self._posts.values():
                if post.tier == step and post.is_over(jurisdiction_code):
                    return Appointment(post.official_id, post.tier, reason)
            reason = OwnerReason.ROSTER_GAP_NEXT_TIER
        return Appointment("", Tier.PREFECTURE, OwnerReason.NOBODY_ON_ROSTER)

    def department(self, jurisdiction_code: str, department: str, tier: Tier) -> Appointment:
        for post in self._posts.values():
            if post.department == department and post.serves(jurisdiction_code):
                return Appointment(post.official_id, post.tier, OwnerReason.ON_ROSTER)
        centre = self.owner(jurisdiction_code, tier)
        if not centre.owner_id:
            return centre
        return Appointment(centre.owner_id, centre.tier, OwnerReason.DEPARTMENT_GAP_TO_CENTRE)


def duty(tier: Tier, opens: Opens, acknowledge_h: float, visit_h: float, every_h: float) -> Duty:
    return Duty(
        tier=tier,
        opens=opens,
        acknowledge_within=Term(acknowledge_h),
        first_visit_within=Term(visit_h),
        revisit_every=Term(72),
        resolve_within=Term(720),
        ladder_every=Term(every_h),
    )


POLICY = Policy(
    policy_id="test",
    version="1",
    valid_from_ms=0,
    packs=("*",),
    catch_all_id=CATCH_ALL,
    office_hours=OfficeHours(),
    duties={
        Level.GREEN: duty(Tier.VILLAGE, Opens.WITH_CONTRIBUTION, 72, 360, 72),
        Level.YELLOW: duty(Tier.TOWNSHIP, Opens.ALWAYS, 24, 72, 24),
        Level.RED: duty(Tier.COUNTY, Opens.ALWAYS, 2, 24, 4),
    },
    rungs=(
        Rung(NoticeColour.WHITE, False),
        Rung(NoticeColour.YELLOW, True),
        Rung(NoticeColour.RED, True),
    ),
    repeats_at_top=2,
)


def kind(kind_id: str, origin: Origin, **details: object) -> Policy:
    """A kind of obligation with the ladder of POLICY: acknowledged in a day, finished in ten."""
    facts: dict[str, object] = {
        "origin": origin,
        "details": frozenset(),
        "owner": OwnerRule(Tier.TOWNSHIP),
        "finish": Finish(within=Term(240)),
        "evidence": (),
        "outcomes": {"done": {}, "mediated": {}},
        "approval": Tier.NONE,
        "approve_within": Term(48),
    }
    visit_h = details.pop("visit_h", None)
    obligation = Obligation(**(facts | details))  # type: ignore[arg-type]
    owed = replace(duty(Tier.TOWNSHIP, Opens.ALWAYS, 24, 72, 24), visits_owed=visit_h is not None)
    return replace(
        POLICY,
        policy_id=kind_id,
        packs=(),
        duties={Level.NONE: replace(owed, first_visit_within=Term(visit_h or 72))},  # type: ignore[arg-type]
        obligation=obligation,
    )


_TRIAGE = kind(
    "triage",
    Origin.TRIAGE,
    owner=OwnerRule(Tier.VILLAGE, from_event=True),
    finish=Finish(within=Term(720), event_date=EventDate.EARLIER),
)
# A person may see a risk in an incident handed over; without a deadline of triage there are thirty days.
TRIAGE = replace(
    _TRIAGE,
    duties={
        **POLICY.duties,
        Level.NONE: replace(_TRIAGE.duties[Level.NONE], acknowledge_within=Term(720)),
    },
)


SUPPORT = kind(
    "support_request",
    Origin.SUPPORT,
    owner=OwnerRule(Tier.TOWNSHIP, from_event=True),
    finish=Finish(within=Term(720), event_date=EventDate.EARLIER),
)


def rules(roster: Roster | None = None, *policies: Policy) -> Rules:
    return Rules(
        Policies(policies or (POLICY, TRIAGE, SUPPORT)),
        roster or Roster(),
        lambda day: day.weekday() < 5,
    )


def finding(number: int, level: Level, **details: object) -> Finding:
    """A finding as scoring makes it; an assessment unless told otherwise."""
    facts: dict[str, object] = {
        "decision_id": f"decision-{number}",
        "subject_id": HOUSEHOLD,
        "jurisdiction_code": GRID,
        "pack_id": "household_dispute",
        "level": level,
        "computed_level": level,
        "reason": FindingReason.FIRST_RATING,
        "from_incident": False,
        "has_contribution": True,
        "at_ms": START_MS,
    }
    return Finding(**(facts | details))  # type: ignore[arg-type]


@dataclass
class Desk:
    """Everything that happened to one household; what nobody expected fails the test at its end."""

    rules: Rules = field(default_factory=rules)
    now_ms: int = START_MS
    subject: SubjectCases = field(
        default_factory=lambda: SubjectCases(HOUSEHOLD, lane_of(HOUSEHOLD))
    )
    entries: list[LedgerEntry] = field(default_factory=list)
    notices: list[NoticeOwed] = field(default_factory=list)
    unread: list[NoticeOwed] = field(default_factory=list)
    count: int = 0

    @property
    def case(self) -> Case:
        return self.subject.cases[-1]

    def finds(self, level: Level, **details: object) -> Decision:
        """Scoring decides."""
        self.count += 1
        return self.takes(finding(self.count, level, at_ms=self.now_ms, **details))

    def does(self, who: str, act: Act, at_ms: int = 0, case: Case | None = None) -> Decision:
        """An official, or the clock, acts on the newest case or on one, now or as of an earlier moment."""
        self.count += 1
        command_id, case_id = f"command-{self.count}", (case or self.case).case_id
        return self.takes(Command(command_id, case_id, HOUSEHOLD, who, at_ms or self.now_ms, act))

    def acknowledges(self, who: str) -> Decision:
        return self.does(who, Acknowledge())

    def visits(self, who: str) -> Decision:
        return self.does(who, RecordVisit(b""))

    def resolves(self, who: str, how: str = "mediated") -> Decision:
        return self.does(who, Resolve(how))

    def takes(self, message: Message) -> Decision:
        decision = decide(self.subject, message, self.rules)
        self.subject = decision.subject
        self.entries += decision.entries
        self.notices += decision.notices
        self.unread += decision.notices
        return decision

    def clock_strikes(self) -> Decision:
        """The clock proposes the case's deadline as it stands, now."""
        case = self.case
        times = {
            Alarm.LADDER: case.ladder_due_ms,
            Alarm.REMINDER: case.remind_ms,
            Alarm.OFFER: case.offer.accept_due_ms if case.offer else 0,
        }
        alarm = min(times, key=lambda one: times[one] or 1 << 62)
        return self.does(
            CLOCK, DeadlineReached(case.next_act, times[alarm], case.ladder_step, alarm)
        )

    def passes(self, hours: float) -> None:
        """Time passes; the clock proposes each deadline when it is due."""
        until_ms = self.now_ms + int(hours * HOUR_MS)
        while (due_ms := self.case.deadline_ms) is not None and due_ms <= until_ms:
            self.now_ms = due_ms
            self.clock_strikes()
        self.now_ms = until_ms

    def expects(
        self, kind: NoticeKind, recipient: str, colour: NoticeColour = NoticeColour.NONE
    ) -> NoticeOwed:
        """Take one notice out of the unread ones."""
        for notice in self.unread:
            if (notice.kind, notice.recipient_id, notice.colour) == (kind, recipient, colour):
                self.unread.remove(notice)
                return notice
        found = [(n.kind.name, n.recipient_id, n.colour.name) for n in self.unread]
        raise AssertionError(f"no {kind.name} {colour.name} to {recipient}; unread: {found}")

    def expects_nothing_more(self) -> None:
        found = [(n.kind.name, n.recipient_id, n.colour.name) for n in self.unread]
        assert found == []

    def happened(self) -> list[EntryType]:
        """The ledger as a list of what happened."""
        return [entry.type for entry in self.entries]
