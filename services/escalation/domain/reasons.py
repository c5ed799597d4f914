"""Every reason this service can give: ledger entry, log field, metric label and text share one word."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why something happened, or did not."""

    # A decision of the scoring service.
    OPENED_BY_DECISION = "opened_by_decision"
    VISIT_TASK_OPENED = "visit_task_opened"
    REOPENED_BY_INCIDENT = "reopened_by_incident"
    REOPENED_BY_RAISE = "reopened_by_raise"
    REOPENED_BY_ASSESSMENT = "reopened_by_assessment"
    LEGAL_DUTY_AROSE = "legal_duty_arose"
    RAISED_BY_DECISION = "raised_by_decision"
    INCIDENT_NOTED = "incident_noted"
    RAISE_NOTED = "raise_noted"
    FALL_NOTED = "fall_noted"
    FALL_WITHDRAWN = "fall_withdrawn"
    NOTHING_NEW = "nothing_new"
    NOT_RATED = "not_rated"
    NO_CONTRIBUTION = "no_contribution"
    LEVEL_OPENS_NO_CASE = "level_opens_no_case"
    ALREADY_RESOLVED = "already_resolved"

    # A decision of triage.
    OPENED_BY_TRIAGE = "opened_by_triage"

    # An event that puts an obligation on somebody.
    OPENED_BY_EVENT = "opened_by_event"
    NO_SUCH_KIND = "no_such_kind"
    OPENED_BY_OVERDUE_ASSESSMENT = "opened_by_overdue_assessment"
    ASSESSED_AGAIN = "assessed_again"

    # A person's act.
    OPENED_BY_SUPPORT = "opened_by_support"
    SUPPORT_ASKED = "support_asked"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGED_BY_VISIT = "acknowledged_by_visit"
    ACKNOWLEDGED_BY_RESOLUTION = "acknowledged_by_resolution"
    VISITED = "visited"
    VISITED_BEFORE_RAISE = "visited_before_raise"
    DUTY_FULFILLED = "duty_fulfilled"
    RESOLVED = "resolved"
    REASSIGNED = "reassigned"
    RAISED_BY_PERSON = "raised_by_person"
    LOWERING_REQUESTED = "lowering_requested"
    LOWERING_NOT_FOLLOWED = "lowering_not_followed"
    LOWERED_BY_TWO_PERSONS = "lowered_by_two_persons"
    NOTICE_ANSWERED = "notice_answered"
    NOTICE_ANSWERED_LATE = "notice_answered_late"
    NOTICE_WITHDRAWN = "notice_withdrawn"
    NOTICE_NUMBERED = "notice_numbered"
    POLICY_CHANGED = "policy_changed"
    ACKNOWLEDGED_BY_EVIDENCE = "acknowledged_by_evidence"
    EVIDENCE_ADDED = "evidence_added"
    CLOSING_REQUESTED = "closing_requested"
    CLOSED_BY_TWO_PERSONS = "closed_by_two_persons"
    CLOSING_RETURNED = "closing_returned"
    ACKNOWLEDGED_IN_PART = "acknowledged_in_part"
    READ = "read"
    REASSIGNMENT_OFFERED = "reassignment_offered"
    REASSIGNMENT_ACCEPTED = "reassignment_accepted"
    REASSIGNMENT_DECLINED = "reassignment_declined"

    # The clock.
    ACKNOWLEDGE_OVERDUE = "acknowledge_overdue"
    FIRST_VISIT_OVERDUE = "first_visit_overdue"
    REVISIT_OVERDUE = "revisit_overdue"
    RESOLVE_OVERDUE = "resolve_overdue"
    LEGAL_DUTY_OVERDUE = "legal_duty_overdue"
    REPLY_OVERDUE = "reply_overdue"
    REMINDER_SILENCED = "reminder_silenced"
    NOTICE_UNANSWERED = "notice_unanswered"
    APPROVE_CLOSING_OVERDUE = "approve_closing_overdue"
    REVIEW_OVERDUE = "review_overdue"
    ESCALATED_TO_NEXT_TIER = "escalated_to_next_tier"
    ESCALATED_OVER_ROSTER_GAP = "escalated_over_roster_gap"
    ESCALATED_TO_CATCH_ALL = "escalated_to_catch_all"

    NOTHING_FOLLOWED = "nothing_followed"
    DUE_SOON = "due_soon"
    READ_BUT_IDLE = "read_but_idle"
    OFFER_LAPSED = "offer_lapsed"
    OFFER_LAPSED_UP = "offer_lapsed_up"
    DIGEST_SENT = "digest_sent"
    GAPS_TOLD = "gaps_told"

    # Dropped without a trace in the ledger: the log already holds the message.
    DUPLICATE = "duplicate"
    UNKNOWN_CASE = "unknown_case"
    STALE_DEADLINE = "stale_deadline"
    NOT_DUE_YET = "not_due_yet"
    ALREADY_READ = "already_read"
    TOLD_ALREADY = "told_already"
    CASE_OPEN_ALREADY = "case_open_already"

    # Refused, with an entry in the ledger.
    UNKNOWN_ACT = "unknown_act"
    CASE_CLOSED = "case_closed"
    NOT_ON_ROSTER = "not_on_roster"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"
    BELOW_RESPONSIBLE_TIER = "below_responsible_tier"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    MADE_BEFORE_RAISE = "made_before_raise"
    MADE_BEFORE_REQUEST = "made_before_request"
    VISIT_MISSING = "visit_missing"
    DUTY_UNFULFILLED = "duty_unfulfilled"
    DUTY_NOT_OWED = "duty_not_owed"
    UNKNOWN_OUTCOME = "unknown_outcome"
    ALREADY_OWNER = "already_owner"
    LEVEL_NOT_HIGHER = "level_not_higher"
    LEVEL_NOT_LOWER = "level_not_lower"
    LOWERING_ALREADY_WAITS = "lowering_already_waits"
    FRESH_ASSESSMENT_MISSING = "fresh_assessment_missing"
    ASSESSMENT_FOUND_HIGHER = "assessment_found_higher"
    UNKNOWN_COULD_BE_HIGHER = "unknown_could_be_higher"
    DWELL_NOT_OVER = "dwell_not_over"
    NO_LOWERING_WAITS = "no_lowering_waits"
    SECOND_PERSON_MISSING = "second_person_missing"
    APPROVER_TIER_TOO_LOW = "approver_tier_too_low"
    NO_SUCH_NOTICE = "no_such_notice"
    NOTICE_ALREADY_ANSWERED = "notice_already_answered"
    NOTICE_ALREADY_WITHDRAWN = "notice_already_withdrawn"
    NOT_THE_RECIPIENT = "not_the_recipient"
    WITHDRAWER_TIER_TOO_LOW = "withdrawer_tier_too_low"
    UNKNOWN_WITHDRAWAL = "unknown_withdrawal"
    UNKNOWN_POLICY = "unknown_policy"
    POLICY_NOT_FOR_THIS_PACK = "policy_not_for_this_pack"
    POLICY_MOVED_ON = "policy_moved_on"
    HAS_NO_LEVEL = "has_no_level"
    NOT_AN_OBLIGATION = "not_an_obligation"
    UNKNOWN_EVIDENCE = "unknown_evidence"
    EVIDENCE_EMPTY = "evidence_empty"
    EVIDENCE_MISSING = "evidence_missing"
    CLOSING_ALREADY_WAITS = "closing_already_waits"
    NO_CLOSING_WAITS = "no_closing_waits"
    ACKNOWLEDGED_ALREADY_BY_YOU = "acknowledged_already_by_you"
    NO_OFFER = "no_offer"
    NOT_OFFERED_TO_YOU = "not_offered_to_you"
    OFFER_WAITS = "offer_waits"
    NO_TIER_ABOVE = "no_tier_above"


DROPPED = frozenset(
    {
        Reason.DUPLICATE,
        Reason.UNKNOWN_CASE,
        Reason.STALE_DEADLINE,
        Reason.NOT_DUE_YET,
        Reason.ALREADY_READ,
        Reason.TOLD_ALREADY,
        Reason.CASE_OPEN_ALREADY,
    }
)
REFUSED = frozenset(
    {
        Reason.UNKNOWN_ACT,
        Reason.CASE_CLOSED,
        Reason.NOT_ON_ROSTER,
        Reason.OUTSIDE_JURISDICTION,
        Reason.BELOW_RESPONSIBLE_TIER,
        Reason.ALREADY_ACKNOWLEDGED,
        Reason.MADE_BEFORE_RAISE,
        Reason.MADE_BEFORE_REQUEST,
        Reason.VISIT_MISSING,
        Reason.DUTY_UNFULFILLED,
        Reason.DUTY_NOT_OWED,
        Reason.UNKNOWN_OUTCOME,
        Reason.ALREADY_OWNER,
        Reason.LEVEL_NOT_HIGHER,
        Reason.LEVEL_NOT_LOWER,
        Reason.LOWERING_ALREADY_WAITS,
        Reason.FRESH_ASSESSMENT_MISSING,
        Reason.ASSESSMENT_FOUND_HIGHER,
        Reason.UNKNOWN_COULD_BE_HIGHER,
        Reason.DWELL_NOT_OVER,
        Reason.NO_LOWERING_WAITS,
        Reason.SECOND_PERSON_MISSING,
        Reason.APPROVER_TIER_TOO_LOW,
        Reason.NO_SUCH_NOTICE,
        Reason.NOTICE_ALREADY_ANSWERED,
        Reason.NOTICE_ALREADY_WITHDRAWN,
        Reason.NOT_THE_RECIPIENT,
        Reason.WITHDRAWER_TIER_TOO_LOW,
        Reason.UNKNOWN_WITHDRAWAL,
        Reason.UNKNOWN_POLICY,
        Reason.POLICY_NOT_FOR_THIS_PACK,
        Reason.POLICY_MOVED_ON,
        Reason.HAS_NO_LEVEL,
        Reason.NOT_AN_OBLIGATION,
        Reason.UNKNOWN_EVIDENCE,
        Reason.EVIDENCE_EMPTY,
        Reason.EVIDENCE_MISSING,
        Reason.CLOSING_ALREADY_WAITS,
        Reason.NO_CLOSING_WAITS,
        Reason.ACKNOWLEDGED_ALREADY_BY_YOU,
        Reason.NO_OFFER,
        Reason.NOT_OFFERED_TO_YOU,
        Reason.OFFER_WAITS,
        Reason.NO_TIER_ABOVE,
    }
)
