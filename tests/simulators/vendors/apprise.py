"""A service of the long tail, as Apprise's own JSON notifications find it: a POST, and a status that says yes or no."""

from collections.abc import Sequence
from typing import Final

from tests.simulators.behaviour import Limit, Mode
from tests.simulators.gateway import Answer, Inbound, Letter, Outcome, Refusal, first_refused

STATUS: Final = {Mode.THROTTLE: 429, Mode.BAD_ADDRESS: 404}


class LongTail:
    """Takes what has a message in it, for any name."""

    name = "apprise"
    per_address = False
    limits = (Limit(60, 60.0),)
    over_limit = Mode.THROTTLE

    def read(self, inbound: Inbound) -> tuple[Letter, ...] | Answer:
        """The title and the message of Apprise's JSON."""
        body = inbound.json() or {}
        if not body.get("message"):
            return Refusal({"error": "no message"}, status=400)
        return (Letter(inbound.name, f"{body.get('title', '')}\n{body['message']}"),)

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """A status, and nothing more."""
        refused = first_refused(outcomes)
        if refused is None:
            return Answer({})
        return Refusal({}, status=STATUS.get(refused.mode, 422))

    def broken(self) -> Answer:
        """The service's own failure."""
        return Refusal({}, status=500)
