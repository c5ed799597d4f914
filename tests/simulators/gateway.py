"""The contract every simulated gateway keeps, and the few words its requests and answers need."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from tests.simulators.behaviour import ANSWERS_SUCCESS, Behaviour, Limit, Mode

MOBILE = re.compile(r"^(?:\+86|0086|86)?(1[3-9]\d{9})$")
LINK = re.compile(r"https?://[^\s<>\"'()\[\],;,。;、)】]+")


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request as it came in, with the time of its arrival."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    now: float
    name: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, decoded once."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def raw(self) -> str:
        """What was sent, for a person to read: the query when there is no body."""
        return self.body.decode("utf-8", "replace") or self.query_string

    def json(self) -> dict[str, object] | None:
        """The body as a JSON object, or nothing when it is not one."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            return None
        return parsed if isinstance(parsed, dict) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer in the vendor's words."""

    body: Mapping[str, object]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal(Answer):
    """An answer that says no, whatever its HTTP status claims."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for one address; a fault is the vendor's code when it can never be delivered."""

    address: str
    text: str
    notice_id: str = ""
    reference: str = ""
    fault: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided for one letter."""

    letter: Letter
    behaviour: Behaviour

    @property
    def mode(self) -> Mode:
        """The mode the letter is treated in."""
        return self.behaviour.mode

    @property
    def accepted(self) -> bool:
        """Whether the vendor says yes to this letter."""
        return self.mode in ANSWERS_SUCCESS

    @property
    def taken(self) -> bool:
        """Whether the vendor has the letter, even if its answer was lost on the way."""
        return self.accepted or self.behaviour.reaches_phone


class Limited(Protocol):
    """Something with a name and the vendor's own rate limits."""

    @property
    def name(self) -> str:
        """The name used in control requests, messages and counts."""

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits for one address, used when a test switches them on."""

    @property
    def over_limit(self) -> Mode:
        """What happens beyond the limits: a refusal, or silence."""


class Gateway(Limited, Protocol):
    """A vendor's HTTP gateway: it reads, and it answers."""

    @property
    def per_address(self) -> bool:
        """Whether each address is accepted or refused on its own."""

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """Verify and understand a request: letters to deliver, or a final answer."""

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """Answer for the letters that were read, accepted or refused."""

    def broken(self) -> Answer:
        """The answer of a gateway that has itself failed."""


@runtime_checkable
class Remembers(Protocol):
    """A vendor that remembers what it took, to answer a repeat without showing it again."""

    def remember(self, outcomes: Sequence[Outcome], now: float) -> None:
        """Remember the letters it took; one that was refused was never sent, and may come again."""


def first_refused(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The first letter that was not accepted, when there is one."""
    return next((outcome for outcome in outcomes if not outcome.accepted), None)


def links_in(text: str) -> tuple[str, ...]:
    """The links a person could tap in a text."""
    return tuple(LINK.findall(text))


def notice_id_in(text: str) -> str:
    """The notice a text's first link leads to: its notice parameter, or its last path segment."""
    for link in links_in(text):
        parts = urlsplit(link)
        query = dict(parse_qsl(parts.query))
        segment = parts.path.rstrip("/").rpartition("/")[2]
        found = query.get("notice_id") or query.get("notice") or segment
        if found:
            return found
    return ""


def mobile_digits(number: str) -> str:
    """The eleven digits of a mainland mobile number, or nothing when it is not one."""
    found = MOBILE.match(number.strip())
    return found.group(1) if found else ""


def part(body: Mapping[str, object], key: str) -> Mapping[str, object]:
    """A nested object of a body, empty when absent or of another kind."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def strings(body: Mapping[str, object], key: str) -> list[str]:
    """A list of strings inside a body, empty when absent."""
    value = body.get(key)
    return [str(item) for item in value] if isinstance(value, list) else []
