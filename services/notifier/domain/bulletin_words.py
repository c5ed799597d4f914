"""What a message about no single case says: an official's duties counted, or posts with nobody on duty ahead."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.terms import Language
from services.notifier.domain.notices import DutyCounts, GapsAhead

_MOST = 9_999
_COUNTS: Mapping[Language, str] = {
    Language.ZH: "在办{open}件（红色{red}件），逾期{overdue}件，一日内到期{soon}件，待回执{unanswered}件",
    Language.EN: "{open} open ({red} red), {overdue} overdue, {soon} due within a day, {unanswered} to answer",
}
_GAP: Mapping[Language, str] = {
    Language.ZH: "{duty}自{begins}起无人值班",
    Language.EN: "no {duty} on duty from {begins}",
}
_MORE: Mapping[Language, str] = {Language.ZH: "，另有{n}处", Language.EN: "; {n} more"}
_DUTIES: Mapping[Language, Mapping[str, str]] = {
    Language.ZH: {"owner": "责任人", "deputy": "副职", "roster_keeper": "值班表管理人"},
    Language.EN: {
        "owner": "responsible official",
        "deputy": "deputy",
        "roster_keeper": "roster keeper",
    },
}
_SOME_DUTY: Mapping[Language, str] = {Language.ZH: "值班岗", Language.EN: "duty officer"}


def summary_words(
    counts: DutyCounts | None, gaps: GapsAhead | None, begins: str, language: Language
) -> str:
    """The counts of a digest, or the first gap, which begins at a time in words; "" for any other notice."""
    if counts is not None:
        return _COUNTS[language].format(
            open=counts.open,
            red=counts.red,
            overdue=counts.overdue,
            soon=counts.due_within_a_day,
            unanswered=counts.unanswered,
        )
    return _gap_words(gaps, begins, language) if gaps is not None else ""


def longest_summary(begins: str, language: Language) -> str:
    """The longest there can be, for checks at load."""
    counts = DutyCounts(_MOST, _MOST, _MOST, _MOST, _MOST)
    duties = [*_DUTIES[language], ""]
    all_words = [summary_words(counts, None, "", language)]
    all_words += [_gap_words(GapsAhead(duty, 0, _MOST), begins, language) for duty in duties]
    return max(all_words, key=len)


def _gap_words(gaps: GapsAhead, begins: str, language: Language) -> str:
    duty = _DUTIES[language].get(gaps.duty, _SOME_DUTY[language])
    first = _GAP[language].format(duty=duty, begins=begins)
    return first + (_MORE[language].format(n=gaps.more) if gaps.more else "")
