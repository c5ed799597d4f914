"""The gRPC door. Requests are taken as bytes, so that a malformed message gets a clear answer and a reject."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message

from sanse.common.v1 import common_pb2
from sanse.intake.v1 import intake_service_pb2 as pb
from services.common.terms import Language
from services.intake.adapters.api_keys import ApiKeys
from services.intake.adapters.json_text import read_report
from services.intake.adapters.kafka_sender import KafkaAway
from services.intake.domain.grants import Grant
from services.intake.domain.incoming import Format, Incoming, Result, Status
from services.intake.domain.limits import MAX_STREAM_REPORTS
from services.intake.domain.messages import problem
from services.intake.domain.problems import Reason
from services.intake.service.accept import Accepter
from services.intake.service.answers import RETRY_AFTER_S, language_of, say, tally

SERVICE = pb.DESCRIPTOR.services_by_name["IntakeService"].full_name
# Reports of a stream are accepted in portions: large enough to fill lanes, small enough to hold.
PORTION = 20_000
_STATUSES = {
    Status.ACCEPTED: pb.SUBMIT_STATUS_ACCEPTED,
    Status.DUPLICATE: pb.SUBMIT_STATUS_DUPLICATE,
    Status.REJECTED: pb.SUBMIT_STATUS_REJECTED,
}
Context = grpc.aio.ServicerContext[bytes, Message]
M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class _Caller:
    grant: Grant
    language: Language


class GrpcDoor:
    """IntakeService."""

    def __init__(self, accepter: Accepter, keys: ApiKeys) -> None:
        self._accepter = accepter
        self._keys = keys

    def register(self, server: grpc.aio.Server) -> None:
        """Add the service to a server."""
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "Submit": grpc.unary_unary_rpc_method_handler(
                self._submit, response_serializer=_serialized
            ),
            "SubmitBatch": grpc.stream_unary_rpc_method_handler(
                self._submit_batch, response_serializer=_serialized
            ),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    async def _submit(self, raw: bytes, context: Context) -> Message:
        caller = await self._caller(context)
        request = await self._parsed(pb.SubmitRequest, raw, caller, context)
        results = await self._accept(caller, [read_report(request.report_json)], context)
        return pb.SubmitResponse(result=_message(results[0], caller.language))

    async def _submit_batch(self, requests: AsyncIterator[bytes], context: Context) -> Message:
        caller = await self._caller(context)
        results: list[Result] = []
        waiting: list[bytes] = []
        async for raw in requests:
            request = await self._parsed(pb.SubmitBatchRequest, raw, caller, context)
            waiting.extend(request.reports_json)
            if len(results) + len(waiting) > MAX_STREAM_REPORTS:
                text = say("batch.too_large", caller.language, limit=MAX_STREAM_REPORTS)
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, text)
            if len(waiting) >= PORTION:
                results += await self._accept(caller, map(read_report, waiting), context)
                waiting = []
        results += await self._accept(caller, map(read_report, waiting), context)
        return _batch_response(results, caller.language)

    async def _caller(self, context: Context) -> _Caller:
        metadata = {
            str(name): value if isinstance(value, str) else ""
            for name, value in context.invocation_metadata() or ()
        }
        language = language_of(metadata.get("accept-language", ""))
        key = metadata.get("x-api-key", "")
        grant = self._keys.grant_of(key) if key else None
        if grant is None:
            reason = "key.unknown" if key else "key.missing"
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, say(reason, language))
            raise AssertionError("abort raises")
        return _Caller(grant, language)

    async def _parsed(self, kind: type[M], raw: bytes, caller: _Caller, context: Context) -> M:
        try:
            return kind.FromString(raw)
        except DecodeError:
            name = kind.DESCRIPTOR.full_name
            fault = problem(Reason.PROTOBUF_MALFORMED, "", message_type=name)
            incoming = Incoming(None, fault, raw, Format.PROTOBUF)
            await self._accept(caller, [incoming], context)
            text = say("request.malformed", caller.language, message_type=name)
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
            raise AssertionError("abort raises") from None

    async def _accept(
        self, caller: _Caller, reports: Sequence[Incoming] | map[Incoming], context: Context
    ) -> list[Result]:
        try:
            return await self._accepter.accept(caller.grant, reports)
        except KafkaAway:
            hint = (("grpc-retry-pushback-ms", str(RETRY_AFTER_S * 1000)),)
            text = say("kafka.away", caller.language)
            await context.abort(grpc.StatusCode.UNAVAILABLE, text, hint)
            raise AssertionError("abort raises") from None


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _batch_response(results: Sequence[Result], language: Language) -> pb.SubmitBatchResponse:
    counts = tally(results)
    return pb.SubmitBatchResponse(
        results=[_message(result, language) for result in results],
        accepted=counts[Status.ACCEPTED],
        duplicates=counts[Status.DUPLICATE],
        rejected=counts[Status.REJECTED],
    )


def _message(result: Result, language: Language) -> pb.SubmitResult:
    message = pb.SubmitResult(
        status=_STATUSES[result.status], event_id=result.event_id, reject_id=result.reject_id
    )
    if result.problems:
        first = result.problems[0]
        message.reason = first.reason.value
        message.field_path = first.field_path
        message.message = first.message(language)
        message.allowed = first.allowed
        message.language = (
            common_pb2.LANGUAGE_EN if language is Language.EN else common_pb2.LANGUAGE_ZH
        )
    return message
