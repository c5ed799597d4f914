"""What reports are checked against: the indicators of the rule packs, and the divisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from services.common.divisions import Divisions
from services.common.support import CategoryWords


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The indicator ids of one rule pack in its order; pack_id "" stands for all packs together."""

    pack_id: str
    indicators: tuple[str, ...]
    known: frozenset[str]

    @classmethod
    def of(cls, pack_id: str, indicators: Sequence[str]) -> Self:
        """With the set of ids derived."""
        return cls(pack_id, tuple(indicators), frozenset(indicators))


@dataclass(frozen=True, slots=True)
class SupportTerms:
    """What a category of help allows: the longest interval between visits, and the last moment of a plan."""

    visit_every_days: int
    ends_ms: int


@dataclass(frozen=True, slots=True)
class SupportTable:
    """The categories of help by id, and the words that say one of them."""

    terms: Mapping[str, SupportTerms] = field(default_factory=dict)
    words: CategoryWords = field(default_factory=lambda: CategoryWords(()))


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Fixed while the process runs."""

    questionnaires: Mapping[str, Questionnaire]
    every: Questionnaire
    divisions: Divisions
    support: SupportTable = field(default_factory=SupportTable)
    # Lists that something can be entered on: ids of deploy/obligations.
    task_kinds: Sequence[str] = ("task",)

    @classmethod
    def of(
        cls,
        packs: Mapping[str, Sequence[str]],
        divisions: Divisions,
        support: SupportTable | None = None,
        task_kinds: Sequence[str] = ("task",),
    ) -> Self:
        """From pack ids with their indicators; without `support`, no support plan is taken."""
        made = {pack_id: Questionnaire.of(pack_id, ids) for pack_id, ids in packs.items()}
        every = dict.fromkeys(name for ids in packs.values() for name in ids)
        every_pack = Questionnaire.of("", tuple(every))
        return cls(made, every_pack, divisions, support or SupportTable(), task_kinds)

    def questionnaire(self, pack_id: str) -> Questionnaire:
        """A pack's, or that of all packs when none is named."""
        return self.questionnaires[pack_id] if pack_id else self.every


@dataclass(frozen=True, slots=True)
class Context:
    """The rulebook and the present."""

    rules: Rulebook
    now_ms: int
