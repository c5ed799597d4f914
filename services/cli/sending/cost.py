"""What messages cost by unit and channel, and which units' budgets are used up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.cli.sending.log_fold import SendingFold
from services.cli.sending.prices import Prices
from services.cli.topic_reader import read_topic
from services.common.divisions import code_at, contains
from services.common.settings import CommonSettings
from services.common.terms import Tier
from services.common.topics import Topic
from services.notifier.adapters.codec import read_deliveries
from services.notifier.domain.notices import DeliveryStatus

COLUMNS = (
    "code",
    "unit",
    "channel",
    "messages",
    "segments",
    "delivered",
    "failed",
    "unconfirmed",
    "cost",
)
_TIERS: Mapping[int, Tier] = {1: Tier.COUNTY, 2: Tier.TOWNSHIP, 3: Tier.VILLAGE}


@dataclass(frozen=True, slots=True)
class CostLine:
    """One unit and channel; with channel "", the sum of all."""

    code: str
    channel: str
    messages: int
    segments: int
    delivered: int
    failed: int
    unconfirmed: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class BudgetUsed:
    """What a unit has spent of its month's budget."""

    code: str
    spent: Decimal
    budget: Decimal
    alarm: bool

    @property
    def percent(self) -> Decimal:
        """In percent of the budget; 100 of a budget of nothing."""
        return self.spent / self.budget * 100 if self.budget else Decimal(100)


def folded(settings: CommonSettings, start_ms: int, end_ms: int, since_ms: int = 0) -> SendingFold:
    """The steps of a period by their own time; since_ms: only records not older, in real time."""
    fold = SendingFold()
    for record in read_topic(settings, Topic.DELIVERIES, since_ms=since_ms):
        for step in read_deliveries(record.value):
            if start_ms <= step.at_ms < end_ms:
                fold.take(step, record.timestamp)
    return fold


def cost_lines(fold: SendingFold, prices: Prices, code: str, depth: int) -> list[CostLine]:
    """The units below a code at a depth (1: counties), each with its channels; the sum last."""
    found: dict[tuple[str, str], CostLine] = {}
    for unit, channel in sorted({*fold.messages, *((u, c) for u, c, _ in fold.ends)}):
        if contains(code, unit):
            key = (code_at(unit, _TIERS.get(depth, Tier.VILLAGE)) or unit, channel)
            line = _line(fold, prices, unit, channel)
            found[key] = _sum(key, [found[key], line] if key in found else [line])
    lines = [found[key] for key in sorted(found)]
    return [*lines, _sum((code, ""), lines)]


def budgets_used(fold: SendingFold, prices: Prices) -> Iterator[BudgetUsed]:
    """Every unit that has a budget, from a month's steps."""
    for code, budget in sorted(prices.monthly_budget.items()):
        spent = sum(
            (
                prices.cost(channel, number)
                for (unit, channel), number in fold.segments.items()
                if contains(code, unit)
            ),
            Decimal(0),
        )
        yield BudgetUsed(code, spent, budget, spent * 100 >= budget * prices.alarm_at_percent)


def _line(fold: SendingFold, prices: Prices, unit: str, channel: str) -> CostLine:
    segments = fold.segments[(unit, channel)]
    return CostLine(
        code=unit,
        channel=channel,
        messages=fold.messages[(unit, channel)],
        segments=segments,
        delivered=fold.ends[(unit, channel, DeliveryStatus.DELIVERED)],
        failed=fold.ends[(unit, channel, DeliveryStatus.FAILED)],
        unconfirmed=fold.ends[(unit, channel, DeliveryStatus.UNCONFIRMED)],
        cost=prices.cost(channel, segments),
    )


def _sum(key: tuple[str, str], lines: Sequence[CostLine]) -> CostLine:
    return CostLine(
        *key,
        sum(line.messages for line in lines),
        sum(line.segments for line in lines),
        sum(line.delivered for line in lines),
        sum(line.failed for line in lines),
        sum(line.unconfirmed for line in lines),
        sum((line.cost for line in lines), Decimal(0)),
    )
