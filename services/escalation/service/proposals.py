"""What the clock writes to the log about a case whose deadline has passed: an act, an answer, or a number is owed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.ids import derived_id
from services.common.terms import NoticeColour
from services.escalation.adapters.command_codec import chase_command, deadline_command, next_alarm
from services.escalation.adapters.lane_view import chase_member, ladder_member, number_member
from services.escalation.adapters.serial_codec import request_to
from services.escalation.domain.serials import (
    Numbering,
    NumberRequest,
    register_id_for,
    register_lane,
)


def proposals(
    case: pb.Case, due: Mapping[str, int], now_ms: int, numbering: Numbering | None
) -> Iterator[tuple[int, pb.Command]]:
    """The commands for what is due of a case, each with the lane it goes to.

    What the case no longer waits for at that time is left out: it changed since the deadline was read.
    """
    if due.get(ladder_member(case.case_id)) == next_alarm(case)[0]:
        yield case.lane, deadline_command(case, now_ms)
    chase_ms = due.get(chase_member(case.case_id))
    for notice in case.notices:
        if chase_ms and notice.chase_due_ms == chase_ms:
            yield case.lane, chase_command(case, notice, now_ms)
        if numbering and notice.awaits_number and number_member(case.case_id) in due:
            request = _request(case, notice, now_ms, numbering)
            yield register_lane(request.register_id), request_to(request)


def _request(
    case: pb.Case, notice: pb.NoticeIssued, now_ms: int, numbering: Numbering
) -> NumberRequest:
    return NumberRequest(
        request_id=derived_id(notice.notice_id, "number"),
        register_id=register_id_for(
            numbering, case.jurisdiction_code, NoticeColour(notice.colour), notice.issued_at_ms
        ),
        notice_id=notice.notice_id,
        case_id=case.case_id,
        subject_id=case.subject_id,
        at_ms=now_ms,
    )
