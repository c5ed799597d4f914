"""Allots official numbers in the lane of a register: the same requests in the same order give the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.lane_types import Outgoing
from services.common.topics import Topic
from services.escalation.adapters.serial_codec import (
    answer_to,
    body_of,
    entry_to,
    number_key,
    register_from,
    register_key,
    register_to,
)
from services.escalation.domain.cases import lane_of_case
from services.escalation.domain.serials import Numbering, NumberRequest, Register, after, allot


class NumberingMissing(LookupError):
    """A notice asks for a number and no rule says how: put the file of official numbers back, then replay."""


def state_wanted(request: NumberRequest) -> tuple[str, str]:
    """The state keys a request needs."""
    return register_key(request.register_id), number_key(request.notice_id)


class Allotter:
    """The registers of one lane while one record changes them."""

    def __init__(self, state: Mapping[str, bytes], numbering: Numbering | None) -> None:
        self._state = state
        self._numbering = numbering
        self._registers: dict[str, Register] = {}
        self._numbers: dict[str, str] = {}
        self._answers: list[pb.Command] = []
        self.entries: list[pb.SerialEntry] = []

    def take(self, request: NumberRequest) -> None:
        """Allot the next number, or find the one the notice has, and answer the lane of the case."""
        number = self._known(request.notice_id) or self._next(request)
        self._answers.append(answer_to(request, number))

    def puts(self) -> dict[str, bytes | None]:
        """The registers and numbers as they are now."""
        puts: dict[str, bytes | None] = {
            register_key(one.register_id): register_to(one) for one in self._registers.values()
        }
        puts.update((number_key(key), number.encode()) for key, number in self._numbers.items())
        return puts

    def outputs(self) -> Sequence[Outgoing]:
        """The answers, one record for each lane."""
        by_lane: dict[int, list[pb.Command]] = {}
        for answer in self._answers:
            lane = lane_of_case(answer.case_id)
            if lane is None:
                raise ValueError(f"{answer.case_id!r} is no case id")
            by_lane.setdefault(lane, []).append(answer)
        return [
            Outgoing(
                Topic.COMMANDS,
                pb.CommandBatch(lane=lane, commands=answers).SerializeToString(),
                lane=lane,
            )
            for lane, answers in by_lane.items()
        ]

    def _known(self, notice_id: str) -> str:
        stored = self._state.get(number_key(notice_id), b"")
        return self._numbers.get(notice_id) or stored.decode()

    def _next(self, request: NumberRequest) -> str:
        if self._numbering is None:
            raise NumberingMissing(f"register {request.register_id}: SANSE_NUMBERING_FILE")
        register = self._register(request.register_id)
        allotted = allot(register, request, self._numbering)
        entry = entry_to(allotted)
        self._registers[request.register_id] = after(register, allotted, body_of(entry))
        self._numbers[request.notice_id] = entry.official_no
        self.entries.append(entry)
        return entry.official_no

    def _register(self, register_id: str) -> Register:
        stored = self._state.get(register_key(register_id))
        known = register_from(stored) if stored else Register(register_id)
        return self._registers.get(register_id, known)
