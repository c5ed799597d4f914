"""Asks the service in this container for its gRPC health; exit status 0 when it serves."""

from __future__ import annotations

import os
import socket
import ssl
import sys
from enum import Enum
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT_S = 5.0


class Health(Enum):
    """What the check found."""

    SERVING = "serving"
    NOT_SERVING = "not serving"
    SILENT = "no answer"
    NO_ADDRESS = "SANSE_GRPC_LISTEN is not set, for example to 0.0.0.0:50051"


def main() -> None:
    """Check the address of SANSE_GRPC_LISTEN; the reason goes to standard error when it is not well."""
    # The environment is read directly: this runs every few seconds beside the service and should stay small.
    listen = os.environ.get("SANSE_GRPC_LISTEN", "")
    found = check(listen, tls=bool(os.environ.get("SANSE_TLS_CERTIFICATE")))
    sys.exit(None if found is Health.SERVING else f"{listen}: {found.value}")


def check(listen: str, *, tls: bool = False) -> Health:
    """The health of the service that listens on "host:port", asked on loopback."""
    host, separator, port = listen.rpartition(":")
    if not separator:
        return Health.NO_ADDRESS
    own_host = "127.0.0.1" if host in {"", "0.0.0.0", "[::]"} else host.strip("[]")
    return _handshake(own_host, int(port)) if tls else _ask(f"{own_host}:{port}")


def _ask(address: str) -> Health:
    # A proxy set for the messages to the gateways must not catch a call to ourselves.
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_S)
        except grpc.RpcError:
            return Health.SILENT
    serving = answer.status == health_pb2.HealthCheckResponse.SERVING
    return Health.SERVING if serving else Health.NOT_SERVING


def _handshake(host: str, port: int) -> Health:
    """With TLS only the handshake: the check holds neither the authority nor a client's certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host, port), TIMEOUT_S) as plain,
            context.wrap_socket(plain),
        ):
            return Health.SERVING
    except OSError:
        return Health.SILENT


if __name__ == "__main__":
    main()
