"""The sanse command against services over mutual TLS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.demo.prefecture import EXAMPLE_KEY
from tests.contract.tls.conftest import Papers, Running, report


@pytest.fixture
def trusted(papers: Papers) -> dict[str, str]:
    """What an operator sets to reach services over mutual TLS."""
    return {
        "SANSE_TLS_CA": str(papers.authority.ca),
        "SANSE_TLS_CLIENT_CERTIFICATE": str(papers.client.certificate),
        "SANSE_TLS_CLIENT_KEY": str(papers.client.key),
    }


def sanse(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a shell without other TLS settings."""
    return subprocess.run(
        [sys.executable, "-m", "services.cli.main", *arguments],
        env={**os.environ, "SANSE_LANG": "en", "COLUMNS": "240", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_publish(intake_mtls: Running, trusted: dict[str, str], tmp_path: Path) -> None:
    """sanse publish reaches intake over mutual TLS; without the settings it says which to set."""
    file = tmp_path / "reports.jsonl"
    file.write_text(report(101) + "\n" + report(102) + "\n")
    where = {"SANSE_INTAKE_HTTP": intake_mtls.http}
    plain = sanse(where, "publish", str(file), "--key", EXAMPLE_KEY)
    assert plain.returncode == 1 and "SANSE_TLS_CA" in plain.stderr, plain
    told = sanse(where | trusted, "publish", str(file), "--key", EXAMPLE_KEY)
    assert told.returncode == 0 and "2 accepted" in told.stdout, told


def test_case_and_risk(workers_mtls: dict[str, Running], trusted: dict[str, str]) -> None:
    """sanse case and sanse risk reach their services."""
    where = {
        "SANSE_ESCALATION_GRPC": workers_mtls["escalation"].grpc,
        "SANSE_RISK_SCORING_GRPC": workers_mtls["risk_scoring"].grpc,
    }
    cases = sanse(where | trusted, "case", "list", "--as", "C-532327")
    assert cases.returncode == 0, cases
    score = sanse(where | trusted, "risk", "score", "household_dispute", "weapon_involved=yes")
    assert score.returncode == 0 and "red" in score.stdout, score
    plain = sanse(where, "risk", "score", "household_dispute", "weapon_involved=yes")
    assert plain.returncode == 1 and "SANSE_TLS_CA" in plain.stderr, plain


def test_doctor(workers_mtls: dict[str, Running], trusted: dict[str, str], papers: Papers) -> None:
    """sanse doctor asks each service it knows over TLS, and says which certificate ends soon."""
    address = workers_mtls["escalation"].grpc
    env = {**workers_mtls["escalation"].env, "SANSE_ESCALATION_GRPC": address}
    line = f"gRPC escalation {address}"
    well = sanse(env | trusted, "doctor")
    assert f"ok {line}" in well.stdout and f"wrong {line}" not in well.stdout, well
    ending = papers.authority.client(days=5)
    shown = {
        "SANSE_TLS_CLIENT_CERTIFICATE": str(ending.certificate),
        "SANSE_TLS_CLIENT_KEY": str(ending.key),
    }
    soon = sanse(env | trusted | shown, "doctor")
    assert soon.returncode == 1 and "the certificate has" in soon.stdout, soon
    silent = sanse(env, "doctor")
    assert silent.returncode == 1 and f"wrong {line}" in silent.stdout, silent
    assert "SANSE_TLS_CA" in silent.stdout


def test_half_set_client(trusted: dict[str, str], tmp_path: Path) -> None:
    """A client's certificate without its key, or without an authority, is told before anything is sent."""
    file = tmp_path / "reports.jsonl"
    file.write_text(report(103))
    for missing in ("SANSE_TLS_CLIENT_KEY", "SANSE_TLS_CA"):
        half = {name: path for name, path in trusted.items() if name != missing}
        where = {"SANSE_INTAKE_HTTP": "127.0.0.1:9"}
        told = sanse(where | half, "publish", str(file), "--key", EXAMPLE_KEY)
        assert told.returncode == 1 and f"{missing}: is not set" in told.stderr, told
        assert "Traceback" not in told.stderr
