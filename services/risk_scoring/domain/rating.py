"""What the rules say about one row of answers: level, bounds, the next question, what would raise it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import NamedTuple

from services.common.terms import Answer, Level
from services.risk_scoring.domain.answers import NO, UNKNOWN, YES
from services.risk_scoring.domain.pack import Pack

_NONE, _YELLOW, _RED = Level.NONE, Level.YELLOW, Level.RED
_ANSWERS = tuple(Answer)
_YES, _UNKNOWN = bytes([YES]), bytes([UNKNOWN])


class Counterfactual(NamedTuple):
    """One answer that alone would raise the level in force: "would be red if …"."""

    indicator: int
    answer_now: Answer
    level: Level


class Rating(NamedTuple):
    """Points and levels. `lowest` and `highest` hold for every completion of the unknowns."""

    points: int
    level: Level
    floor: Level
    lowest: Level
    highest: Level
    highest_points: int
    hits: tuple[int, ...]
    unknowns: tuple[int, ...]
    too_many_unknowns: bool

    @property
    def cannot_rate(self) -> bool:
        """Too much is unknown, and it could change the level: a visit, never a silent green."""
        return self.too_many_unknowns and self.lowest < self.highest


def rate(pack: Pack, answers: bytes, history_points: int) -> Rating:
    """Rate answers. A floor is never undercut: the level is the higher of sum and floors.

    `history_points`: what recent incidents and newly reported things add to the answers.
    """
    weights, floors = pack.tables.weights, pack.tables.floors
    points, floor, hits = history_points, _NONE, []
    # Jumping from hit to hit: most answers are no.
    at = answers.find(_YES)
    while at >= 0:
        hits.append(at)
        points += weights[at]
        if floors[at] > floor:
            floor = floors[at]
        at = answers.find(_YES, at + 1)
    # What holds together takes two: one hit is never a combination.
    if len(hits) > 1 and pack.tables.combinations:
        floor = max(floor, combined_floor(pack, hits))
    first_unknown = answers.find(_UNKNOWN)
    if first_unknown >= 0:
        return _with_bounds(pack, answers, points, floor, tuple(hits), first_unknown)
    level = pack.level_with(points, floor)
    return Rating(points, level, floor, level, level, points, tuple(hits), (), False)


def _with_bounds(
    pack: Pack, answers: bytes, points: int, floor: Level, hits: tuple[int, ...], at: int
) -> Rating:
    """The rating with what the unknowns could still change; the first of them stands at `at`."""
    weights, floors = pack.tables.weights, pack.tables.floors
    low, high, high_floor, unknowns = points, points, floor, []
    while at >= 0:
        unknowns.append(at)
        weight = weights[at]
        if weight >= 0:
            high += weight
        else:
            low += weight
        if floors[at] > high_floor:
            high_floor = floors[at]
        at = answers.find(_UNKNOWN, at + 1)
    if high_floor is not _RED and not pack.tables.combined.isdisjoint(unknowns):
        high_floor = max(high_floor, combined_floor(pack, [*hits, *unknowns]))
    return Rating(
        points,
        pack.level_with(points, floor),
        floor,
        pack.level_with(low, floor),
        pack.level_with(high, high_floor),
        high,
        hits,
        tuple(unknowns),
        len(unknowns) > pack.unknowns.max_share * len(answers),
    )


def combined_floor(pack: Pack, yes: Collection[int]) -> Level:
    """The highest floor of the combinations that hold when these indicators are "yes"."""
    floor = _NONE
    for level, groups in pack.tables.combinations:
        if level > floor and _holds(groups, yes):
            floor = level
    return floor


def combinations_in(pack: Pack, yes: Collection[int]) -> list[int]:
    """Places, in the pack, of the combinations that hold when these indicators are "yes"."""
    return [
        place for place, (_, groups) in enumerate(pack.tables.combinations) if _holds(groups, yes)
    ]


def _holds(groups: tuple[frozenset[int], ...], yes: Collection[int]) -> bool:
    # A loop: a generator costs twice as much.
    for group in groups:  # noqa: SIM110
        if group.isdisjoint(yes):
            return False
    return True


def next_question(pack: Pack, rating: Rating) -> int:
    """The unknown whose answer narrows the bounds most; -1 when no answer can change the level."""
    if rating.lowest is rating.highest:
        return -1
    if len(rating.unknowns) == 1:
        return rating.unknowns[0]
    floors, weights = pack.tables.floors, pack.tables.weights
    at_floor = [0, 0, 0, 0]
    for at in rating.unknowns:
        at_floor[floors[at]] += 1
    together = _NONE
    if pack.tables.combinations:
        together = combined_floor(pack, [*rating.hits, *rating.unknowns])
    best, best_rank = -1, (-1, -1, -1)
    for at in rating.unknowns:
        rank = (_narrowing(pack, rating, at, at_floor, together), floors[at], abs(weights[at]))
        if rank > best_rank:
            best, best_rank = at, rank
    return best


def _narrowing(
    pack: Pack, rating: Rating, at: int, at_floor: Sequence[int], together: Level
) -> int:
    """By how many levels a yes raises the lowest, and a no lowers the highest, taken together.

    together: the floor of the combinations if all unknowns were yes.
    """
    weight, floor = pack.tables.weights[at], pack.tables.floors[at]
    if weight < 0:
        return 0
    together_if_yes, together_if_no = _NONE, together
    if together is not _NONE and at in pack.tables.combined:
        together_if_yes = combined_floor(pack, (*rating.hits, at))
        left_open = [one for one in rating.unknowns if one != at]
        together_if_no = combined_floor(pack, [*rating.hits, *left_open])
    by_points = pack.level_at(rating.points + weight)
    low_if_yes = max(rating.lowest, floor, by_points, together_if_yes)
    left = at_floor[_RED] - (floor is _RED), at_floor[_YELLOW] - (floor is _YELLOW)
    floor_if_no = _RED if left[0] else _YELLOW if left[1] else _NONE
    by_points = pack.level_at(rating.highest_points - weight)
    high_if_no = max(rating.lowest, floor_if_no, by_points, together_if_no)
    return low_if_yes - rating.lowest + rating.highest - high_if_no


def counterfactual(
    pack: Pack, rating: Rating, answers: bytes, in_force: Level
) -> Counterfactual | None:
    """The lightest single answer that would lift the level above the one in force; unknowns first."""
    if in_force is _RED:
        return None
    target = _RED if in_force is _YELLOW else _YELLOW
    for wanted in (UNKNOWN, NO) if rating.unknowns else (NO,):
        at = _lightest(pack, answers, wanted, target, rating.points)
        if pack.tables.combinations:
            at = _lighter(pack, at, _completing(pack, rating.hits, answers, wanted, target))
        if at >= 0:
            by_points = pack.level_at(rating.points + pack.tables.weights[at])
            level = max(by_points, pack.tables.floors[at], rating.floor)
            if at in pack.tables.combined:
                level = max(level, combined_floor(pack, (*rating.hits, at)))
            return Counterfactual(at, _ANSWERS[wanted], level)
    return None


def _lightest(pack: Pack, answers: bytes, wanted: int, target: Level, points: int) -> int:
    """The lightest indicator answered `wanted` that with a yes reaches `target`; -1 when none does."""
    tables = pack.tables
    order = tables.lightest_first
    gap = pack.threshold_of(target) - points
    for place in range(bisect_left(tables.lightest_weights, gap), len(order)):
        if answers[order[place]] == wanted:
            break
    else:
        place = len(order)
    for floor_place in tables.floor_places[target]:
        if floor_place >= place:
            break
        if answers[order[floor_place]] == wanted:
            return order[floor_place]
    return order[place] if place < len(order) else -1


def _completing(
    pack: Pack, hits: tuple[int, ...], answers: bytes, wanted: int, target: Level
) -> int:
    """The lightest indicator answered `wanted` whose yes completes a combination of `target`; -1 for none."""
    weights, best = pack.tables.weights, -1
    for floor, groups in pack.tables.combinations:
        if floor < target:
            continue
        unmet = [group for group in groups if group.isdisjoint(hits)]
        for at in unmet[0] if len(unmet) == 1 else ():
            lighter = best < 0 or (weights[at], at) < (weights[best], best)
            if answers[at] == wanted and lighter:
                best = at
    return best


def _lighter(pack: Pack, one: int, other: int) -> int:
    """The lighter of two indicators, the first of equals; -1 stands for none."""
    if min(one, other) < 0:
        return max(one, other)
    weights = pack.tables.weights
    return min(one, other, key=lambda at: (weights[at], at))
