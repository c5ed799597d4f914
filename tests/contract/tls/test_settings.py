"""TLS settings that cannot work end the start, and the message names the setting and what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.common.settings import CommonSettings
from services.common.tls import TlsWrong, server_tls
from tests.contract.tls.authority import as_pem
from tests.contract.tls.conftest import Papers

NOWHERE = Path("/nowhere/file.pem")


def settings(**paths: Path) -> CommonSettings:
    """TLS settings as given."""
    return CommonSettings(**paths)  # type: ignore[arg-type]


def test_nothing_set() -> None:
    """No setting, no TLS; an empty variable is not set."""
    assert server_tls(CommonSettings()) is None


def test_empty_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What .env leaves empty is not taken for a path."""
    for name in ("SANSE_TLS_CERTIFICATE", "SANSE_TLS_KEY", "SANSE_TLS_CLIENT_CA"):
        monkeypatch.setenv(name, "")
    assert server_tls(CommonSettings()) is None


@pytest.mark.parametrize(
    ("case", "setting", "allowed"),
    [
        ("certificate alone", "SANSE_TLS_KEY", "all of them, or none"),
        ("key alone", "SANSE_TLS_CERTIFICATE", "all of them, or none"),
        ("client authority alone", "SANSE_TLS_CERTIFICATE", "all of them, or none"),
        ("certificate missing", "SANSE_TLS_CERTIFICATE", "a PEM file"),
        ("key missing", "SANSE_TLS_KEY", "a PEM file"),
        ("client authority missing", "SANSE_TLS_CLIENT_CA", "a PEM file"),
        ("key unreadable", "SANSE_TLS_KEY", "a PEM file"),
        ("certificate is no certificate", "SANSE_TLS_CERTIFICATE", "BEGIN CERTIFICATE"),
        ("client authority is no certificate", "SANSE_TLS_CLIENT_CA", "BEGIN CERTIFICATE"),
        ("key is no key", "SANSE_TLS_KEY", "BEGIN PRIVATE KEY"),
        ("key with a passphrase", "SANSE_TLS_KEY", "without a passphrase"),
        ("key of another", "SANSE_TLS_KEY", "the two of one pair"),
    ],
)
def test_refused(papers: Papers, tmp_path: Path, case: str, setting: str, allowed: str) -> None:
    """Each wrong setting is named, with what is allowed, in Chinese and English."""
    with pytest.raises(TlsWrong) as wrong:
        server_tls(_wrong(papers, tmp_path)[case])
    zh, en = str(wrong.value).split(" / ", 1)
    assert wrong.value.setting == setting
    assert zh.startswith(f"{setting}：") and not zh.isascii()
    assert en.startswith(f"{setting}: ") and allowed in en


def _wrong(papers: Papers, folder: Path) -> dict[str, CommonSettings]:
    pair = {"tls_certificate": papers.server.certificate, "tls_key": papers.server.key}
    locked = folder / "locked.key"
    locked.write_bytes(as_pem(ec.generate_private_key(ec.SECP256R1()), b"passphrase"))
    return {
        "certificate alone": settings(tls_certificate=papers.server.certificate),
        "key alone": settings(tls_key=papers.server.key),
        "client authority alone": settings(tls_client_ca=papers.authority.ca),
        "certificate missing": settings(**pair | {"tls_certificate": NOWHERE}),
        "key missing": settings(**pair | {"tls_key": NOWHERE}),
        "client authority missing": settings(**pair, tls_client_ca=NOWHERE),
        "key unreadable": settings(**pair | {"tls_key": folder}),
        "certificate is no certificate": settings(**pair | {"tls_certificate": papers.server.key}),
        "client authority is no certificate": settings(**pair, tls_client_ca=papers.server.key),
        "key is no key": settings(**pair | {"tls_key": papers.server.certificate}),
        "key with a passphrase": settings(**pair | {"tls_key": locked}),
        "key of another": settings(**pair | {"tls_key": papers.client.key}),
    }


@pytest.mark.parametrize("service", ["intake", "risk_scoring", "escalation", "notifier"])
def test_service_does_not_start(papers: Papers, service: str) -> None:
    """A service with half a pair ends at once, before it looks for a broker, with the message alone."""
    env = {
        **os.environ,
        "SANSE_KAFKA": "127.0.0.1:9",
        "SANSE_REDIS": "redis://127.0.0.1:9/0",
        "SANSE_MASTER_KEY": "5a" * 32,
        "SANSE_TLS_CERTIFICATE": str(papers.server.certificate),
    }
    ended = subprocess.run(
        [sys.executable, "-m", f"services.{service}"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "SANSE_TLS_KEY：未设置" in ended.stderr
    assert "SANSE_TLS_KEY: is not set" in ended.stderr
    assert "Traceback" not in ended.stderr
