"""All cases an official may see, and commands to many, a page at a time over the escalation service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sanse.escalation.v1 import case_service_pb2, case_service_pb2_grpc
from sanse.escalation.v1 import cases_pb2 as pb
from services.cli.context import load_context, metadata

PAGE = 500


def stub() -> case_service_pb2_grpc.CaseServiceStub:
    """The service of the running stack, or at SANSE_ESCALATION_GRPC."""
    return case_service_pb2_grpc.CaseServiceStub(load_context().channel("escalation"))


def all_cases(official: str, jurisdiction: str = "") -> Iterator[pb.Case]:
    """Open and resolved cases under a division code; of the official's own jurisdiction when it is empty."""
    service, token = stub(), ""
    while True:
        request = case_service_pb2.ListCasesRequest(
            jurisdiction_code=jurisdiction, page_size=PAGE, page_token=token
        )
        page = service.ListCases(request, metadata=metadata(official))
        yield from page.cases
        token = page.next_page_token
        if not token:
            return


def send_all(
    commands: Sequence[pb.Command], official: str
) -> tuple[int, list[case_service_pb2.CommandRefused]]:
    """Write many commands; gives how many were written, and those refused with why. Sent again they count once."""
    service, written = stub(), 0
    refused: list[case_service_pb2.CommandRefused] = []
    for at in range(0, len(commands), PAGE):
        request = case_service_pb2.SendCommandsRequest(commands=commands[at : at + PAGE])
        answer = service.SendCommands(request, metadata=metadata(official))
        written += len(answer.command_ids)
        refused += answer.refused
    return written, refused
