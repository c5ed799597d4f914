"""Encryption towards gateways, with a real SMTP server and certificates: who cannot prove itself gets nothing."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from pydantic import SecretStr

from services.notifier.channels.smtp.client import Smtp
from services.notifier.channels.smtp.config import SmtpConfig
from services.notifier.channels.webhook.client import Webhook
from services.notifier.channels.webhook.config import WebhookConfig
from services.notifier.domain.message import Channel
from services.notifier.domain.results import Reason, SendResult, SendStatus
from tests.contract.notifier.rig import message_for
from tests.contract.tls.authority import Authority, Files

PASSWORD = "test-smtp-password"
Security = Literal["tls", "starttls", "none"]
encrypted = pytest.mark.parametrize("security", ["tls", "starttls"])
BAD_CERTIFICATE = (SendStatus.MISCONFIGURED, Reason.BAD_CERTIFICATE)


@dataclass(slots=True)
class Relay:
    """A mail relay that insists on a password, and remembers what it saw of it and of mails."""

    mails: list[str] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take the mail."""
        self.mails.append(bytes(envelope.content).decode())
        return "250 2.0.0 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> Any:
        """Only the one password is right."""
        self.passwords.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@dataclass(frozen=True, slots=True)
class Papers:
    """The unit's own authority, a relay's certificate by it, one that has run out, and a stranger's authority."""

    ours: Authority
    server: Files
    expired: Files
    theirs: Authority


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Made once."""
    folder: Path = tmp_path_factory.mktemp("gateway-certificates")
    ours = Authority(folder, "ours")
    return Papers(ours, ours.server(), ours.server(days=0), Authority(folder, "theirs"))


def _server_side(files: Files) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    return context


def _meet(
    files: Files,
    offers: Security,
    ca: Path,
    wants: Security,
    password: str = PASSWORD,
    host: str = "127.0.0.1",
) -> tuple[SendResult, Relay]:
    """Send one mail to a relay that is encrypted from the start, after STARTTLS, or not at all."""
    relay = Relay()
    given: dict[str, Any] = {"authenticator": relay.authenticate, "auth_required": True}
    if offers == "starttls":
        given |= {"tls_context": _server_side(files), "require_starttls": True}
    else:
        given |= {"auth_require_tls": False}

    async def once() -> SendResult:
        loop = asyncio.get_running_loop()
        context = _server_side(files) if offers == "tls" else None
        server = await loop.create_server(
            lambda: SMTP(relay, hostname="relay.test", loop=loop, **given),
            "127.0.0.1",
            0,
            ssl=context,
        )
        port = server.sockets[0].getsockname()[1]
        config = SmtpConfig(
            host=host,
            port=port,
            security=wants,
            ca_file=str(ca),
            user="sanse",
            password=SecretStr(password),
            sender="sanse@gov.example",
            timeout_s=5.0,
        )
        return await _sent_and_closed(Smtp(config), server)

    return asyncio.run(once()), relay


async def _sent_and_closed(channel: Channel, server: asyncio.Server) -> SendResult:
    try:
        return await channel.send(message_for(channel), 0)
    finally:
        await channel.close()
        server.close()


@encrypted
def test_a_relay_that_proves_itself_gets_password_and_mail(
    papers: Papers, security: Security
) -> None:
    """By TLS from the start and by STARTTLS: signed in, and the mail taken."""
    result, relay = _meet(papers.server, security, papers.ours.ca, security)
    assert result.status is SendStatus.DELIVERED
    assert (relay.passwords, len(relay.mails)) == ([PASSWORD.encode()], 1)


@encrypted
def test_a_wrong_password_is_a_setting_to_change(papers: Papers, security: Security) -> None:
    """The relay's refusal to let us in is told as bad credentials."""
    result, relay = _meet(papers.server, security, papers.ours.ca, security, password="wrong")
    assert (result.status, result.reason) == (SendStatus.MISCONFIGURED, Reason.BAD_CREDENTIALS)
    assert relay.mails == []


@encrypted
@pytest.mark.parametrize("fault", ["stranger", "expired", "other name"])
def test_a_relay_that_cannot_prove_itself_gets_nothing(
    papers: Papers, security: Security, fault: str
) -> None:
    """An unknown authority, a certificate that has run out or is for another name: told, and nothing leaves."""
    files = papers.expired if fault == "expired" else papers.server
    ca = papers.theirs.ca if fault == "stranger" else papers.ours.ca
    host = "localhost" if fault == "other name" else "127.0.0.1"
    result, relay = _meet(files, security, ca, security, host=host)
    assert (result.status, result.reason) == BAD_CERTIFICATE
    assert (relay.passwords, relay.mails) == ([], [])


def test_a_relay_that_hides_starttls_gets_nothing(papers: Papers) -> None:
    """Without the offer of encryption nothing is sent in the clear instead."""
    result, relay = _meet(papers.server, "none", papers.ours.ca, "starttls")
    assert (result.status, result.reason) == BAD_CERTIFICATE
    assert (relay.passwords, relay.mails) == ([], [])


def test_an_https_gateway_that_cannot_prove_itself_gets_nothing(papers: Papers) -> None:
    """Told as a bad certificate, not as a gateway that is away."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()

    async def once() -> SendResult:
        context = _server_side(papers.server)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        channel = Webhook(WebhookConfig(url=url, secret=SecretStr("test-secret")))
        return await _sent_and_closed(channel, server)

    result = asyncio.run(once())
    assert (result.status, result.reason) == BAD_CERTIFICATE
    assert not any(heard)
