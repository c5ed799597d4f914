"""sanse doctor: says what is missing or wrong, and what to do."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlparse

import typer
from rich.console import Console

from services.cli.context import load_context
from services.cli.texts import english, say
from services.common.crypto import Keys, MasterKeyWrong
from services.common.divisions import Divisions
from services.common.pack_catalogue import load_outlines
from services.common.roster import Roster
from services.common.settings import CommonSettings
from services.common.support_file import load_support


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
    yield _reachable("Kafka", host, int(port))
    redis = urlparse(settings.redis)
    yield _reachable("Redis", redis.hostname or "127.0.0.1", redis.port or 6379)
    yield _master_key(settings)
    yield from _files(settings)


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


def _files(settings: CommonSettings) -> Iterator[Check]:
    for what, load in (
        (settings.packs_dir, load_outlines),
        (settings.support_file, load_support),
        (settings.divisions_file, Divisions.load),
        (settings.roster_file, Roster.load),
    ):
        try:
            load(what)
        except (OSError, ValueError, KeyError) as wrong:
            advice = "cannot be read" if english() else "无法读取"
            yield Check(str(what), f"{advice}: {wrong}")
        else:
            yield Check(str(what))
