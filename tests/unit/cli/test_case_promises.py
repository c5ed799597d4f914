"""What the case's page in the terminal says of promises."""

from __future__ import annotations

import pytest

from sanse.escalation.v1 import cases_pb2 as pb
from services.cli.commands.case import promise_lines
from services.common.duty.moments import moment_of

AT = moment_of("2026-03-01 09:30")


def case(**fields: object) -> pb.Case:
    marks = {
        "status": pb.CASE_STATUS_OPENED,
        "reads": [pb.ReadMark(official_id="T-1", at_ms=AT)],
    }
    return pb.Case(**(marks | fields))  # type: ignore[arg-type]


def test_read_but_idle_is_shown_until_it_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who read it and when, in both languages; once somebody has acknowledged, reading is no news."""
    monkeypatch.setenv("SANSE_LANG", "zh")
    assert promise_lines(case()) == ["T-1 于 03-01 09:30 已读，未办"]
    monkeypatch.setenv("SANSE_LANG", "en")
    assert promise_lines(case()) == ["T-1 read it at 03-01 09:30; nothing has followed"]
    assert promise_lines(case(status=pb.CASE_STATUS_ACKNOWLEDGED)) == []


def test_an_offer_and_a_broken_promise_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom it is offered to until when, and which act was not done by when."""
    monkeypatch.setenv("SANSE_LANG", "zh")
    offer = pb.ReassignmentOffer(to_official_id="T-2", accept_due_ms=AT)
    broken = {"broken_act": pb.NEXT_ACT_FIRST_VISIT, "broken_due_ms": AT}
    lines = promise_lines(case(reads=[], offer=offer, **broken))
    assert lines == [
        "拟移交 T-2，须于 03-01 09:30 前接办；此前由原责任人负责",
        "签收失效：首次走访逾期未办（03-01 09:30）",
    ]
