"""The rules alone, in process, on one core: our judge, a naive loop and GoRules zen-engine on the same rows."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from services.cli.bench.naive import Naive, NaiveTrace
from services.cli.bench.results import Figure
from services.cli.stack import Parts
from services.common.settings import CommonSettings
from services.common.terms import Level
from services.risk_scoring.adapters.pack_loader import load_packs
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.domain.verdict import Verdict, judge

PACK = "household_dispute"
ROWS, ZEN_ROWS, CHECKED = 100_000, 5_000, 1_000
_ANSWERS, _SHARES = (1, 2, 3), (4, 92, 4)
_WORDS = {1: "yes", 2: "no", 3: "unknown"}
# Past the memory of verdicts: every row is judged from nothing, as the others do.
_judged: Callable[[Pack, bytes, int, int, bool], Verdict] = judge.__wrapped__


def measure(_: Parts, __: Path) -> Iterator[Figure]:
    """Yield rules.trace, rules.naive and rules.zen (assessments/s per second of processor time)."""
    pack = load_packs(CommonSettings().packs_dir)[PACK]
    rows = distinct_rows(pack, ROWS, seed=1)
    naive, zen = Naive(pack), Zen(pack)
    check(pack, rows[:CHECKED], naive, zen)
    params: dict[str, str | int | float] = {
        "pack": f"{pack.id}@{pack.version}",
        "indicators": len(pack.indicators),
        "rows": "all distinct, nothing remembered",
        "trace": "hits, unknowns, bounds, next question, counterfactual, duties",
    }
    yield Figure(
        "rules.trace", "1/s", rate(lambda one: _judged(pack, one, 0, 1, False), rows), params
    )
    yield Figure("rules.naive", "1/s", rate(naive.judge, rows[: ROWS // 10]), params)
    inputs = [zen.context(row) for row in rows[:ZEN_ROWS]]
    told = {
        **params,
        "trace": "the engine's own trace of hits; no bounds, question or counterfactual",
    }
    yield Figure("rules.zen", "1/s", rate(zen.evaluate, inputs), told)


def distinct_rows(pack: Pack, count: int, seed: int) -> list[bytes]:
    """Rows of answers, no two alike: mostly "no", as households answer."""
    chance = random.Random(seed)
    rows: dict[bytes, None] = {}
    while len(rows) < count:
        rows[bytes(chance.choices(_ANSWERS, _SHARES, k=len(pack.indicators)))] = None
    return list(rows)


def rate(judged: Callable[[Any], object], rows: Sequence[Any]) -> float:
    """Rows per second of this process's own processor time, the best of three passes."""
    best = 0.0
    for _ in range(3):
        began = time.process_time()
        for row in rows:
            judged(row)
        best = max(best, len(rows) / (time.process_time() - began))
    return best


def check(pack: Pack, rows: Sequence[bytes], naive: Naive, zen: Zen) -> None:
    """A rate counts only if all three say the same; ValueError for the first row on which they do not."""
    for row in rows:
        ours = _ours(_judged(pack, row, 0, 1, False))
        other = naive.judge(row)
        points, level = zen.result(zen.context(row))
        if ours != other or (points, level) != (other.points, other.level.name.lower()):
            raise ValueError(f"row {row.hex()}: {ours}, naive {other}, zen {points} {level}")


def _ours(verdict: Verdict) -> NaiveTrace:
    rating = verdict.rating
    if rating is None:
        raise ValueError("a row of answers is rated")
    change = verdict.counterfactual
    return NaiveTrace(
        rating.points,
        rating.level,
        rating.lowest,
        rating.highest,
        rating.hits,
        rating.unknowns,
        verdict.next_question,
        (change.indicator, change.level) if change else None,
        verdict.duties,
    )


class Zen:
    """The same checklist as a decision graph: a table that collects the hits, then expressions for sum and level."""

    def __init__(self, pack: Pack) -> None:
        import zen

        self._ids = [one.id for one in pack.indicators]
        self._decision = zen.ZenEngine().create_decision(json.dumps(_graph(pack)))

    def context(self, row: bytes) -> dict[str, dict[str, str]]:
        """The row as the engine's input."""
        return {
            "answers": {name: _WORDS[value] for name, value in zip(self._ids, row, strict=True)}
        }

    def evaluate(self, context: dict[str, dict[str, str]]) -> Any:
        """The engine's whole answer, with its trace."""
        return self._decision.evaluate(context, {"trace": True})

    def result(self, context: dict[str, dict[str, str]]) -> tuple[int, str]:
        """Points and level."""
        found = self.evaluate(context)["result"]
        return int(found["points"]), str(found["level"])


def _graph(pack: Pack) -> dict[str, Any]:
    rules = [
        {
            "_id": f"r{at}",
            "i": f'answers.{one.id} == "yes"',
            "id": json.dumps(one.id),
            "points": str(one.weight),
            "floor": str(int(one.floor)),
        }
        for at, one in enumerate(pack.indicators)
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "i", "name": "when"}],
        "outputs": [
            {"id": name, "name": name, "field": name} for name in ("id", "points", "floor")
        ],
        "rules": rules,
        "outputPath": "hits",
        "passThrough": True,
    }
    sums = {
        "points": "sum(map(hits, #.points))",
        "floor": "len(hits) > 0 ? max(map(hits, #.floor)) : 0",
        "level": (
            f'$.points >= {pack.red_at} or $.floor >= {int(Level.RED)} ? "red" : '
            f'($.points >= {pack.yellow_at} or $.floor >= {int(Level.YELLOW)} ? "yellow" : "green")'
        ),
    }
    expressions = [{"id": key, "key": key, "value": value} for key, value in sums.items()]
    kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("in", "inputNode", {}),
        ("table", "decisionTableNode", table),
        ("sum", "expressionNode", {"expressions": expressions, "passThrough": True}),
        ("out", "outputNode", {}),
    )
    return {
        "nodes": [
            {
                "id": name,
                "name": name,
                "type": kind,
                "content": content,
                "position": {"x": 0, "y": 0},
            }
            for name, kind, content in kinds
        ],
        "edges": [
            {"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"}
            for a, b in (("in", "table"), ("table", "sum"), ("sum", "out"))
        ],
    }
