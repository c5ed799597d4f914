"""sanse up and down: the whole system on this machine, left running, and ended by pid."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import typer
from rich.console import Console

from services.cli.context import RUN_FILE
from services.cli.examples import example_env
from services.cli.gateways import channel_env, start_gateways
from services.cli.local.process import LocalProcess, NotReady, end_by_pid
from services.cli.stack import (
    AUDITOR,
    SERVICES,
    TLS_SETTINGS,
    Parts,
    Stack,
    start_parts,
    stop_parts,
)
from services.cli.texts import say

_console = Console()


def up() -> None:
    """在本机启动全部服务并保持运行 · start everything here and leave it running."""
    if RUN_FILE.exists():
        _console.print(say("up.running"))
        raise typer.Exit(2)
    folder = RUN_FILE.parent
    _console.print(say("parts.starting"))
    own: dict[str, LocalProcess] = {}
    parts = _start_parts(folder, own)
    gateways = start_gateways(folder)
    own["simulators"] = gateways.process
    env = {
        "SANSE_MASTER_KEY": _master_key(folder),
        **example_env(),
        **channel_env(gateways.control),
        **_tls_env(),
    }
    stack = Stack(parts, folder, env)
    stack.prepare()
    _console.print(say("services.starting"))
    stack.start_all()
    stack.start(AUDITOR)
    stack.wait_ready(AUDITOR)
    stack.processes = {**own, **stack.processes}
    stack.save(RUN_FILE)
    _console.print(say("parts.found", kafka=parts.kafka, redis=parts.redis))
    for origin in parts.trial_only:
        _console.print(say("parts.trial_only", what=origin), style="bold red")
    _console.print(say("services.ready"))
    _console.print(say("up.doors"))
    _console.print(f"  HTTP  {stack.scheme}://{stack.address('intake', 'http')}/docs")
    for service in (*SERVICES, AUDITOR):
        _console.print(f"  gRPC  {service}: {stack.address(service)}")
    _console.print(say("up.hint"))


def _start_parts(folder: Path, own: dict[str, LocalProcess]) -> Parts:
    try:
        return start_parts(folder, own, last_resort=True)
    except NotReady:
        stop_parts(own)
        raise


def _tls_env() -> dict[str, str]:
    """The shell's certificates, by paths that hold from any folder."""
    given = {name: os.environ.get(name, "") for name in TLS_SETTINGS}
    return {name: str(Path(path).absolute()) for name, path in given.items() if path}


def _master_key(folder: Path) -> str:
    """The key of this machine's trial: kept, since sealed fields must open again after a restart."""
    file = folder / "master.key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text().strip()


def down() -> None:
    """结束 sanse up 启动的全部进程 · end what "sanse up" started."""
    if not RUN_FILE.exists():
        _console.print(say("down.none"))
        return
    pids: dict[str, int] = json.loads(RUN_FILE.read_text())["pids"]
    # Services first, the broker and Redis last.
    ordered = sorted(pids.items(), key=lambda item: item[0] in ("kafka", "redis"))
    ended = sum(end_by_pid(pid) for _, pid in ordered)
    RUN_FILE.unlink()
    _console.print(say("down.done", count=ended))
