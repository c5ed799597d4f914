"""The auditor's page and its addresses: what cannot be used is refused at the start, by its name."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from services.common.settings import CommonSettings
from services.common.yaml_nodes import FileError
from services.escalation.adapters.audit_file import load_audit
from services.escalation.auditor.settings import AuditSettings
from services.escalation.auditor.watchers import Watchers
from services.escalation.domain.audit import Fault, Finding

NO_ADDRESSES = ["watch.example/beat", "ftp://watch.example", "http://", "https://a:b/"]


@pytest.mark.parametrize("value", NO_ADDRESSES)
@pytest.mark.parametrize("name", ["audit_heartbeat_url", "audit_alarm_url"])
def test_what_is_no_web_address_is_refused_by_name_and_not_repeated(name: str, value: str) -> None:
    """The setting is named with what is allowed; the value may hold a secret and stays out of the message."""
    with pytest.raises(ValidationError) as refused:
        AuditSettings(**{name: value})  # type: ignore[arg-type]
    told = str(refused.value)
    assert name in told and "http:// or https://" in told and "网址" in told
    assert value not in told.replace("http:// or https://", "").replace("http:// 或 https://", "")


def test_web_addresses_and_none_are_taken() -> None:
    """With a port, a path and a query; or nobody outside watches."""
    taken = AuditSettings(audit_alarm_url="https://watch.example:8443/alarm?key=x")
    assert (taken.audit_alarm_url[-6:], taken.audit_heartbeat_url) == ("?key=x", "")


async def test_an_address_that_cannot_be_read_keeps_nobody_from_watching() -> None:
    """It is as one that does not answer: the alarm stays owed."""
    async with httpx.AsyncClient() as http:
        watchers = Watchers(http, "https://a:b/", "https://a:b/", 1)
        await watchers.tell([Finding(Fault.ENGINE_SILENT, "engine")], 0)
        await watchers.tell([Finding(Fault.ENGINE_SILENT, "engine")], 0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("silent_after_s: 181", "from 1 to 180"),
        ("silent_after_s: soon", "from 1 to 180"),
        ("redrives_a_day: 3", "unknown key"),
    ],
)
def test_a_page_that_cannot_be_used_is_refused_with_file_and_path(
    tmp_path: Path, wrong: str, told: str
) -> None:
    """Silence longer than can be told within five minutes is not allowed."""
    key = wrong.split(":")[0]
    shipped = CommonSettings().audit_file.read_text(encoding="utf-8").splitlines()
    file = tmp_path / "audit.yaml"
    kept = [line for line in shipped if not line.startswith(f"{key}:")]
    file.write_text("\n".join([*kept, wrong]), encoding="utf-8")
    with pytest.raises(FileError, match=told) as refused:
        load_audit(file)
    assert refused.value.file == file and key in str(refused.value)
