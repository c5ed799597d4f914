"""The protobuf messages of the hot path, with their innermost messages left as bytes.

On the wire a sub-message and a bytes field look the same. Reading 25 answers as bytes and looking each
up in a table takes a third of the time of 25 message objects; contributions, of which a pack can give only
so many, are written from a table the same way. Derived from the real descriptors, so they cannot drift.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FileDescriptor

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import risk_pb2

_AS_BYTES = frozenset(
    {
        "sanse.intake.v1.Assessment.answers",
        # Who gets which help is never an input to a score: to scoring these bodies are bytes without fields.
        "sanse.intake.v1.Event.support_plan",
        "sanse.intake.v1.Event.support_visit",
        "sanse.intake.v1.Incident.facts",
        "sanse.risk.v1.RiskBatch.decisions",
        "sanse.risk.v1.ShadowBatch.decisions",
        "sanse.risk.v1.ShadowBatch.profiles",
        "sanse.risk.v1.RiskDecision.contributions",
        "sanse.risk.v1.RiskDecision.counterfactual",
        "sanse.risk.v1.HouseholdProfile.source",
    }
)


def _view(file: FileDescriptor) -> descriptor_pb2.FileDescriptorProto:
    proto = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(proto)
    for message in proto.message_type:
        for field in message.field:
            if f"{proto.package}.{message.name}.{field.name}" in _AS_BYTES:
                field.type = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
                field.ClearField("type_name")
    return proto


_pool = descriptor_pool.DescriptorPool()
for _file in (common_pb2.DESCRIPTOR, risk_pb2.DESCRIPTOR, events_pb2.DESCRIPTOR):
    _pool.Add(_view(_file))


def _class(name: str) -> Any:
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(name))


EventBatchView = _class("sanse.intake.v1.EventBatch")
RiskBatchView = _class("sanse.risk.v1.RiskBatch")
ShadowBatchView = _class("sanse.risk.v1.ShadowBatch")
RiskDecisionView = _class("sanse.risk.v1.RiskDecision")
ProfileView = _class("sanse.risk.v1.HouseholdProfile")
