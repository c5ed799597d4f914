"""What a gateway does on purpose: the modes, who they apply to, and how often."""

import random
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum


class Mode(StrEnum):
    """Ways a gateway can treat one message."""

    OK = "ok"
    REFUSE_200 = "refuse_200"
    THROTTLE = "throttle"
    RATE_LIMIT = "rate_limit"
    DROPPED = "dropped"
    HTTP_500 = "http_500"
    TIMEOUT = "timeout"
    SLOW = "slow"
    BAD_ADDRESS = "bad_address"
    EXPIRE_TOKEN = "expire_token"
    RECEIPT_LATE = "receipt_late"
    RECEIPT_NEVER = "receipt_never"
    RECEIPT_FAILED = "receipt_failed"


REACHES_PHONE = frozenset(
    {Mode.OK, Mode.SLOW, Mode.RECEIPT_LATE, Mode.RECEIPT_NEVER, Mode.RECEIPT_FAILED}
)
ANSWERS_SUCCESS = REACHES_PHONE | {Mode.DROPPED}
DEFAULT_DELAY_MS: Mapping[Mode, int] = {
    Mode.SLOW: 1000,
    Mode.TIMEOUT: 30_000,
    Mode.RECEIPT_LATE: 5000,
}


class UnknownSetting(ValueError):
    """A control request named a key or value that does not exist; the text says which do."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A vendor's own rate limit for one address; a lock outlasts the window when there is one."""

    count: int
    seconds: float
    lock_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One instruction to one gateway, for one address or for all of them."""

    gateway: str
    mode: Mode = Mode.OK
    address: str = ""
    count: int | None = None
    probability: float = 1.0
    delay_ms: int | None = None
    delivered_anyway: bool = False
    close: bool = False
    code: str = ""

    @property
    def delay(self) -> float:
        """Seconds to wait, the mode's own default when none was asked for."""
        chosen = self.delay_ms if self.delay_ms is not None else DEFAULT_DELAY_MS.get(self.mode, 0)
        return chosen / 1000

    @property
    def reaches_phone(self) -> bool:
        """Whether a message treated so is shown to the person."""
        lost_answer = self.mode is Mode.TIMEOUT and self.delivered_anyway
        return lost_answer or self.mode in REACHES_PHONE


def behaviour_from(data: Mapping[str, object], gateways: Iterable[str]) -> Behaviour:
    """Read a behaviour from a control request; unknown keys, modes and gateways are refused."""
    known = {item.name for item in fields(Behaviour)}
    refuse_unknown("key", data.keys(), known)
    refuse_unknown("gateway", [str(data.get("gateway", ""))], gateways)
    refuse_unknown("mode", [str(data.get("mode", Mode.OK))], [mode.value for mode in Mode])
    count, delay = data.get("count"), data.get("delay_ms")
    return Behaviour(
        gateway=str(data["gateway"]),
        mode=Mode(str(data.get("mode", Mode.OK))),
        address=str(data.get("address", "")),
        count=None if count is None else int(str(count)),
        probability=float(str(data.get("probability", 1.0))),
        delay_ms=None if delay is None else int(str(delay)),
        delivered_anyway=bool(data.get("delivered_anyway", False)),
        close=bool(data.get("close", False)),
        code=str(data.get("code", "")),
    )


def refuse_unknown(what: str, given: Iterable[str], allowed: Iterable[str]) -> None:
    """Raise when something outside the allowed set was given, and name the set."""
    options = sorted(allowed)
    for value in given:
        if value not in options:
            raise UnknownSetting(f"unknown {what} {value!r}; allowed: {', '.join(options)}")


@dataclass(slots=True)
class Behaviours:
    """The instructions in force; the most particular one that still has turns left applies."""

    # A fixed seed: a probability must give the same storm on every run.
    dice: random.Random = field(default_factory=lambda: random.Random(20200601))
    _rules: dict[tuple[str, str], Behaviour] = field(default_factory=dict)

    def set(self, behaviour: Behaviour) -> None:
        """Put an instruction in force, replacing the one for the same gateway and address."""
        self._rules[(behaviour.gateway, behaviour.address)] = behaviour

    def clear(self) -> None:
        """Forget every instruction and start the dice anew."""
        self._rules.clear()
        self.dice.seed(20200601)

    def choose(self, gateway: str, address: str) -> Behaviour:
        """The instruction for this message, using up one of its turns."""
        for key in ((gateway, address), (gateway, "")):
            rule = self._rules.get(key)
            if rule is not None and self.dice.random() < rule.probability:
                self._use_up(key, rule)
                return rule
        return Behaviour(gateway)

    def _use_up(self, key: tuple[str, str], rule: Behaviour) -> None:
        if rule.count is None:
            return
        if rule.count <= 1:
            del self._rules[key]
        else:
            self._rules[key] = replace(rule, count=rule.count - 1)


@dataclass(slots=True)
class Windows:
    """Sliding windows per gateway and address, for the vendors' own limits."""

    _stamps: dict[tuple[str, str], deque[float]] = field(default_factory=dict)
    _locked_until: dict[tuple[str, str], float] = field(default_factory=dict)

    def admits(self, key: tuple[str, str], limits: tuple[Limit, ...], now: float) -> bool:
        """Whether one more message at this time is inside every limit."""
        if self._locked_until.get(key, 0.0) > now:
            return False
        stamps = self._stamps.setdefault(key, deque())
        for limit in limits:
            if sum(stamp > now - limit.seconds for stamp in stamps) >= limit.count:
                self._locked_until[key] = now + limit.lock_seconds
                return False
        self._remember(stamps, limits, now)
        return True

    def clear(self) -> None:
        """Forget the traffic seen so far."""
        self._stamps.clear()
        self._locked_until.clear()

    def _remember(self, stamps: deque[float], limits: tuple[Limit, ...], now: float) -> None:
        stamps.append(now)
        oldest = now - max((limit.seconds for limit in limits), default=0.0)
        while stamps and stamps[0] < oldest:
            stamps.popleft()
