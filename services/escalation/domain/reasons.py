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

    # A person's act.
    OPENED_BY_SUPPORT = "opened_by_support"
    SUPPORT_ASKED = "support_asked"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGED_BY_VISIT = "acknowledged_by_visit"
    ACKNOWLEDGED_BY_RESOLUTION = "acknowledged_by_resolution"
    VISITED = "visited"
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

    # The clock.
    ACKNOWLEDGE_OVERDUE = "acknowledge_overdue"
    FIRST_VISIT_OVERDUE = "first_visit_overdue"
    REVISIT_OVERDUE = "revisit_overdue"
    RESOLVE_OVERDUE = "resolve_overdue"
    LEGAL_DUTY_OVERDUE = "legal_duty_overdue"
    ESCALATED_TO_NEXT_TIER = "escalated_to_next_tier"
    ESCALATED_OVER_ROSTER_GAP = "escalated_over_roster_gap"
    ESCALATED_TO_CATCH_ALL = "escalated_to_catch_all"

    # Dropped without a trace in the ledger: the log already holds the message.
    DUPLICATE = "duplicate"
    UNKNOWN_CASE = "unknown_case"
    STALE_DEADLINE = "stale_deadline"
    NOT_DUE_YET = "not_due_yet"

    # Refused, with an entry in the ledger.
    UNKNOWN_ACT = "unknown_act"
    CASE_CLOSED = "case_closed"
    NOT_ON_ROSTER = "not_on_roster"
    OUTSIDE_JURISDICTION = "outside_jurisdiction"
    BELOW_RESPONSIBLE_TIER = "below_responsible_tier"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
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
    NO_TIER_ABOVE = "no_tier_above"


DROPPED = frozenset(
    {Reason.DUPLICATE, Reason.UNKNOWN_CASE, Reason.STALE_DEADLINE, Reason.NOT_DUE_YET}
)
REFUSED = frozenset(
    {
        Reason.UNKNOWN_ACT,
        Reason.CASE_CLOSED,
        Reason.NOT_ON_ROSTER,
        Reason.OUTSIDE_JURISDICTION,
        Reason.BELOW_RESPONSIBLE_TIER,
        Reason.ALREADY_ACKNOWLEDGED,
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
        Reason.NO_TIER_ABOVE,
    }
)
