"""Starts and ends local server processes by pid, and waits until they answer."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class NotReady(RuntimeError):
    """A local process ended or did not answer in time; the message shows the end of its log."""


@dataclass(slots=True)
class LocalProcess:
    """One process we started, with its log file."""

    name: str
    popen: subprocess.Popen[bytes]
    log_file: Path

    @property
    def pid(self) -> int:
        """The process id."""
        return self.popen.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.popen.poll() is None

    def stop(self, timeout_s: float = 20.0) -> None:
        """SIGTERM, then SIGKILL after the timeout."""
        if not self.alive:
            return
        self.popen.terminate()
        try:
            self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL at once, as a power cut would."""
        self.popen.kill()
        self.popen.wait()

    def wait_until(self, ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Wait until `ready`; NotReady with the log's end when the process dies or time is up.

        What never became ready is ended: nobody else knows of it yet.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if ready():
                return
            if not self.alive:
                break
            time.sleep(0.05)
        told = self.log_tail()
        self.stop()
        raise NotReady(f"{self.name} is not ready; the end of {self.log_file}:\n{told}")

    def log_tail(self, lines: int = 15) -> str:
        """The last lines it logged."""
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def has_logged(self, text: str) -> bool:
        """Whether its log contains a text."""
        return self.log_file.exists() and text in self.log_file.read_text(errors="replace")


def spawn(
    name: str, command: Sequence[str], log_file: Path, env: Mapping[str, str] | None = None
) -> LocalProcess:
    """Start a command in its own session, its output going to the log file."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        popen = subprocess.Popen(
            list(command),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    return LocalProcess(name, popen, log_file)


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), 0.3):
        return True
    return False


def end_by_pid(pid: int, timeout_s: float = 20.0) -> bool:
    """End a process of ours from an earlier command; False when it was already gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and _exists(pid):
            time.sleep(0.05)
        if _exists(pid):
            os.kill(pid, signal.SIGKILL)
        return True
    return False


def _exists(pid: int) -> bool:
    """Whether a process with this pid runs (a zombie counts as ended)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
