"""A gRPC server with health checks, and TLS or mTLS when certificates are set."""

from __future__ import annotations

from collections.abc import Callable

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.common.settings import CommonSettings
from services.common.tls import ServerTls, server_tls

MAX_MESSAGE_BYTES = 16 * 1024 * 1024


async def start(
    settings: CommonSettings, register: Callable[[grpc.aio.Server], None]
) -> grpc.aio.Server | None:
    """Start on settings.grpc_listen ("host:port"); None when it is empty, TlsWrong when TLS cannot be had."""
    if not settings.grpc_listen:
        return None
    tls = server_tls(settings)
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
    _listen(server, settings.grpc_listen, tls)
    await server.start()
    return server


def _listen(server: grpc.aio.Server, address: str, tls: ServerTls | None) -> None:
    if tls is None:
        server.add_insecure_port(address)
        return
    credentials = grpc.ssl_server_credentials(
        [(tls.pair.key, tls.pair.certificate)],
        root_certificates=tls.client_ca,
        require_client_auth=tls.client_ca is not None,
    )
    server.add_secure_port(address, credentials)
