"""A gRPC server with health checks, and TLS or mTLS when certificates are set."""

from __future__ import annotations

from collections.abc import Callable

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.common.settings import CommonSettings

MAX_MESSAGE_BYTES = 16 * 1024 * 1024


async def start(
    settings: CommonSettings, register: Callable[[grpc.aio.Server], None]
) -> grpc.aio.Server | None:
    """Start on settings.grpc_listen ("host:port"); None when it is empty."""
    if not settings.grpc_listen:
        return None
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ]
    )
    register(server)
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    _listen(server, settings)
    await server.start()
    return server


def _listen(server: grpc.aio.Server, settings: CommonSettings) -> None:
    credentials = _credentials(settings)
    if credentials is None:
        server.add_insecure_port(settings.grpc_listen)
    else:
        server.add_secure_port(settings.grpc_listen, credentials)


def _credentials(settings: CommonSettings) -> grpc.ServerCredentials | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    pair = (settings.tls_key.read_bytes(), settings.tls_certificate.read_bytes())
    client_ca = settings.tls_client_ca.read_bytes() if settings.tls_client_ca else None
    return grpc.ssl_server_credentials(
        [pair], root_certificates=client_ca, require_client_auth=client_ca is not None
    )
