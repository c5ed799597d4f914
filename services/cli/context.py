"""Where a running Sanse is: what "sanse up" wrote down, else the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, TypeVar

import grpc
import typer

from services.cli import doors
from services.cli.texts import english, say
from services.common.settings import REPOSITORY

E = TypeVar("E", bound=IntEnum)
Official = Annotated[str, typer.Option("--as", help="责任人编号 · your official id")]
RUN_FILE = REPOSITORY / "var" / "run" / "stack.json"


@dataclass(frozen=True, slots=True)
class Context:
    """Addresses by "service-instance-door" and the environment the services run with."""

    ports: Mapping[str, int]
    env: Mapping[str, str]

    def address(self, service: str, door: str = "grpc") -> str:
        """host:port of a door: SANSE_<SERVICE>_<DOOR> when set, else of the local stack."""
        known = self.known_address(service, door)
        if known is None:
            typer.echo(say("not.running"), err=True)
            raise typer.Exit(2)
        return known

    def known_address(self, service: str, door: str = "grpc") -> str | None:
        """The same, None when neither names it."""
        override = os.environ.get(f"SANSE_{service}_{door}".replace(".", "_").upper())
        if override:
            return override
        port = self.ports.get(f"{service}-1-{door}")
        return None if port is None else f"127.0.0.1:{port}"

    def channel(self, service: str) -> grpc.Channel:
        """A gRPC channel to a service, over TLS when SANSE_TLS_CA is set."""
        return doors.channel(self.address(service))


def load_context() -> Context:
    """The context of the local stack, or an empty one."""
    if not RUN_FILE.exists():
        return Context({}, dict(os.environ))
    saved = json.loads(RUN_FILE.read_text())
    env = {
        "SANSE_KAFKA": saved["kafka"],
        "SANSE_REDIS": saved["redis"],
        "SANSE_PREFIX": saved["prefix"],
    }
    return Context(saved["ports"], {**env, **saved["env"]})


def metadata(official_id: str = "") -> tuple[tuple[str, str], ...]:
    """Call metadata: the language, and who asks."""
    language = ("accept-language", "en" if english() else "zh")
    return (language, ("x-official-id", official_id)) if official_id else (language,)


def chosen(terms: type[E], field: str, value: str) -> E:
    """The term a caller named; BadParameter says which are allowed."""
    allowed = {term.name.lower(): term for term in terms if term}
    if value.lower() not in allowed:
        raise typer.BadParameter(
            say("argument.wrong", field=field, value=value or "''", allowed=", ".join(allowed))
        )
    return allowed[value.lower()]
