"""sanse case why, test-send: what was told, and trying a channel."""

from __future__ import annotations

from rich.console import Console

from sanse.notify.v1 import notify_pb2, notify_service_pb2, notify_service_pb2_grpc
from services.cli.context import Official, load_context, metadata
from services.cli.sending.texts import REASONS, STATUSES, say, word
from services.cli.sending.why import status_name, why_lines

_console = Console()


def _stub() -> notify_service_pb2_grpc.NotifierServiceStub:
    return notify_service_pb2_grpc.NotifierServiceStub(load_context().channel("notifier"))


def why(case_id: str, official: Official) -> None:
    """为何无人被告知：逐条通知与投递 · why nobody was told: each notice, each step, and what is next."""
    request = notify_service_pb2.GetDeliveriesRequest(case_id=case_id)
    told = _stub().GetDeliveries(request, metadata=metadata(official))
    for line in why_lines(case_id, told):
        _console.print(line, highlight=False, markup=False)


def test_send(recipient: str, channel: str, official: Official) -> None:
    """向一名责任人试发一条 · one test message to an official of your jurisdiction, on the path of real ones."""
    request = notify_service_pb2.SendTestRequest(recipient_id=recipient, channel=channel)
    step: notify_pb2.Delivery = _stub().SendTest(request, metadata=metadata(official)).delivery
    status, reason = word(STATUSES, status_name(step.status)), word(REASONS, step.reason)
    line = say("test.sent", channel=channel, status=status, reason=reason)
    _console.print(line, highlight=False, markup=False)
