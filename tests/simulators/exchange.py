"""The shared state of all gateways: who receives what, how it is treated, and the counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.simulators.behaviour import Behaviour, Behaviours, Mode, Windows
from tests.simulators.gateway import Gateway, Letter, Limited, Outcome, first_refused
from tests.simulators.phones import Phones
from tests.simulators.receipts import Ledger
from tests.simulators.templates import TemplateBook, all_books

COUNTS = ("requests", "accepted", "refused", "failed", "delivered", "receipts", "replies")


@dataclass(slots=True)
class Stats:
    """Counts per gateway since the last reset."""

    _counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, gateway: str, what: str, number: int = 1) -> None:
        """Count something for one gateway."""
        counts = self._counts.setdefault(gateway, dict.fromkeys(COUNTS, 0))
        counts[what] += number

    def as_json(self) -> dict[str, dict[str, int]]:
        """The counts as the control API shows them."""
        return self._counts

    def clear(self) -> None:
        """Start counting anew."""
        self._counts.clear()


@dataclass(slots=True)
class Exchange:
    """Everything the gateways share; no gateway knows another."""

    phones: Phones = field(default_factory=Phones)
    behaviours: Behaviours = field(default_factory=Behaviours)
    windows: Windows = field(default_factory=Windows)
    ledger: Ledger = field(default_factory=Ledger)
    stats: Stats = field(default_factory=Stats)
    templates: dict[str, TemplateBook] = field(default_factory=all_books)

    def choose(self, gateway: Limited, address: str, now: float) -> Behaviour:
        """How to treat one message now; a rate limit becomes a yes, slow when asked for, or the vendor's no."""
        chosen = self.behaviours.choose(gateway.name, address)
        if chosen.mode is not Mode.RATE_LIMIT:
            return chosen
        inside = self.windows.admits((gateway.name, address), gateway.limits, now)
        taken = Mode.SLOW if chosen.delay_ms else Mode.OK
        return replace(chosen, mode=taken if inside else gateway.over_limit)

    def decide(self, gateway: Gateway, letters: Sequence[Letter], now: float) -> list[Outcome]:
        """Decide for all letters of a request; most vendors take or refuse a request as a whole."""
        outcomes = [self._outcome(gateway, letter, now) for letter in letters]
        worst = first_refused(outcomes)
        if worst is None or gateway.per_address:
            return outcomes
        return [Outcome(outcome.letter, worst.behaviour) for outcome in outcomes]

    def deliver(self, gateway: str, outcomes: Sequence[Outcome], raw: str, now: float) -> None:
        """Show the accepted letters on their phones and plan their receipts."""
        for outcome in outcomes:
            if outcome.behaviour.reaches_phone:
                self.phones.deliver(gateway, outcome.letter, raw, now)
                self.stats.add(gateway, "delivered")
            if outcome.taken:
                self.ledger.enter(gateway, outcome, now)

    def reset(self, everything: bool) -> None:
        """Forget what happened; with everything, forget templates and callbacks as well."""
        for part in (self.phones, self.behaviours, self.windows, self.ledger, self.stats):
            part.clear()
        if everything:
            self.ledger.callbacks.clear()
            for book in self.templates.values():
                book.restore()

    def _outcome(self, gateway: Gateway, letter: Letter, now: float) -> Outcome:
        if letter.fault:
            return Outcome(letter, Behaviour(gateway.name, Mode.REFUSE_200, code=letter.fault))
        return Outcome(letter, self.choose(gateway, letter.address, now))
