"""Numbers of the protocol as the codes and times a case file shows."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.descriptor import EnumDescriptor

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2
from services.common.clock import to_local

LEVEL = common_pb2.DESCRIPTOR.enum_types_by_name["Level"]
TIER = common_pb2.DESCRIPTOR.enum_types_by_name["Tier"]
ANSWER = common_pb2.DESCRIPTOR.enum_types_by_name["Answer"]
STATUS = cases_pb2.DESCRIPTOR.enum_types_by_name["CaseStatus"]
ACT = cases_pb2.DESCRIPTOR.enum_types_by_name["NextAct"]
COLOUR = cases_pb2.DESCRIPTOR.enum_types_by_name["NoticeColour"]
EVENT = cases_pb2.DESCRIPTOR.enum_types_by_name["CaseEventType"]
KIND = notify_pb2.DESCRIPTOR.enum_types_by_name["NoticeKind"]
DELIVERY = notify_pb2.DESCRIPTOR.enum_types_by_name["DeliveryStatus"]
REASON = risk_pb2.DESCRIPTOR.enum_types_by_name["DecisionReason"]


def code(enum: EnumDescriptor, number: int) -> str:
    """The code of a number, "" for unspecified; a number of a newer protocol stays a number."""
    value = enum.values_by_number.get(number)
    if value is None:
        return str(number)
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return value.name.removeprefix(prefix).lower() if number else ""


def when(ms: int) -> str:
    """A moment for people; "" when not set. OverflowError, OSError or ValueError when it is no moment."""
    return to_local(ms).isoformat(timespec="milliseconds") if ms else ""


def ms_of(moment: str) -> int:
    """Milliseconds from what `when` wrote; ValueError when it is not that."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000) if moment else 0
