"""How the auditor's own passes go: an auditor who cannot look must say so, and is asked about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.escalation.domain.audit import Fault, Finding

AUDITOR = "auditor"


@dataclass(slots=True)
class Course:
    """All times are real ones, in ms since the epoch; 0 is never."""

    began_ms: int
    complete_ms: int = 0
    clean_ms: int = 0
    # Passes in a row that could not be completed, and what kept the last of them from it.
    failed: int = 0
    error: str = ""
    found: tuple[Finding, ...] = ()

    def completed(self, found: Sequence[Finding], now_ms: int) -> None:
        """A pass came to its end."""
        self.complete_ms, self.failed, self.error = now_ms, 0, ""
        self.found = tuple(found)
        if not found:
            self.clean_ms = now_ms

    def broke_off(self, error: str) -> None:
        """A pass did not; `error` is its kind, never its text."""
        self.failed += 1
        self.error = error

    def faults(self, now_ms: int, after_ms: int) -> Iterator[Finding]:
        """Nothing could be looked at for too long."""
        blind_ms = now_ms - max(self.began_ms, self.complete_ms)
        if self.failed and blind_ms >= after_ms:
            yield Finding(Fault.AUDIT_INCOMPLETE, AUDITOR, self.error)
