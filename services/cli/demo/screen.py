"""What the demo shows while it runs: the simulated day and the newest messages on phones."""

from __future__ import annotations

from collections import deque
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.panel import Panel

from services.cli.texts import say
from services.common.clock import to_local
from tests.simulators.phones import Message

LINES = 12


class Screen:
    """A live panel on a terminal; plain lines, one in ten, elsewhere."""

    def __init__(self, console: Console, days: int) -> None:
        self._console = console
        self._days = days
        self._newest: deque[str] = deque(maxlen=LINES)
        self._live = Live(console=console, refresh_per_second=8, transient=True)
        self._count = 0
        self._first_ms = 0

    def __enter__(self) -> Screen:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def message(self, message: Message) -> None:
        """A message reached a phone; only its first line is shown, the link is not."""
        self._count += 1
        text = message.text.splitlines()[0].split("http")[0][:70]
        line = f"[{message.gateway}] {text}"
        self._newest.append(line)
        if not self._console.is_terminal and self._count % 10 == 1:
            self._console.print(line, markup=False, highlight=False)

    def at(self, now_ms: int) -> None:
        """The simulated time moved on."""
        self._first_ms = self._first_ms or now_ms
        day = (now_ms - self._first_ms) // 86_400_000 + 1
        title = say(
            "demo.days", date=f"{to_local(now_ms):%Y-%m-%d %H:%M}", day=day, days=self._days
        )
        if self._console.is_terminal:
            body = "\n".join(line.replace("[", "\\[") for line in self._newest)
            self._live.update(
                Panel(body, title=title, subtitle=f"{say('demo.phones')}: {self._count}")
            )
