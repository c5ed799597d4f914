"""sanse audit: one whole pass of the auditor, now."""

from __future__ import annotations

import asyncio

import typer
from rich.console import Console

from services.cli.commands.reports import settings_from
from services.cli.context import load_context
from services.cli.duty_texts import say
from services.common.terms import Language
from services.escalation.auditor.main import audit_once
from services.escalation.auditor.settings import AuditSettings
from services.escalation.auditor.texts import fault_text

_console = Console()


def audit() -> None:
    """核查一遍：链条、期限、通知、状态 · audit once: chains, deadlines, notices, state; exits with 1 on findings."""
    settings = settings_from(AuditSettings, load_context().env)
    found = asyncio.run(audit_once(settings))
    for one in found:
        zh, en = (fault_text(one.fault, language) for language in (Language.ZH, Language.EN))
        line = f"{one.fault.value}  {one.about}  {one.detail}  {zh} · {en}"
        _console.print(line, markup=False, highlight=False)
    if found:
        _console.print(say("audit.found", count=len(found)))
        raise typer.Exit(1)
    _console.print(say("audit.clean"))
