"""What answers over gRPC have in common: the caller's headers and language, and a refusal in that language."""

from __future__ import annotations

from typing import NoReturn, Protocol

import grpc
import grpc.aio

from services.common.terms import Language
from services.risk_scoring.service.words import say


class Call(Protocol):
    """What the service needs of a gRPC call."""

    def invocation_metadata(self) -> grpc.aio.Metadata | None:
        """The caller's headers."""

    async def abort(self, code: grpc.StatusCode, details: str = "") -> NoReturn:
        """End the call with an error."""


def language_of(call: Call) -> Language:
    """English when the caller's accept-language begins with it, else Chinese."""
    english = header(call, "accept-language").lower().startswith("en")
    return Language.EN if english else Language.ZH


def header(call: Call, name: str) -> str:
    """A header of the call; "" when it is not there."""
    return next((str(v) for key, v in call.invocation_metadata() or () if key == name), "")


async def refuse_value(call: Call, field: str, value: object, allowed: str) -> NoReturn:
    """End the call: a field's value cannot be used, and what is allowed instead."""
    details = say("wrong", language_of(call), field=field, value=value, allowed=allowed)
    await call.abort(grpc.StatusCode.INVALID_ARGUMENT, details)
