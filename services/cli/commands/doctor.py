"""sanse doctor: says what is missing or wrong, and what to do."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlparse

import typer
from kafka.errors import KafkaError
from rich.console import Console

from services.cli import audit_status
from services.cli.commands.sending import budgets
from services.cli.context import Context, load_context
from services.cli.doors import ClientSettings, client_tls, why_silent
from services.cli.sending.health import findings, last_day
from services.cli.sending.prices import load_prices
from services.cli.stack import AUDITOR, SERVICES
from services.cli.texts import english, say
from services.common.clock import SystemClock, to_ms
from services.common.crypto import Keys, MasterKeyWrong
from services.common.divisions import Divisions
from services.common.pack_catalogue import load_outlines
from services.common.roster import Roster
from services.common.settings import CommonSettings
from services.common.spans import DAY_MS
from services.common.support_file import load_support
from services.common.tls import Pair, TlsWrong, server_tls
from services.common.yaml_nodes import FileError
from services.escalation.adapters.audit_file import load_audit
from services.escalation.adapters.mornings_file import load_mornings
from services.escalation.adapters.numbering_file import load_numbering
from services.escalation.adapters.obligation_file import load_all_policies, load_obligations
from services.escalation.adapters.policy_file import PolicyFault, load_policies
from services.escalation.adapters.storm_file import load_storm
from services.escalation.adapters.workdays import Workdays, check_calendar
from services.escalation.domain.worktime import local_date
from services.notifier.adapters.receipt_file import load_words
from services.notifier.adapters.sending_file import load_sending
from services.notifier.adapters.template_file import load_guard
from services.risk_scoring.adapters.triage_loader import load_triage

# From so many days before a certificate ends, its renewal is asked for.
CERTIFICATE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `advice` is empty when it is well."""

    what: str
    advice: str = ""


def doctor() -> None:
    """检查环境与设置 · check the environment and the settings; exits with 1 when something is wrong."""
    console = Console()
    checks = list(_checks())
    for check in checks:
        mark = f"[red]{say('doctor.bad')}" if check.advice else f"[green]{say('doctor.ok')}"
        console.print(f"{mark}[/] {check.what} {check.advice}", highlight=False)
    if any(check.advice for check in checks):
        raise typer.Exit(1)


def _checks() -> Iterator[Check]:
    context = load_context()
    env = {key.removeprefix("SANSE_").lower(): value for key, value in context.env.items()}
    names = CommonSettings.model_fields.keys()
    settings = CommonSettings(**{k: v for k, v in env.items() if k in names and v})  # type: ignore[arg-type]
    yield _program("java", "openjdk-17-jre-headless")
    yield _program("redis-server", "redis-server")
    host, _, port = settings.kafka.split(",")[0].rpartition(":")
    broker = _reachable("Kafka", host, int(port))
    yield broker
    redis = urlparse(settings.redis)
    yield _reachable("Redis", redis.hostname or "127.0.0.1", redis.port or 6379)
    yield _master_key(settings)
    yield from _files(settings)
    yield from _calendar(settings)
    yield from _tls(settings)
    yield from _doors(context)
    yield from _audit(context)
    if not broker.advice:
        yield from _sending(settings)


def _program(name: str, package: str) -> Check:
    if shutil.which(name):
        return Check(name)
    return Check(name, f"apt-get install {package}")


def _reachable(what: str, host: str, port: int) -> Check:
    try:
        with socket.create_connection((host, port), 2):
            return Check(f"{what} {host}:{port}")
    except OSError as wrong:
        return Check(f"{what} {host}:{port}", f"{wrong}; sanse up, SANSE_{what.upper()}")


def _master_key(settings: CommonSettings) -> Check:
    try:
        Keys(settings.master_key)
    except MasterKeyWrong as wrong:
        return Check("SANSE_MASTER_KEY", str(wrong))
    return Check("SANSE_MASTER_KEY")


def _calendar(settings: CommonSettings) -> Iterator[Check]:
    """How far the calendar of working days reaches, when the policies can be read."""
    try:
        policies = load_all_policies(settings.policies_dir, settings.obligations_dir)
        workdays = Workdays.load(settings.policies_dir)
    except (PolicyFault, FileError):
        # Said by the check of the files.
        return
    except (OSError, ValueError) as wrong:
        yield Check(say("doctor.calendar"), str(wrong))
        return
    state = check_calendar(policies, workdays, local_date(settings.clock().now_ms()))
    if state.runs_out:
        yield Check(say("doctor.calendar"), state.en if english() else state.zh)
    else:
        known = say("doctor.calendar_reaches", days=state.days_left)
        unused = "" if state.used else f" {say('doctor.calendar_unused')}"
        yield Check(f"{say('doctor.calendar')} {known}{unused}")


def _tls(settings: CommonSettings) -> Iterator[Check]:
    """The certificates the services show and the command shows, when there are any."""
    try:
        server, client = server_tls(settings), client_tls(ClientSettings())
    except TlsWrong as wrong:
        yield Check(wrong.setting, str(wrong))
        return
    if server is not None:
        yield _in_date("SANSE_TLS_CERTIFICATE", server.pair)
    if client is not None and client.pair is not None:
        yield _in_date("SANSE_TLS_CLIENT_CERTIFICATE", client.pair)


def _in_date(setting: str, pair: Pair) -> Check:
    left = (to_ms(pair.ends_at) - SystemClock().now_ms()) // DAY_MS
    what = f"{setting} {pair.ends_at:%Y-%m-%d}"
    return Check(what, say("doctor.certificate_ends", days=left) if left < CERTIFICATE_DAYS else "")


def _doors(context: Context) -> Iterator[Check]:
    """The services whose address is known: those of the local stack, or named by SANSE_<SERVICE>_GRPC."""
    for service in SERVICES:
        address = context.known_address(service)
        if address is None:
            continue
        try:
            why = why_silent(address)
        except TlsWrong:
            # Said by the check of the certificates.
            continue
        hint = f"{why}; {say('call.tls_hint')}" if why and not ClientSettings().tls_ca else why
        yield Check(f"gRPC {service} {address}", hint)


def _audit(context: Context) -> Iterator[Check]:
    """What the auditor found last, and whether it can look; nothing when its address is not known."""
    address = context.known_address(AUDITOR)
    if address is None:
        return
    try:
        found = audit_status.of(address, SystemClock().now_ms())
    except TlsWrong:
        # Said by the check of the certificates.
        return
    for what, advice in found:
        yield Check(what, advice)


def _sending(settings: CommonSettings) -> Iterator[Check]:
    """How messages did in the last day, and the units' budgets."""
    try:
        found = [*findings(last_day(settings, SystemClock().now_ms())), *budgets(settings)]
    except KafkaError as wrong:
        found = [("Kafka", type(wrong).__name__)]
    except (OSError, ValueError):
        # Said by the check of the files.
        return
    for what, advice in found:
        yield Check(what, advice)


def _files(settings: CommonSettings) -> Iterator[Check]:
    for what, load in (
        (settings.packs_dir, load_outlines),
        (settings.triage_dir, load_triage),
        (settings.support_file, load_support),
        (settings.divisions_file, Divisions.load),
        (settings.roster_file, Roster.load),
        (settings.policies_dir, load_policies),
        (settings.numbering_file, load_numbering),
        (settings.storm_file, load_storm),
        (settings.audit_file, load_audit),
        (settings.mornings_file, load_mornings),
        (settings.obligations_dir, load_obligations),
        (settings.templates_dir / "receipts.yaml", load_words),
        (settings.templates_dir / "prices.yaml", load_prices),
        (settings.templates_dir / "guard.yaml", load_guard),
        (settings.templates_dir / "sending.yaml", load_sending),
    ):
        try:
            load(what)
        except (OSError, ValueError, KeyError) as wrong:
            advice = "cannot be read" if english() else "无法读取"
            yield Check(str(what), f"{advice}: {wrong}")
        else:
            yield Check(str(what))
