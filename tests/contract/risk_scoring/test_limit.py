"""The measuring script scores what it says it does."""

from __future__ import annotations

from services.risk_scoring.adapters.risk_codec import forget_encodings
from services.risk_scoring.domain.verdict import forget_verdicts
from services.risk_scoring.service.handler import ScoringHandler
from services.risk_scoring.service.limit import EVENTS_PER_RECORD, one_pass, survey
from tests.contract.risk_scoring.batches import apply
from tests.unit.risk_scoring.makers import HOUSEHOLD, PACKS, TRIAGE


def test_survey_is_scored_whole() -> None:
    """Every event of the survey is decided, and what is remembered changes nothing but time."""
    handler, records = ScoringHandler(PACKS, TRIAGE), survey(HOUSEHOLD)[:2]
    assert one_pass(handler, records) == 2 * EVENTS_PER_RECORD
    remembered = apply(handler, {}, records[0])
    forget_verdicts()
    forget_encodings()
    assert apply(handler, {}, records[0]) == remembered
