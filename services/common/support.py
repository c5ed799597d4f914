"""Support categories: help that is owed, by which law, for what, and until when. Never an input to a score."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.common.terms import Tier
from services.common.text import Text

_BREAKS = re.compile(r"[\s_\-]+")


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """The law that owes the help, and where in it; the place may be empty when it is the whole law."""

    law: Text
    article: Text


@dataclass(frozen=True, slots=True)
class Category:
    """One category. It and its plans end after the day `ends` (Shanghai time) unless it is renewed.

    `visit_every_days` is the longest interval a plan may have; `approved_by` is a post, never a person.
    """

    id: str
    name: Text
    aliases: tuple[str, ...]
    legal_basis: LegalBasis
    purpose: Text
    ends: date
    visit_every_days: int
    visited_by: Tier
    approved_by: str
    approved_on: date


@dataclass(frozen=True, slots=True)
class SupportPolicy:
    """All categories of a prefecture, in the order of the file."""

    version: str
    offer_to_end_after_declines: int
    categories: tuple[Category, ...]

    def by_id(self) -> Mapping[str, Category]:
        """The categories by id."""
        return {one.id: one for one in self.categories}


NO_SUPPORT = SupportPolicy("", 1, ())


class CategoryWords:
    """The words that say a category: ids, names in both languages and aliases."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self._words = tuple(
            (category.id, _pattern(word))
            for category in categories
            for word in (category.id, category.name.zh, category.name.en, *category.aliases)
            if word
        )

    def named_in(self, text: str) -> str:
        """The id of a category that the text names; "" when it names none."""
        plain = _plain(text)
        return next((name for name, word in self._words if word.search(plain)), "")


def _plain(text: str) -> str:
    """Small letters, with underscores, hyphens and runs of blanks as one blank."""
    return _BREAKS.sub(" ", text.casefold())


def _pattern(word: str) -> re.Pattern[str]:
    """A Chinese word is found anywhere; a word of Latin letters only as a whole, also in the plural."""
    plain = re.escape(_plain(word).strip())
    return re.compile(rf"(?<![a-z0-9]){plain}(?:s|es)?(?![a-z0-9])" if word.isascii() else plain)
