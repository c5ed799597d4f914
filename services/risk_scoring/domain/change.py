"""A change of level that persons made to a case, as its ledger tells it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from services.common.terms import Level


class ChangeKind(Enum):
    """Which way persons moved the level."""

    RAISED = "raised"
    LOWERED = "lowered"


class LevelChange(NamedTuple):
    """Who moved which level to what, when and on what ground.

    change_id: the same for one act however often the ledger tells it. Raising takes one person, who
    stands in `approved_by`; lowering takes two. `assessment_decision_id`: the fresh assessment.
    """

    change_id: str
    kind: ChangeKind
    case_id: str
    subject_id: str
    pack_id: str
    to_level: Level
    requested_by: str
    approved_by: str
    reason: str
    assessment_decision_id: str
    at_ms: int
