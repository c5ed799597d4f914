"""Every code of the notifier has words in both languages, and a case's story says what comes next."""

from __future__ import annotations

import pytest

from sanse.notify.v1 import notify_pb2, notify_service_pb2
from services.cli.sending import texts
from services.cli.sending.why import status_name, why_lines
from services.notifier.domain.results import Reason


def test_every_code_has_words() -> None:
    """No reason, status or kind is shown as a code, and no advice is for a reason that does not exist."""
    assert {reason.value for reason in Reason} == texts.REASONS.keys()
    statuses = notify_pb2.DeliveryStatus.values()
    assert {status_name(status) for status in statuses} == texts.STATUSES.keys()
    kinds = {name.removeprefix("NOTICE_KIND_").lower() for name, _ in notify_pb2.NoticeKind.items()}
    assert kinds == texts.KINDS.keys()
    assert texts.ADVICE.keys() <= texts.REASONS.keys()


@pytest.mark.parametrize("status", notify_pb2.DeliveryStatus.values())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_says_what_comes_next(
    status: notify_pb2.DeliveryStatus.ValueType, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom by post, the gateway's word with its own code, and the next step; a stranger is named as one."""
    monkeypatch.setenv("SANSE_LANG", language)
    notice = notify_pb2.Notice(notice_id="n", recipient_id="GW-1", created_at_ms=1)
    step = notify_pb2.Delivery(
        notice_id="n", attempt=1, channel="cmpp", status=status, reason="no_such_number"
    )
    step.provider_code = "MI:0210"
    told = notify_service_pb2.GetDeliveriesResponse(notices=[notice], deliveries=[step])
    told.states["n"].status = status
    told.states["n"].last_reason = "no_such_number"
    head, tried, now = why_lines("case", told)
    assert head.endswith(("不在花名册：GW-1", "not on the roster: GW-1"))
    assert "MI:0210" in tried
    assert texts.word(texts.REASONS, "no_such_number") in tried
    assert texts.word(texts.STATUSES, status_name(status)) in now
    assert ("roster" in now or "花名册" in now) is (status == notify_pb2.DELIVERY_STATUS_FAILED)


def test_a_case_nobody_was_to_be_told_of_says_so() -> None:
    """Silence is an answer of its own."""
    [line] = why_lines("017-3f9a0c51d2e8", notify_service_pb2.GetDeliveriesResponse())
    assert "017-3f9a0c51d2e8" in line
