"""The simulated mail relay must speak SMTP's own yes, never and not-now."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.simulators import credentials
from tests.simulators.client import Simulators

GATEWAY = "smtp"
ADDRESS = "zhang@example.org"


@pytest.fixture
def relay(simulators: Simulators) -> Iterator[smtplib.SMTP]:
    """A conversation with the relay."""
    with smtplib.SMTP(simulators.smtp_host, simulators.smtp_port, timeout=5) as conversation:
        yield conversation


def a_mail(*recipients: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "红色预警"
    mail["From"] = "sanse@example.org"
    mail["To"] = ", ".join(recipients or (ADDRESS,))
    mail["X-Sanse-Notice-Id"] = "notice-1"
    mail.set_content("请于今日18时前处置。")
    return mail


def test_success(simulators: Simulators, relay: smtplib.SMTP) -> None:
    """A mail shows in each mailbox with subject, text and notice."""
    relay.send_message(a_mail(ADDRESS, "li@example.org"))
    for address in (ADDRESS, "li@example.org"):
        message = simulators.phone(address).expects(["红色预警", "请于今日18时前处置。"])
        assert message.notice_id == "notice-1"
    simulators.fails_on_unexpected()


def test_login(simulators: Simulators, relay: smtplib.SMTP) -> None:
    """The right password signs in."""
    code, _ = relay.login(credentials.SMTP_USER, credentials.SMTP_PASSWORD)
    assert code == 235


def test_wrong_password(simulators: Simulators, relay: smtplib.SMTP) -> None:
    """A wrong password is 535."""
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        relay.login(credentials.SMTP_USER, "wrong")
    assert refused.value.smtp_code == 535


def test_unknown_recipient(simulators: Simulators, relay: smtplib.SMTP) -> None:
    """An unknown recipient is 550, and the other one still gets the mail."""
    simulators.behave(GATEWAY, "bad_address", ADDRESS)
    refused = relay.send_message(a_mail(ADDRESS, "li@example.org"))
    assert refused[ADDRESS][0] == 550
    assert [message.address for message in simulators.messages()] == ["li@example.org"]


@pytest.mark.parametrize(
    ("mode", "code"), [("throttle", 451), ("http_500", 451), ("refuse_200", 554)]
)
def test_refusals(simulators: Simulators, relay: smtplib.SMTP, mode: str, code: int) -> None:
    """Not now is 451, never is 554, and neither is delivered."""
    simulators.behave(GATEWAY, mode)
    with pytest.raises(smtplib.SMTPException) as refused:
        relay.send_message(a_mail())
    assert str(code) in str(refused.value)
    assert simulators.messages() == []


def test_forgotten_conversation(simulators: Simulators, relay: smtplib.SMTP) -> None:
    """A recipient named before a reset does not get the mail that follows."""
    relay.mail("sanse@example.org")
    relay.rcpt("early@example.org")
    relay.rset()
    relay.send_message(a_mail())
    assert [message.address for message in simulators.messages()] == [ADDRESS]


def test_lost_answer(simulators: Simulators, relay: smtplib.SMTP) -> None:
    """A relay may take a mail and close before it says so."""
    simulators.behave(GATEWAY, "timeout", delivered_anyway=True, close=True)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        relay.send_message(a_mail())
    assert len(simulators.messages()) == 1
