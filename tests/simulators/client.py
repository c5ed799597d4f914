"""What tests hold in their hands: the simulators as a whole, and the phones people carry."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from tests.simulators.phones import Message, message_from

ROOT: Final = Path(__file__).resolve().parents[2]
POLL_SECONDS: Final = 0.02
START_SECONDS: Final = 15.0


@dataclass(slots=True)
class Simulators:
    """A running simulator process, or one somebody else has started."""

    http: str
    smtp_host: str
    smtp_port: int
    pid: int
    cmpp_port: int = 0
    smpp_port: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _client: httpx.Client = field(
        default_factory=lambda: httpx.Client(trust_env=False, timeout=10.0)
    )
    _expected: set[int] = field(default_factory=set)

    @classmethod
    def start(cls, state_dir: Path, max_seconds: float = 900.0) -> Self:
        """Start a process of one's own and wait until it listens."""
        state_file = state_dir / "simulators.json"
        state_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.simulators", "--state-file", str(state_file)]
        with (state_dir / "simulators.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--max-seconds", str(max_seconds)], cwd=ROOT, stdout=log, stderr=log
            )
        give_up = time.monotonic() + START_SECONDS
        while not state_file.exists():
            if process.poll() is not None or time.monotonic() > give_up:
                process.kill()
                said = (state_dir / "simulators.log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"the simulators did not start:\n{said}")
            time.sleep(POLL_SECONDS)
        started = cls.attach(state_file)
        started._process = process
        return started

    @classmethod
    def attach(cls, state_file: Path) -> Self:
        """Use simulators that already run."""
        state = json.loads(state_file.read_text(encoding="utf-8"))
        smtp = state["smtp_host"], state["smtp_port"]
        return cls(state["http"], *smtp, state["pid"], state["cmpp_port"], state["smpp_port"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def host(self) -> str:
        """Host and port without a scheme, as the cloud SDKs want their endpoint."""
        return self.http.removeprefix("http://")

    def stop(self) -> None:
        """Stop the process if it is our own."""
        self._client.close()
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def messages(self, since: int = 0) -> list[Message]:
        """Every message received after a sequence number, oldest first."""
        return self._listed(f"/_control/messages?since={since}")

    def phone(self, address: str) -> "Phone":
        """The phone, group or mailbox at an address."""
        return Phone(self, address)

    def behave(self, gateway: str, mode: str, address: str = "", **options: object) -> None:
        """Make a gateway misbehave, or behave again."""
        self._post("behave", {"gateway": gateway, "mode": mode, "address": address, **options})

    def receipts(self, gateway: str, url: str, **options: object) -> None:
        """Say where a gateway pushes receipts and replies."""
        self._post("receipts", {"gateway": gateway, "url": url, **options})

    def reply(self, gateway: str, address: str, text: str) -> bool:
        """Let a person answer an SMS; true when the product took the reply."""
        said = self._post("reply", {"gateway": gateway, "address": address, "text": text})
        return bool(said["taken"])

    def press(self, member: str, key: str, **changes: object) -> Any:
        """Press a button of a DingTalk card: the code and the data it was answered with, and after how many tries."""
        return self._post("stream/press", {"member": member, "key": key, **changes})

    def stream(self, what: str, **options: object) -> Any:
        """Do something to DingTalk's stream: "system" with a topic, or "cut"."""
        return self._post(f"stream/{what}", options)

    def approve(
        self, gateway: str, templates: Mapping[str, str], signs: Sequence[str] = ()
    ) -> None:
        """Have templates and signatures approved by an SMS platform."""
        body = {"gateway": gateway, "templates": dict(templates), "signs": list(signs)}
        self._post("templates", body)

    def reset(self, everything: bool = False) -> None:
        """Empty all phones and forget all instructions."""
        self._post("reset", {"everything": everything})
        self._expected.clear()

    def stats(self) -> dict[str, dict[str, int]]:
        """Counts per gateway."""
        counts: dict[str, dict[str, int]] = self._get("/_control/stats")
        return counts

    def fails_on_unexpected(self) -> None:
        """Fail when any phone received a message that no test expected."""
        surplus = [message for message in self.messages() if message.seq not in self._expected]
        told = "\n".join(_line(message) for message in surplus)
        assert not surplus, f"{len(surplus)} message(s) nobody expected:\n{told}"

    def claim(self, found: Sequence[Message], contains: Sequence[str]) -> Message | None:
        """Mark the first fitting message that is not yet taken as expected."""
        for message in found:
            fits = all(piece in message.text for piece in contains)
            if fits and message.seq not in self._expected:
                self._expected.add(message.seq)
                return message
        return None

    def on_phone(self, address: str) -> list[Message]:
        """The messages on one phone, oldest first."""
        return self._listed(f"/_control/phones/{address}")

    def _listed(self, path: str) -> list[Message]:
        return [message_from(item) for item in self._get(path)["messages"]]

    def _get(self, path: str) -> Any:
        return self._client.get(f"{self.http}{path}").raise_for_status().json()

    def _post(self, path: str, body: Mapping[str, object]) -> Any:
        response = self._client.post(f"{self.http}/_control/{path}", json=dict(body))
        if response.status_code == 422:
            raise ValueError(response.json()["error"])
        return response.raise_for_status().json()


@dataclass(frozen=True, slots=True)
class Phone:
    """One person's phone, one group's robot, one mailbox or one receiving system."""

    simulators: Simulators
    address: str

    def messages(self) -> list[Message]:
        """Everything shown here, oldest first."""
        return self.simulators.on_phone(self.address)

    def expects(self, contains: str | Sequence[str] = "", within_seconds: float = 5.0) -> Message:
        """The next fitting message, waited for; fails and tells what came instead."""
        pieces = [contains] if isinstance(contains, str) else list(contains)
        give_up = time.monotonic() + within_seconds
        while True:
            found = self.messages()
            message = self.simulators.claim(found, pieces)
            if message is not None:
                return message
            if time.monotonic() > give_up:
                break
            time.sleep(POLL_SECONDS)
        told = "\n".join(_line(item) for item in found) or "  nothing"
        raise AssertionError(
            f"{self.address} expected {pieces!r} within {within_seconds} s; it shows:\n{told}"
        )


def _line(message: Message) -> str:
    return f"  #{message.seq} {message.gateway} → {message.address}: {message.text!r}"
