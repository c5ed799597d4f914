"""What the delivery log says of quickness and cost: each message once, by unit and channel, exact to the last part."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.sending.cost import budgets_used, cost_lines
from services.cli.sending.health import findings
from services.cli.sending.log_fold import SendingFold, Share
from services.cli.sending.prices import Prices, load_prices
from services.common.settings import REPOSITORY
from services.notifier.adapters.codec import Delivery
from services.notifier.domain.notices import DeliveryStatus, Progress
from services.notifier.domain.results import Reason
from services.notifier.domain.templates import TemplateWrong

FILE = REPOSITORY / "deploy/templates/prices.yaml"
SENT = Progress(
    DeliveryStatus.SENT, 1, 1, channel="cmpp", reason=Reason.OK, seen_ms=1000, sent_ms=3000
)
STEP = Delivery("d1", "n1", "case", "GW-1", "", 1, SENT, 2, "532301001001")


def _after(step: Delivery, status: DeliveryStatus, **changes: object) -> Delivery:
    """The next step of the same attempt, which costs nothing more."""
    after = replace(step.after, status=status, **changes)  # type: ignore[arg-type]
    return replace(step, delivery_id=f"{step.delivery_id}-{status.name}", after=after, segments=0)


def _fold(*steps: tuple[Delivery, int]) -> SendingFold:
    fold = SendingFold()
    for step, recorded_ms in steps:
        fold.take(step, recorded_ms)
    return fold


@given(st.lists(st.integers(0, 5), max_size=20))
def test_what_is_recorded_again_costs_nothing(again: list[int]) -> None:
    """A part's arrival, a receipt, a look and a repeated record add no message and no part."""
    steps = [
        STEP,
        replace(STEP, delivery_id="part", segments=0),
        _after(STEP, DeliveryStatus.SENT, looks=1),
        _after(STEP, DeliveryStatus.DELIVERED),
    ]
    fold = _fold(*((one, 5000) for one in (*steps, *(steps[at % 4] for at in again))))
    key = ("532301001001", "cmpp")
    assert (fold.messages[key], fold.segments[key]) == (1, 2)
    assert fold.ends == {(*key, DeliveryStatus.DELIVERED): 1}
    assert fold.processed() == {"cmpp": Share(1, 1)}
    assert fold.delivered() == {"cmpp": Share(1, 1)}


def test_a_message_that_may_have_left_is_paid_for() -> None:
    """No answer from the gateway: counted as one message of so many parts, and as not delivered in time."""
    lost = _after(STEP, DeliveryStatus.UNCONFIRMED, reason=Reason.TIMEOUT, sent_ms=0)
    fold = _fold((replace(lost, segments=3), 5000))
    assert fold.segments[("532301001001", "cmpp")] == 3
    assert (fold.processed(), fold.delivered()) == ({}, {"cmpp": Share(0, 1)})


@pytest.mark.parametrize(
    ("sent_ms", "recorded_ms", "processed", "delivered"),
    [(11_000, 61_000, 1, 1), (11_001, 61_000, 0, 1), (2000, 61_001, 1, 0)],
)
def test_the_promises_end_on_the_millisecond(
    sent_ms: int, recorded_ms: int, processed: int, delivered: int
) -> None:
    """Ten seconds to the gateway and sixty to the phone, from the arrival here."""
    step = replace(STEP, after=replace(SENT, sent_ms=sent_ms))
    fold = _fold((step, 5000), (_after(step, DeliveryStatus.DELIVERED), recorded_ms))
    assert fold.processed()["cmpp"].kept == processed
    assert fold.delivered()["cmpp"].kept == delivered


def test_what_was_not_needed_or_whose_arrival_is_unknown_is_in_no_share() -> None:
    """A case that moved on is no failure, and a rebuilt lane is not guessed at."""
    moved = _after(STEP, DeliveryStatus.OVERTAKEN)
    old = replace(STEP, delivery_id="old", notice_id="n2", after=replace(SENT, seen_ms=0))
    fold = _fold((moved, 9), (old, 9), (_after(old, DeliveryStatus.DELIVERED), 9))
    assert (fold.processed(), fold.delivered()) == ({}, {})


def test_units_are_summed_and_priced() -> None:
    """Two villages of one county are one line a channel; the sum is exact."""
    other = replace(STEP, delivery_id="d2", notice_id="n2", jurisdiction_code="532301002001")
    abroad = replace(STEP, delivery_id="d3", notice_id="n3", jurisdiction_code="532322001001")
    fold = _fold(*((one, 5000) for one in (STEP, other, abroad)))
    prices = Prices("CNY", {"cmpp": Decimal("0.045")}, {}, Decimal(80))
    lines = cost_lines(fold, prices, "532300", 1)
    assert [(one.code, one.segments, str(one.cost)) for one in lines] == [
        ("532301", 4, "0.180"),
        ("532322", 2, "0.090"),
        ("532300", 6, "0.270"),
    ]
    assert [one.code for one in cost_lines(fold, prices, "532301", 2)] == [
        "532301001",
        "532301002",
        "532301",
    ]


@pytest.mark.parametrize(("budget", "alarm"), [("0.11", True), ("0.12", False), ("0", True)])
def test_a_budget_gives_an_alarm_from_its_share_on(budget: str, alarm: bool) -> None:
    """Nine cents are 80 % of eleven and a quarter: the alarm comes before the money is gone."""
    prices = Prices("CNY", {"cmpp": Decimal("0.045")}, {"532301": Decimal(budget)}, Decimal(80))
    [used] = budgets_used(_fold((STEP, 5000)), prices)
    assert (used.spent, used.alarm) == (Decimal("0.090"), alarm)


def test_an_unknown_code_is_something_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares are said, and ask for nothing; a code in no table does, and names channel and code."""
    monkeypatch.setenv("SANSE_LANG", "en")
    odd = _after(STEP, DeliveryStatus.FAILED, reason=Reason.RECEIPT_CODE_UNKNOWN)
    found = list(findings(_fold((STEP, 5000), (replace(odd, provider_code="XY:1"), 6000))))
    assert [advice for _, advice in found] == ["", "", "add it to receipts.yaml"]
    assert found[2][0] == "last 24 hours, cmpp: unknown code XY:1 (1 times)"
    assert "0.0 % delivered within 60 s (0 of 1)" in found[1][0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('cmpp: "0.040"', "cmpp: 0.040", "per_segment.cmpp"),
        ('cmpp: "0.040"', 'cmpp: "-1"', "0 or more"),
        ('cmpp: "0.040"', 'cmpp: "NaN"', "0 or more"),
        ("monthly_budget: {}", "budget: {}", "unknown 'budget'"),
    ],
)
def test_a_wrong_price_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A price that is not exact or not one, and an unknown key; the error names the file."""
    assert load_prices(FILE).cost("cmpp", 3) == Decimal("0.120")
    wrong = tmp_path / "prices.yaml"
    wrong.write_text(FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(TemplateWrong, match=said) as refused:
        load_prices(wrong)
    assert str(wrong) in str(refused.value)
