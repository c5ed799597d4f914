"""Explains in words why a pack holds a subject at its level, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.terms import Answer, Language, Level
from services.risk_scoring.domain.answers import NO
from services.risk_scoring.domain.pack import Combination, Indicator, Pack
from services.risk_scoring.domain.profile import PackState, Profile, counts_before
from services.risk_scoring.domain.rating import Rating, combinations_in
from services.risk_scoring.domain.verdict import Verdict, judge
from services.risk_scoring.service.words import level as level_name
from services.risk_scoring.service.words import pick, say

_ANSWERS = {Answer.YES: "yes", Answer.NO: "no", Answer.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class ExplainedItem:
    """One indicator that counted, or is unknown and could count; or a combination that holds."""

    indicator_id: str
    text: str
    answer: Answer
    points: int
    floor: Level
    source: str


@dataclass(frozen=True, slots=True)
class ExplainedDuty:
    """What the law demands because of the answers, whatever the level."""

    duty_id: str
    text: str
    source: str
    within_hours: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words of one pack's level."""

    headline: str
    items: tuple[ExplainedItem, ...]
    counterfactual: str
    next_question: str
    pack_version: str
    duties: tuple[ExplainedDuty, ...]


def explain(profile: Profile, state: PackState, pack: Pack, language: Language) -> Explanation:
    """The explanation of a state that was made with this version of the pack."""
    times = profile.incident_times_ms
    moment = max(state.answers_at_ms, times[-1]) if times else state.answers_at_ms
    recency = counts_before(times, moment).points(pack.recency)
    points = recency + state.change_points
    verdict = judge(pack, state.answers, points, int(state.level), False)
    rating = verdict.rating
    if rating is None:
        raise ValueError("a state holds rated answers")
    return Explanation(
        _headline(verdict, rating, language) + _history(recency, state.change_points, language),
        tuple(_items(verdict, language)),
        _would_be(verdict, language),
        _question(verdict, language),
        pack.version,
        tuple(_duties(verdict, language)),
    )


def _headline(verdict: Verdict, rating: Rating, language: Language) -> str:
    pack = verdict.pack
    words = say(
        "headline",
        language,
        pack=pick(pack.title, language),
        level=level_name(verdict.level, language),
        points=rating.points,
        yellow_at=pack.yellow_at,
        red_at=pack.red_at,
    )
    if rating.level < verdict.level:
        words += say("kept", language, computed=level_name(rating.level, language))
    if rating.unknowns:
        words += say(
            "bounds",
            language,
            unknown=len(rating.unknowns),
            lowest=level_name(rating.lowest, language),
            highest=level_name(rating.highest, language),
        )
    if rating.cannot_rate:
        words += say("cannot_rate", language)
    return words


def _history(recency: int, change: int, language: Language) -> str:
    """What of the points comes from incidents and from what is newly reported."""
    parts = [("recency", recency), ("change", change)]
    return "".join(say(key, language, points=points) for key, points in parts if points)


def _duties(verdict: Verdict, language: Language) -> list[ExplainedDuty]:
    duties = [verdict.pack.duty(name) for name in verdict.duties]
    return [
        ExplainedDuty(one.id, pick(one.text, language), one.source, one.within_hours)
        for one in duties
    ]


def _items(verdict: Verdict, language: Language) -> list[ExplainedItem]:
    """Hits and unknowns in the order of the pack, then what holds together, each with source and evidence mark."""
    pack, hits = verdict.pack, verdict.rating.hits if verdict.rating else ()
    answered = [
        _item(one, language, Answer(answer), one.weight)
        for one, answer in zip(pack.indicators, verdict.answers, strict=True)
        if answer != NO
    ]
    together = [pack.combinations[place] for place in combinations_in(pack, hits)]
    return answered + [_item(one, language, Answer.YES, 0) for one in together]


def _item(
    one: Indicator | Combination, language: Language, answer: Answer, points: int
) -> ExplainedItem:
    source = f"{one.provenance.cited} [{one.provenance.mark.value}]"
    return ExplainedItem(one.id, pick(one.text, language), answer, points, one.floor, source)


def _would_be(verdict: Verdict, language: Language) -> str:
    change = verdict.counterfactual
    if change is None:
        return ""
    return say(
        "would_be",
        language,
        text=pick(verdict.pack.indicators[change.indicator].text, language),
        answer=say(_ANSWERS[change.answer_now], language),
        level=level_name(change.level, language),
    )


def _question(verdict: Verdict, language: Language) -> str:
    if verdict.next_question < 0:
        return ""
    asked = verdict.pack.indicators[verdict.next_question].text
    return say("ask", language, text=pick(asked, language))
