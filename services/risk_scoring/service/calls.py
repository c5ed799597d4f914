"""How this service refuses a value asked for over gRPC."""

from __future__ import annotations

from typing import NoReturn

import grpc

from services.common.calls import Call, language_of
from services.risk_scoring.service.words import say


async def refuse_value(call: Call, field: str, value: object, allowed: str) -> NoReturn:
    """End the call: a field's value cannot be used, and what is allowed instead."""
    details = say("wrong", language_of(call), field=field, value=value, allowed=allowed)
    await call.abort(grpc.StatusCode.INVALID_ARGUMENT, details)
