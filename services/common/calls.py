"""Who calls over gRPC, in which language, and over which places: the same at every service's door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NoReturn, Protocol

import grpc
import grpc.aio

from services.common.clock import Clock
from services.common.divisions import contains
from services.common.roster import Roster
from services.common.terms import Language


class Call(Protocol):
    """What a service needs of a gRPC call."""

    def invocation_metadata(self) -> grpc.aio.Metadata | None:
        """The caller's headers."""

    async def abort(self, code: grpc.StatusCode, details: str = "") -> NoReturn:
        """End the call with an error."""


class CallerFault(Enum):
    """Why a caller is not let in: the gRPC status, and the text in Chinese and English."""

    NO_CALLER = (
        grpc.StatusCode.UNAUTHENTICATED,
        "缺少元数据 x-official-id：请填写本人的人员编号",
        'metadata "x-official-id" is missing: give your own official id',
    )
    UNKNOWN = (
        grpc.StatusCode.PERMISSION_DENIED,
        "人员编号 {value} 不在花名册中",
        "official id {value} is not on the roster",
    )
    OUTSIDE = (
        grpc.StatusCode.PERMISSION_DENIED,
        "{value} 不在您的辖区 {allowed} 之内",
        "{value} is outside your jurisdiction {allowed}",
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """An official who calls, and the units the official is over now: none for a department."""

    official_id: str
    places: tuple[str, ...]


class Callers:
    """The officials of the roster as callers, by the posts they hold when they call."""

    def __init__(self, roster: Roster, clock: Clock) -> None:
        self._roster = roster
        self._clock = clock

    async def caller(self, call: Call) -> Caller:
        """The official who calls; ends the call when none is named, or who is named holds no post."""
        official_id = header(call, "x-official-id")
        if not official_id:
            await refuse_caller(call, CallerFault.NO_CALLER)
        places = self._roster.places(official_id, self._clock.now_ms())
        if places is None:
            await refuse_caller(call, CallerFault.UNKNOWN, value=official_id)
        return Caller(official_id, places)

    async def over(self, call: Call, place: str, shown: str = "") -> Caller:
        """The caller, whose jurisdiction holds the place; ends the call otherwise.

        shown: what the refusal names instead of the place, where the place itself is not the caller's to know.
        A department is over no place.
        """
        caller = await self.caller(call)
        if not any(contains(unit, place) for unit in caller.places):
            allowed = ", ".join(caller.places) or "–"
            await refuse_caller(call, CallerFault.OUTSIDE, value=shown or place, allowed=allowed)
        return caller


async def refuse_caller(call: Call, fault: CallerFault, **details: str) -> NoReturn:
    """End the call, and say why in the caller's language."""
    await call.abort(fault.value[0], caller_text(fault, language_of(call), **details))


def caller_text(fault: CallerFault, language: Language, **details: str) -> str:
    """Why a caller is not let in, in a language."""
    _, chinese, english = fault.value
    return (english if language is Language.EN else chinese).format(**details)


def language_of(call: Call) -> Language:
    """English when the caller's accept-language begins with it, else Chinese."""
    english = header(call, "accept-language").lower().startswith("en")
    return Language.EN if english else Language.ZH


def header(call: Call, name: str) -> str:
    """A header of the call; "" when it is not there."""
    for key, value in call.invocation_metadata() or ():
        if key == name:
            return value if isinstance(value, str) else value.decode()
    return ""
