"""The doors over TLS and mutual TLS: whom they answer, and whom they refuse."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sanse.intake.v1 import intake_service_pb2 as pb
from sanse.intake.v1 import intake_service_pb2_grpc as rpc
from services.cli.demo.prefecture import EXAMPLE_KEY
from services.common.healthcheck import Health, check
from tests.contract.tls.authority import Files
from tests.contract.tls.conftest import Papers, Running, report

WITHIN_S = 10.0
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def submit(channel: grpc.Channel, number: int) -> int:
    """Send a report over gRPC; the status it was given."""
    with channel:
        request = pb.SubmitRequest(report_json=report(number).encode())
        answer = rpc.IntakeServiceStub(channel).Submit(
            request, metadata=(("x-api-key", EXAMPLE_KEY),), timeout=WITHIN_S
        )
    return answer.result.status


def post(address: str, number: int, verify: ssl.SSLContext) -> httpx.Response:
    """Send a report over HTTPS."""
    return httpx.post(
        f"https://{address}/v1/reports",
        content=report(number),
        headers={"x-api-key": EXAMPLE_KEY, "content-type": "application/json"},
        verify=verify,
        trust_env=False,
        timeout=WITHIN_S,
    )


def secure(address: str, ca: Path, client: Files | None = None) -> grpc.Channel:
    """A gRPC channel that trusts `ca` and shows the client's certificate, if any."""
    key = client.key.read_bytes() if client else None
    certificate = client.certificate.read_bytes() if client else None
    credentials = grpc.ssl_channel_credentials(ca.read_bytes(), key, certificate)
    return grpc.secure_channel(address, credentials)


def trusting(ca: Path, client: Files | None = None) -> ssl.SSLContext:
    """The same for HTTPS."""
    context = ssl.create_default_context(cafile=str(ca))
    if client:
        context.load_cert_chain(client.certificate, client.key)
    return context


def health(channel: grpc.Channel) -> int:
    """A service's health."""
    with channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        status: int = stub.Check(health_pb2.HealthCheckRequest(), timeout=WITHIN_S).status
    return status


def test_grpc_answers_over_tls(intake_tls: Running, papers: Papers) -> None:
    """A client that trusts the authority is answered; no certificate of its own is asked for."""
    status = submit(secure(intake_tls.grpc, papers.authority.ca), 1)
    assert status == pb.SUBMIT_STATUS_ACCEPTED


def test_http_answers_over_tls(intake_tls: Running, papers: Papers) -> None:
    """The same over HTTPS."""
    answer = post(intake_tls.http, 2, trusting(papers.authority.ca))
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted"), answer.text


def test_plaintext_is_refused(intake_tls: Running) -> None:
    """With a certificate set, neither door speaks plaintext."""
    with pytest.raises(grpc.RpcError) as refused:
        submit(grpc.insecure_channel(intake_tls.grpc), 3)
    assert refused.value.code() is UNAVAILABLE
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{intake_tls.http}/healthz", trust_env=False, timeout=WITHIN_S)


def test_other_authority_is_not_believed(intake_tls: Running, papers: Papers) -> None:
    """A client that trusts another authority does not take our server for its own."""
    with pytest.raises(grpc.RpcError) as refused:
        submit(secure(intake_tls.grpc, papers.stranger.ca), 4)
    assert refused.value.code() is UNAVAILABLE
    with pytest.raises(httpx.ConnectError):
        post(intake_tls.http, 4, trusting(papers.stranger.ca))


def test_mtls_accepts_our_client(intake_mtls: Running, papers: Papers) -> None:
    """With a client authority set, a client with its certificate is answered at both doors."""
    ca, client = papers.authority.ca, papers.client
    status = submit(secure(intake_mtls.grpc, ca, client), 5)
    assert status == pb.SUBMIT_STATUS_ACCEPTED
    answer = post(intake_mtls.http, 6, trusting(ca, client))
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted"), answer.text


@pytest.mark.parametrize("who", ["nobody", "stranger"])
def test_mtls_refuses_others(intake_mtls: Running, papers: Papers, who: str) -> None:
    """A client without a certificate, or with one of another authority, reaches neither door."""
    client = papers.strange_client if who == "stranger" else None
    with pytest.raises(grpc.RpcError) as refused:
        submit(secure(intake_mtls.grpc, papers.authority.ca, client), 7)
    assert refused.value.code() is UNAVAILABLE
    with pytest.raises(httpx.TransportError):
        post(intake_mtls.http, 7, trusting(papers.authority.ca, client))


@pytest.mark.parametrize("service", ["risk_scoring", "escalation", "notifier"])
def test_workers_take_the_same_settings(
    workers_mtls: dict[str, Running], papers: Papers, service: str
) -> None:
    """The other services' gRPC: our client is answered, plaintext and a stranger are refused."""
    address, ca = workers_mtls[service].grpc, papers.authority.ca
    serving = health_pb2.HealthCheckResponse.SERVING
    assert health(secure(address, ca, papers.client)) == serving
    for channel in (grpc.insecure_channel(address), secure(address, ca, papers.strange_client)):
        with pytest.raises(grpc.RpcError) as refused:
            health(channel)
        assert refused.value.code() is UNAVAILABLE


def test_phone_page_asks_for_no_certificate(
    workers_mtls: dict[str, Running], papers: Papers
) -> None:
    """A cadre's phone has no certificate: the page is over TLS, and open to it under mutual TLS too."""
    page = workers_mtls["notifier"].page
    verify = trusting(papers.authority.ca)
    answer = httpx.get(f"https://{page}/healthz", verify=verify, trust_env=False)
    assert answer.text == "ok"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{page}/healthz", trust_env=False)


def test_container_check_passes(intake_tls: Running, intake_mtls: Running) -> None:
    """The container's health check needs no certificate."""
    assert check(intake_tls.grpc, tls=True) is Health.SERVING
    assert check(intake_mtls.grpc, tls=True) is Health.SERVING
