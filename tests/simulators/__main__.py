"""Runs all simulators as one process on loopback until told to stop."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import uvicorn

from tests.simulators.app import Assembly, assemble
from tests.simulators.vendors.smtp import mail_protocol

HOST = "127.0.0.1"


class QuietServer(uvicorn.Server):
    """A server that leaves the signals to the process around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Do nothing: the signals stop the mail relay and the web server together."""
        yield


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="HTTP port, 0 for any free one")
    parser.add_argument("--smtp-port", type=int, default=0, help="SMTP port, 0 for any free one")
    parser.add_argument("--cmpp-port", type=int, default=0, help="CMPP port, 0 for any free one")
    parser.add_argument("--smpp-port", type=int, default=0, help="SMPP port, 0 for any free one")
    parser.add_argument("--state-file", type=Path, required=True, help="where addresses go")
    parser.add_argument("--max-seconds", type=float, default=3600.0, help="stop by itself after")
    options = parser.parse_args()
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    ports = (options.port, options.smtp_port, options.cmpp_port, options.smpp_port)
    asyncio.run(run(ports, options.state_file, options.max_seconds))


async def run(ports: tuple[int, int, int, int], state_file: Path, max_seconds: float) -> None:
    """Serve until a signal or the time limit, then take the state file away."""
    assembly = assemble()
    port, smtp_port, cmpp_port, smpp_port = ports
    web_socket = socket.create_server((HOST, port), backlog=1024)
    server = _web_server(assembly)
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: mail_protocol(assembly.relay), HOST, smtp_port)
    cmpp = await asyncio.start_server(assembly.cmpp.serve, HOST, cmpp_port)
    smpp = await asyncio.start_server(assembly.smpp.serve, HOST, smpp_port)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server)
    loop.call_later(max_seconds, _stop, server)
    serving = asyncio.create_task(server.serve(sockets=[web_socket]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    sockets = (web_socket, mail.sockets[0], cmpp.sockets[0], smpp.sockets[0])
    _publish(state_file, *(item.getsockname()[1] for item in sockets))
    try:
        await serving
    finally:
        mail.close()
        cmpp.close()
        smpp.close()
        state_file.unlink(missing_ok=True)


def _web_server(assembly: Assembly) -> QuietServer:
    config = uvicorn.Config(
        assembly.app,
        access_log=False,
        log_level="critical",
        # A request that hangs on purpose must not keep the process alive.
        timeout_graceful_shutdown=1,
    )
    return QuietServer(config)


def _stop(server: uvicorn.Server) -> None:
    server.should_exit = True


def _publish(state_file: Path, port: int, smtp_port: int, cmpp_port: int, smpp_port: int) -> None:
    http = f"http://{HOST}:{port}"
    state = {
        "http": http,
        # Both clouds answer at the root path; their action headers tell them apart.
        "aliyun": http,
        "tencent": http,
        "smtp_host": HOST,
        "smtp_port": smtp_port,
        "cmpp_port": cmpp_port,
        "smpp_port": smpp_port,
        "pid": os.getpid(),
    }
    # Moved into place, so that a waiting reader never sees half a file.
    draft = state_file.with_suffix(".draft")
    draft.write_text(json.dumps(state), encoding="utf-8")
    draft.replace(state_file)
    print(json.dumps(state), flush=True)


if __name__ == "__main__":
    main()
