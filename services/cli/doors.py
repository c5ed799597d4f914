"""How the command reaches a service's doors: in plaintext, or over TLS when SANSE_TLS_CA is set."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.common.tls import Pair, needed, read_authority, read_pair

CA = "SANSE_TLS_CA"
CERTIFICATE, KEY = "SANSE_TLS_CLIENT_CERTIFICATE", "SANSE_TLS_CLIENT_KEY"
HEALTH_TIMEOUT_S = 5.0


class ClientSettings(BaseSettings):
    """The command's own TLS settings; each field is the variable SANSE_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix="SANSE_", extra="ignore", frozen=True, env_ignore_empty=True
    )

    # The authority that signed the services' certificates, PEM. Set: the command speaks TLS, and only TLS.
    tls_ca: Path | None = None
    # What the command shows when the services ask for a client's certificate (mTLS).
    tls_client_certificate: Path | None = None
    tls_client_key: Path | None = None


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Whom the command trusts, as PEM, and what it shows (None: nothing)."""

    authority: bytes
    pair: Pair | None


def client_tls(settings: ClientSettings) -> ClientTls | None:
    """TLS of the command, None when it is not set; TlsWrong when it is set by half or cannot be read."""
    ca = settings.tls_ca
    certificate = (CERTIFICATE, settings.tls_client_certificate)
    key = (KEY, settings.tls_client_key)
    shows = certificate[1] is not None or key[1] is not None
    if ca is None and not shows:
        return None
    pair = read_pair(certificate, key) if shows else None
    return ClientTls(read_authority(CA, needed(CA, ca, (CERTIFICATE, KEY))), pair)


def channel(address: str) -> grpc.Channel:
    """A gRPC channel to "host:port"; TlsWrong when the TLS settings cannot work."""
    tls = client_tls(ClientSettings())
    # A proxy set for the messages to the gateways must not catch a call to our own services.
    options = [("grpc.enable_http_proxy", 0)]
    if tls is None:
        return grpc.insecure_channel(address, options)
    key, certificate = (tls.pair.key, tls.pair.certificate) if tls.pair else (None, None)
    credentials = grpc.ssl_channel_credentials(tls.authority, key, certificate)
    return grpc.secure_channel(address, credentials, options)


def http_client(address: str, headers: Mapping[str, str], timeout_s: float) -> httpx.Client:
    """An HTTP client for paths of "host:port"; TlsWrong when the TLS settings cannot work."""
    settings = ClientSettings()
    tls = client_tls(settings)
    if tls is None:
        return httpx.Client(
            base_url=f"http://{address}", headers=headers, timeout=timeout_s, trust_env=False
        )
    context = ssl.create_default_context(cadata=tls.authority.decode())
    if tls.pair is not None:
        context.load_cert_chain(str(settings.tls_client_certificate), str(settings.tls_client_key))
    return httpx.Client(
        base_url=f"https://{address}",
        headers=headers,
        timeout=timeout_s,
        trust_env=False,
        verify=context,
    )


def why_silent(address: str) -> str:
    """Ask a service's health over gRPC: "" when it serves, else why not, in gRPC's own words."""
    with channel(address) as way:
        try:
            stub: Any = health_pb2_grpc.HealthStub(way)
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=HEALTH_TIMEOUT_S)
        except grpc.RpcError as refused:
            return str(refused.details() if isinstance(refused, grpc.Call) else refused)
    return "" if answer.status == health_pb2.HealthCheckResponse.SERVING else "NOT_SERVING"
