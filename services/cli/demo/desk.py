"""How simulated officials act from a desk: through the case service, as the officials they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

import grpc

from sanse.escalation.v1 import case_service_pb2, case_service_pb2_grpc, cases_pb2
from services.common.ids import derived_id
from services.common.obligation_catalogue import load_kinds
from services.common.roster import Official
from services.common.settings import CommonSettings


class Desk:
    """Finds cases by their number and sends commands of whoever is responsible now."""

    def __init__(
        self, address: str, officials: Iterable[Official], now_ms: Callable[[], int]
    ) -> None:
        self._channel = grpc.insecure_channel(address)
        self._stub = case_service_pb2_grpc.CaseServiceStub(self._channel)
        self._by_address: dict[str, str] = {}
        self._now_ms = now_ms
        self._kinds = load_kinds(CommonSettings().obligations_dir)
        for official in officials:
            for where in (official.mobile, official.wecom_id, official.email, official.official_id):
                self._by_address.setdefault(where, official.official_id)

    def official_at(self, address: str) -> str:
        """The official whose phone, account or mailbox it is; "" for a group."""
        return self._by_address.get(address, "")

    def find(self, case_no: str, official_id: str) -> cases_pb2.Case | None:
        """The case with this number as the official sees it; None when it is not shown."""
        request = case_service_pb2.ListCasesRequest(page_size=500)
        answer = self._stub.ListCases(request, metadata=(("x-official-id", official_id),))
        return next((case for case in answer.cases if case.case_no == case_no), None)

    def visit(self, case: cases_pb2.Case) -> None:
        """The responsible official visits and records it."""
        self._send(case, cases_pb2.Command(record_visit=cases_pb2.RecordVisit()), "visit")

    def fulfil(self, case: cases_pb2.Case, duty_id: str) -> None:
        """The responsible official records that a duty of the law is fulfilled."""
        act = cases_pb2.FulfilDuty(duty_id=duty_id)
        self._send(case, cases_pb2.Command(fulfil_duty=act), f"fulfil {duty_id}")

    def resolve(self, case: cases_pb2.Case, how: str) -> None:
        """The responsible official closes the case and says how it ended."""
        self._send(case, cases_pb2.Command(resolve=cases_pb2.Resolve(how=how)), "resolve")

    def meet(self, case: cases_pb2.Case) -> list[str]:
        """Whoever owes an obligation shows what its kind asks for and closes it, or as the second person agrees.

        Gives back the names of the acts.
        """
        if case.HasField("closing"):
            agrees = cases_pb2.Command(approve_closing=cases_pb2.ApproveClosing())
            self._send(case, agrees, "approve")
            return ["approve"]
        kind = self._kinds[case.obligation]
        for name in kind.evidence:
            if name == "visit":
                self.visit(case)
                continue
            shown = cases_pb2.AddEvidence(
                kind=cases_pb2.EvidenceKind.Value(f"EVIDENCE_KIND_{name.upper()}"),
                sha256=sha256(f"{case.case_id} {name}".encode()).digest(),
            )
            self._send(case, cases_pb2.Command(add_evidence=shown), name)
        self.resolve(case, next(iter(kind.outcomes)))
        return [*("evidence" for _ in kind.evidence), "resolve"]

    def _send(self, case: cases_pb2.Case, command: cases_pb2.Command, act: str) -> None:
        command.command_id = derived_id("desk", act, case.case_id, case.visits)
        command.case_id = case.case_id
        command.actor_id = case.owner_id
        command.at_ms = self._now_ms()
        command.via = "grpc"
        self._stub.SendCommand(
            case_service_pb2.SendCommandRequest(command=command),
            metadata=(("x-official-id", case.owner_id),),
        )

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()
