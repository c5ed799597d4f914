"""Which provider of a kind carries a message: by weight; what failed or was slow of late weighs less, and heals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from services.notifier.domain.results import SendResult, SendStatus

# Says something about the number or the text, not about the provider.
_NOT_ITS_FAULT = frozenset({SendStatus.ACCEPTED, SendStatus.DELIVERED, SendStatus.GIVE_UP})


@dataclass(frozen=True, slots=True)
class Recent:
    """What a provider did of late: attempts and those that failed, timed ones and those that were slow.

    Each figure halves in the policy's time, so that what is long past counts for nothing.
    """

    asked: float = 0.0
    failed: float = 0.0
    timed: float = 0.0
    slow: float = 0.0

    def __add__(self, more: Recent) -> Recent:
        return Recent(
            self.asked + more.asked,
            self.failed + more.failed,
            self.timed + more.timed,
            self.slow + more.slow,
        )


@dataclass(frozen=True, slots=True)
class Tolerance:
    """half_in_ms: after this the past counts half. worst_at: the share of bad ones that leaves the least weight.

    doubt: so many good ones are thought to have been, so that a single bad one does not turn everything.
    """

    half_in_ms: int
    worst_at: float
    doubt: float

    def fitness(self, all_of: float, bad: float) -> float:
        """1 for a provider without fault, 0 at the worst."""
        return max(0.0, 1.0 - bad / (all_of + self.doubt) / self.worst_at)


@dataclass(frozen=True, slots=True)
class ProviderPolicy:
    """The kinds of deploy/templates/sending.yaml, each provider's resting weight, and when it weighs less.

    least: the share of its weight that a provider keeps at the worst, so that it can show that it is well again.
    slow_answer_ms, slow_arrival_ms: longer until the gateway answers, or until the phone has it, is slow.
    """

    kinds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    failing: Tolerance = Tolerance(60_000, 0.5, 5.0)
    slow: Tolerance = Tolerance(300_000, 0.5, 5.0)
    least: float = 0.05
    slow_answer_ms: int = 3_000
    slow_arrival_ms: int = 60_000

    def behind(self, entry: str) -> Sequence[str]:
        """The channels that an entry of a person's order stands for: those of the kind, or the channel itself."""
        return tuple(self.kinds.get(entry, (entry,)))

    def weight(self, entry: str, channel: str, recent: Recent) -> float:
        """What a channel weighs among its kind just now. Failing and slowness are told apart, and both count."""
        resting = self.kinds.get(entry, {}).get(channel, 1.0)
        well = self.failing.fitness(recent.asked, recent.failed)
        quick = self.slow.fitness(recent.timed, recent.slow)
        return resting * max(self.least, well * quick)


def of_attempt(result: SendResult, took_ms: int, policy: ProviderPolicy) -> Recent:
    """What one attempt says of its provider; a request that was refused at once says nothing of its pace."""
    failed = float(result.status not in _NOT_ITS_FAULT)
    if result.status in (SendStatus.RETRY, SendStatus.MISCONFIGURED, SendStatus.SWITCH_PROVIDER):
        return Recent(asked=1.0, failed=failed)
    return Recent(1.0, failed, 1.0, float(took_ms > policy.slow_answer_ms))


def of_arrival(took_ms: int, policy: ProviderPolicy) -> Recent:
    """What the phone's receipt says of the provider's pace."""
    return Recent(timed=1.0, slow=float(took_ms > policy.slow_arrival_ms))


def chosen(weights: Mapping[str, float], draw: float, *, best: bool = False) -> str:
    """One of the channels, by weight; `draw` is in [0, 1). best: the heaviest. All at 0: all alike."""
    if best:
        return max(weights, key=lambda name: weights[name])
    whole = sum(weights.values())
    shares = list(weights.items()) if whole > 0 else [(name, 1.0) for name in weights]
    left = draw * (whole or len(weights))
    for name, share in shares:
        left -= share
        if left < 0:
            return name
    # Only a rounding error comes here.
    return shares[-1][0]


def draw_of(notice_id: str, attempt: int) -> float:
    """Chance that comes out the same for the same attempt: after a crash the same gateway sees the repetition."""
    digest = sha256(f"{notice_id}:{attempt}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)
