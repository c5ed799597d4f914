"""Sends SMS in their own words over a few lasting connections that all messages share."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Generic

from services.notifier.adapters.uplink import Inbox
from services.notifier.channels.line.brought import Brought
from services.notifier.channels.line.config import LineConfig
from services.notifier.channels.line.connection import Connection, Lost
from services.notifier.channels.line.link import Link
from services.notifier.channels.line.text import Part
from services.notifier.channels.line.wire import FieldWrong, Pdu, Wire
from services.notifier.domain.message import AddressKind, Form, Message, TextContent
from services.notifier.domain.parts import join_ids
from services.notifier.domain.results import (
    Reason,
    SendResult,
    SendStatus,
    accepted,
    give_up,
    misconfigured,
    retry,
    unknown_outcome,
)

_NUMBER = re.compile(r"(?:\+?86)?(1\d{10})|\+?(\d{3,20})")
_MAYBE_TAKEN = frozenset({SendStatus.ACCEPTED, SendStatus.UNKNOWN_OUTCOME})
_LOST = {
    Lost.NOT_SENT: retry(Reason.UNREACHABLE),
    Lost.WINDOW_FULL: retry(Reason.RATE_LIMITED_HERE),
    Lost.NO_ANSWER: unknown_outcome(),
}


class LineSms(ABC, Generic[Pdu]):
    """The gateway's yes is not the phone's: a receipt follows, one for each part."""

    form = Form.SMS_TEXT
    needs = AddressKind.MOBILE
    receipts = True
    repeat_safe = False

    def __init__(self, config: LineConfig, wire: Wire[Pdu], brought: Brought[Pdu]) -> None:
        self._line = config
        self._brought = brought
        self._links = [
            Link(config, wire, self._greet, brought.take) for _ in range(config.connections)
        ]
        # Phones join parts by this number: not the same for every process that starts.
        self._references = itertools.count(random.getrandbits(8))

    @abstractmethod
    async def _greet(self, connection: Connection[Pdu]) -> SendResult | None:
        """Sign in; None when the gateway lets us in."""

    @abstractmethod
    def _split(self, text: str, reference: int) -> Sequence[Part]:
        """The parts of a text in the protocol's alphabets."""

    @abstractmethod
    def _pdu(self, part: Part, number: str) -> Pdu:
        """What carries one part to one number."""

    @abstractmethod
    def _read(self, answer: Pdu) -> SendResult:
        """What an answer to a part means; accepted under the part's id."""

    def listen(self, inbox: Inbox | None) -> None:
        """Connect at once, for receipts come whether or not there is something to send; None: take no more."""
        self._brought.inbox = inbox
        for link in self._links if inbox is not None else ():
            link.start()

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send all parts together, for some gateways answer none of them before all have come.

        When only some were taken, those that certainly were not are tried again after a short wait.
        """
        assert isinstance(message.content, TextContent)
        number = _number(message.address.mobile)
        if number is None:
            return give_up(Reason.BAD_ADDRESS)
        parts = self._split(self._text(message.content), next(self._references))
        if len(parts) > self._line.max_parts:
            return give_up(Reason.TOO_LONG)
        results = await self._submit_all(parts, number)
        for _ in range(self._line.part_tries - 1):
            refused = [part for part, result in zip(parts, results, strict=True) if _again(result)]
            if len(refused) in (0, len(parts)):
                break
            await asyncio.sleep(self._wait_s(results))
            better = dict(zip(refused, await self._submit_all(refused, number), strict=True))
            results = [better.get(part, old) for part, old in zip(parts, results, strict=True)]
        return _whole(parts, results)

    async def close(self) -> None:
        """End all conversations."""
        await asyncio.gather(*(link.close() for link in self._links))

    def _text(self, content: TextContent) -> str:
        return content.text if self._line.gateway_signs else content.title + content.text

    async def _submit_all(self, parts: Sequence[Part], number: str) -> list[SendResult]:
        """Over one connection: gateways join parts that came the same way."""
        connection = await self._connection()
        if isinstance(connection, SendResult):
            return [connection] * len(parts)
        submits = (self._submit(connection, part, number) for part in parts)
        # Counted here and now, before another message looks for the least busy connection.
        connection.busy += len(parts)
        try:
            return list(await asyncio.gather(*submits))
        finally:
            connection.busy -= len(parts)

    def _wait_s(self, results: Sequence[SendResult]) -> float:
        asked_ms = max(result.after_ms for result in results)
        return max(self._line.part_wait_s, asked_ms / 1000)

    async def _submit(self, connection: Connection[Pdu], part: Part, number: str) -> SendResult:
        try:
            answer = await connection.submit(self._pdu(part, number))
        except FieldWrong:
            # The settings' own lengths are checked at start: what is left is a letter no field can carry.
            return misconfigured(Reason.REFUSED)
        return _LOST[answer] if isinstance(answer, Lost) else self._read(answer)

    async def _connection(self) -> Connection[Pdu] | SendResult:
        """The least busy connection; without any, why the last attempt failed."""
        for link in self._links:
            link.start()
        found: Connection[Pdu] | SendResult = retry(Reason.UNREACHABLE)
        for link in sorted(self._links, key=lambda link: link.connection is None):
            found = await link.ready()
            if isinstance(found, Connection):
                break
        connected = [link.connection for link in self._links if link.connection is not None]
        return min(connected, key=lambda connection: connection.busy, default=found)


def _number(mobile: str) -> str | None:
    """A mainland mobile without its country code, another number as it is; None when it is none."""
    found = _NUMBER.fullmatch(mobile.strip())
    return (found.group(1) or found.group(2)) if found else None


def _again(result: SendResult) -> bool:
    """Whether a part was certainly not taken, and may be later."""
    return result.status is SendStatus.RETRY


def _whole(parts: Sequence[Part], results: Sequence[SendResult]) -> SendResult:
    """The message's result: taken when all parts are.

    A refused part outweighs one that may have been taken: without it nobody can have read the message,
    so it may be sent again as a whole. It is named, unless all parts fared alike.
    """
    for part, result in sorted(zip(parts, results, strict=True), key=_maybe_taken):
        if result.status is SendStatus.ACCEPTED:
            continue
        alike = all(other.status is result.status for other in results)
        return result if alike else _named(result, part)
    return accepted(join_ids(result.provider_message_id for result in results))


def _maybe_taken(outcome: tuple[Part, SendResult]) -> bool:
    return outcome[1].status in _MAYBE_TAKEN


def _named(result: SendResult, part: Part) -> SendResult:
    """Which part it was."""
    code = f"{result.provider_code or result.reason.value} part {part.number}/{part.total}"
    return replace(result, provider_code=code)
