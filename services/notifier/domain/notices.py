"""What must be told to whom, and how far the telling has got."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from services.common.terms import Level, NoticeColour, Tier
from services.notifier.domain.results import Reason


class NoticeKind(IntEnum):
    """Why an official is told; TEST is a trial message that an operator asked for."""

    TEST = 0
    DUTY_ASSIGNED = 1
    LEVEL_RAISED = 2
    SUPERVISION = 3
    TAKEN_OVER = 4
    LOWERING_WAITS = 5
    ROSTER_GAP = 6
    LEGAL_DUTY = 7
    NOTICE_WITHDRAWN = 60
    REPLY_OVERDUE = 61
    NOTICE_UNANSWERED = 62
    SUPERVISION_COPY = 63
    CLOSING_WAITS = 40
    CLOSING_RETURNED = 41
    FILL_ROSTER = 50
    REMINDER = 51
    READ_BUT_IDLE = 52
    REASSIGNMENT_OFFERED = 53
    REASSIGNMENT_ENDED = 54
    SUPPORT_ASKED = 85
    REPLY_ANSWER = 86
    DIGEST = 170
    ROSTER_OUTLOOK = 171
    BUNDLE = 180


# What comes once a morning, about no single case: no storm, and with a pace of its own.
MORNINGS = frozenset({NoticeKind.DIGEST, NoticeKind.ROSTER_OUTLOOK})
# What a reply, an acknowledgement or a substitute cannot be about.
NO_CASE = MORNINGS | {NoticeKind.TEST, NoticeKind.REPLY_ANSWER, NoticeKind.BUNDLE}


class NextAct(IntEnum):
    """The one act a case waits for next."""

    UNSPECIFIED = 0
    ACKNOWLEDGE = 1
    FIRST_VISIT = 2
    REVISIT = 3
    RESOLVE = 4
    NONE = 5
    LEGAL_DUTY = 6
    APPROVE_CLOSING = 40
    REVIEW = 41


class DeliveryStatus(IntEnum):
    """How far the telling of one notice has got, numbered as in protos/."""

    PENDING = 0
    SENT = 1
    DELIVERED = 2
    RETRYING = 3
    FAILED = 4
    UNCONFIRMED = 5
    OVERTAKEN = 85
    BUNDLED = 180

    @property
    def final(self) -> bool:
        """Whether nothing more will be tried."""
        return self in _FINAL


_FINAL = frozenset(
    {
        DeliveryStatus.DELIVERED,
        DeliveryStatus.FAILED,
        DeliveryStatus.UNCONFIRMED,
        DeliveryStatus.OVERTAKEN,
        DeliveryStatus.BUNDLED,
    }
)


@dataclass(frozen=True, slots=True)
class DutyCounts:
    """What an official has on the desk, as a digest says it."""

    open: int = 0
    red: int = 0
    overdue: int = 0
    due_within_a_day: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class GapsAhead:
    """Nobody will be on duty: with which duty, from when, and at how many more posts."""

    duty: str
    from_ms: int
    more: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """One message owed to one official; no field names a resident."""

    notice_id: str
    case_id: str
    case_no: str
    subject_id: str
    kind: NoticeKind
    colour: NoticeColour
    serial_no: str
    level: Level
    tier: Tier
    recipient_id: str
    jurisdiction_code: str
    act: NextAct
    act_due_ms: int
    created_at_ms: int
    accepted_at_ms: int = 0
    pack_id: str = ""
    # Ids of the legal duties owed in the case when the notice was made.
    duty_ids: tuple[str, ...] = ()
    # The official number of a supervision notice, where its jurisdiction numbers them.
    official_no: str = ""
    # The other cases of the household that this one message is about.
    other_case_ids: tuple[str, ...] = ()
    other_case_nos: tuple[str, ...] = ()

    @property
    def shown_no(self) -> str:
        """The number people read: the official one, else the derived one."""
        return self.official_no or self.serial_no

    @property
    def case_nos(self) -> tuple[str, ...]:
        """The numbers of all cases it is about, the most urgent first."""
        return (self.case_no, *self.other_case_nos)

    # The kind of obligation, whose words are used; "" for a warning.
    obligation: str = ""
    # With REPLY_ANSWER: what became of the reply, numbers of some other cases that wait, and how many wait in all.
    answer: str = ""
    waiting_case_nos: tuple[str, ...] = ()
    # Only this channel may carry it; "": the recipient's own order.
    only_channel: str = ""
    others_waiting: int = 0
    # Not sent before; real time, 0 for at once.
    not_before_ms: int = 0
    # The notice it follows while nobody has acknowledged; and whose substitute its recipient is.
    follows: str = ""
    stands_in_for: str = ""
    # With BUNDLE: the notices that it tells of, by lane and id.
    parts: tuple[tuple[int, str], ...] = ()
    # With DIGEST.
    counts: DutyCounts | None = None
    # With ROSTER_OUTLOOK.
    gaps: GapsAhead | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one notice has got: attempts in all, tries on the channel now in use, next look.

    looks: how often it was put off, or its receipt asked for, since the last attempt. spent: providers of the kind
    now in use that cannot deliver this notice. seen_ms, sent_ms: when the notifier first had it, when the message
    left; real time.
    """

    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    tries: int = 0
    channel_index: int = 0
    channel: str = ""
    reason: Reason = Reason.NONE
    provider_message_id: str = ""
    due_ms: int = 0
    looks: int = 0
    spent: tuple[str, ...] = ()
    seen_ms: int = 0
    sent_ms: int = 0
