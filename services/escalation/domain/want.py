"""What is owed for want of an assessment is done by the next one, whatever it finds."""

from __future__ import annotations

from services.common.ids import derived_id
from services.escalation.domain.cases import Case, SubjectCases
from services.escalation.domain.draft import Rules
from services.escalation.domain.messages import (
    MACHINE,
    AssessedAgain,
    Command,
    Finding,
    Origin,
)


def closes_for_want(subject: SubjectCases, finding: Finding, rules: Rules) -> Command | None:
    """The act that closes the open case which this assessment was wanted for; None where there is none.

    What moves the home's clock into the future is one: an old report that comes late does not.
    """
    if finding.from_incident or finding.reassess_due_ms <= finding.at_ms:
        return None
    case = next((one for one in subject.cases if _waits_for(one, finding.pack_id, rules)), None)
    if case is None:
        return None
    return Command(
        derived_id(finding.decision_id, case.case_id, "assessed"),
        case.case_id,
        finding.subject_id,
        MACHINE,
        finding.at_ms,
        AssessedAgain(finding.decision_id),
    )


def _waits_for(case: Case, pack_id: str, rules: Rules) -> bool:
    if not case.is_open or case.pack_id != f"{case.obligation}/{pack_id}":
        return False
    kind = rules.policies.of_case(case.policy_version).obligation
    return kind is not None and kind.origin is Origin.REASSESSMENT
