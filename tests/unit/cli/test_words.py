"""Every code the ledger can hold has its words in both languages."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from sanse.escalation.v1 import cases_pb2
from services.cli import words
from services.cli.demo.summary import Summary
from services.cli.rules.texts import TEXTS as RULES_TEXTS
from services.cli.texts import TEXTS
from services.common.terms import Answer, Level, Tier
from services.escalation.domain.reasons import Reason

_PLACE = re.compile(r"{(\w+)")


def _names(enum: object, prefix: str) -> set[str]:
    keys: list[str] = enum.keys()  # type: ignore[attr-defined]
    return {key.removeprefix(prefix).lower() for key in keys} - {"unspecified"}


@pytest.mark.parametrize(
    ("known", "needed"),
    [
        (words.STATUSES, _names(cases_pb2.CaseStatus, "CASE_STATUS_")),
        (words.ACTS, _names(cases_pb2.NextAct, "NEXT_ACT_")),
        (words.EVENTS, _names(cases_pb2.CaseEventType, "CASE_EVENT_TYPE_")),
        (words.REASONS, {reason.value for reason in Reason}),
    ],
    ids=["status", "act", "event", "reason"],
)
def test_each_code_has_words(known: words.Words, needed: set[str]) -> None:
    """A code without words would be shown raw."""
    assert needed <= known.keys()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_terms_have_words(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    """Levels, tiers and answers have words in the chosen language."""
    monkeypatch.setenv("SANSE_LANG", lang)
    shown = [words.level(value) for value in Level]
    shown += [words.tier(value) for value in Tier if value] + [words.answer(a) for a in Answer]
    assert all(shown)
    assert all(text.isascii() for text in shown) is (lang == "en")


def test_each_figure_of_the_summary_has_a_name() -> None:
    """A figure without a name would stop the demo at its very end."""
    assert {f"summary.{field.name}" for field in fields(Summary)} <= TEXTS.keys()


def test_both_languages_fill_in_the_same_values() -> None:
    """A value named in one language and missing in the other would be kept from half the readers."""
    uneven = [
        key
        for texts in (TEXTS, RULES_TEXTS)
        for key, (zh, en) in texts.items()
        if set(_PLACE.findall(zh)) != set(_PLACE.findall(en))
    ]
    assert not uneven
