"""The words journeys are told in: a small prefecture with real services, phones, and a clock moved by hand."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import yaml

from sanse.escalation.v1 import cases_pb2
from services.cli.gateways import approve_templates, channel_env
from services.cli.reconcile import Balance, Records, balance, read_records
from services.cli.stack import Parts, Stack
from services.common.clock import SHANGHAI, SharedClock, to_local, to_ms
from services.common.roster import COLUMNS
from services.common.settings import CommonSettings
from tests.simulators.client import Phone, Simulators

API_KEY = "test-journey-key"
CALLBACK_TOKEN = "test-callback-token"
GRID = "532301001001001"
VILLAGE, TOWNSHIP, COUNTY, PREFECTURE = "532301001001", "532301001", "532301", "532300"
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
PHONES = {
    "village": "19900000001",
    "township": "19900000002",
    "county": "19900000003",
    "prefecture": "19900000004",
}
_UNITS = {
    PREFECTURE: "楚雄彝族自治州",
    COUNTY: "楚雄市",
    TOWNSHIP: "鹿城镇",
    VILLAGE: "甲村",
    GRID: "甲村第1网格",
}
_TIERS = (
    ("village", VILLAGE),
    ("township", TOWNSHIP),
    ("county", COUNTY),
    ("prefecture", PREFECTURE),
)


@dataclass(slots=True)
class Prefecture:
    """Four tiers, one official each, reachable by SMS; all services run as processes."""

    stack: Stack
    clock: SharedClock
    simulators: Simulators
    told: list[dict[str, Any]] = field(default_factory=list)
    _numbers: int = 0

    def report(self, **parts: Any) -> dict[str, Any]:
        """Send one report over HTTP; gives what the sender was told."""
        self._numbers += 1
        report = {
            "source_id": f"J-{self._numbers:06d}",
            "occurred_at": to_local(self.clock.now_ms()).isoformat(timespec="seconds"),
            "jurisdiction_code": GRID,
            **parts,
        }
        return self.send([report])[0]

    def send(self, reports: list[Mapping[str, Any]], language: str = "zh") -> list[dict[str, Any]]:
        """Send reports as one batch."""
        url = f"http://{self.stack.address('intake', 'http')}/v1/reports"
        headers = {"x-api-key": API_KEY, "accept-language": language}
        answer = httpx.post(
            url, json={"reports": reports}, headers=headers, timeout=30, trust_env=False
        )
        results: list[dict[str, Any]] = answer.json()["results"]
        self.told += results
        return results

    def assessment(
        self, household: str, pack: str = "household_dispute", **answers: str
    ) -> dict[str, Any]:
        """Assess a household: indicator=answer."""
        body = {
            "round": "2026-1",
            "pack": pack,
            "status": "assessed",
            "assessor_level": "green",
            "assessor": "GW-1",
            "answers": answers,
        }
        return self.report(type="assessment", household_no=household, assessment=body)

    def phone(self, tier: str) -> Phone:
        """The phone of the official of a tier."""
        return self.simulators.phone(PHONES[tier])

    def forward(self, **amount: float) -> None:
        """Move the clock: hours=, days=, minutes=."""
        units = {"minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
        step = sum(int(value * units[name]) for name, value in amount.items())
        self.clock.set(self.clock.now_ms() + step, 0.0)

    def records(self) -> Records:
        """Everything on the topics now."""
        return read_records(self.stack.settings())

    def balance(self) -> Balance:
        """Input, topics and phones compared."""
        accepted = [told["event_id"] for told in self.told if told["status"] == "accepted"]
        phones = [message.notice_id for message in self.simulators.messages()]
        return balance(self.records(), accepted, phones)

    def until(self, holds: Callable[[Records], bool], what: str, within_s: float = 30.0) -> Records:
        """Wait until the topics show something; fails naming it."""
        deadline = time.monotonic() + within_s
        while not holds(records := self.records()):
            assert time.monotonic() < deadline, f"never happened: {what}"
            time.sleep(0.2)
        return records

    def case(self, within_s: float = 20.0) -> cases_pb2.Case:
        """The newest state of the only case that a warning opened."""
        records = self.until(lambda found: bool(found.risk_cases), "a case opens", within_s)
        (case,) = records.risk_cases
        return case

    def tap(self, link: str, act: str = "acknowledge", **form: str) -> httpx.Response:
        """Press a button on the phone page behind a link."""
        return httpx.post(link, data={"act": act, **form}, timeout=10, trust_env=False)


def settle_prefecture(
    parts: Parts, folder: Path, prefix: str, simulators: Simulators, gap: str = ""
) -> Prefecture:
    """A prefecture with its files written and its services running; `gap` leaves a tier's post empty."""
    files = _write_files(folder, gap)
    clock = SharedClock(folder / "clock.json")
    clock.set(to_ms(START), 0.0)
    approve_templates(simulators, CommonSettings().templates_dir / "notices.yaml")
    env = {
        "SANSE_MASTER_KEY": "5a" * 32,
        "SANSE_CLOCK_FILE": str(folder / "clock.json"),
        "SANSE_SESSION_TIMEOUT_S": "6",
        # Each notice is a message of its own, however many one official gets in the hour of a load.
        "SANSE_RATE_LIMITS": "false",
        "SANSE_CALLBACK_TOKEN": CALLBACK_TOKEN,
        # A receipt pushed to a killed process is gone: its message ends as unconfirmed soon.
        "SANSE_RECEIPT_WITHIN_S": "5",
        **files,
        **channel_env(simulators),
    }
    stack = Stack(parts, folder, env, prefix)
    stack.prepare()
    stack.start_all()
    page = f"http://{stack.address('notifier', 'page')}/callbacks/aliyun"
    token = f"?token={CALLBACK_TOKEN}"
    simulators.receipts("aliyun-sms", f"{page}/receipt{token}", reply_url=f"{page}/reply{token}")
    return Prefecture(stack, clock, simulators)


def _write_files(folder: Path, gap: str) -> dict[str, str]:
    divisions, roster, keys = (folder / n for n in ("divisions.csv", "roster.csv", "keys.yaml"))
    with divisions.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("code", "name"), *_UNITS.items()])
    with roster.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, COLUMNS, restval="")
        table.writeheader()
        for tier, code in _TIERS:
            if tier != gap:
                table.writerow(_official(tier, code))
    entry = {
        "source": "journey",
        "key_sha256": sha256(API_KEY.encode()).hexdigest(),
        "scopes": [
            "assessment",
            "incident",
            "grievance",
            "task_assigned",
            "support_visit",
            "outcome",
        ],
        "jurisdiction": PREFECTURE,
    }
    keys.write_text(yaml.safe_dump([entry]))
    return {
        "SANSE_DIVISIONS_FILE": str(divisions),
        "SANSE_ROSTER_FILE": str(roster),
        "SANSE_API_KEYS_FILE": str(keys),
    }


def _official(tier: str, code: str) -> dict[str, str]:
    return {
        "official_id": f"{tier}-official",
        "jurisdiction_code": code,
        "tier": tier,
        "post": tier,
        "language": "zh",
        "channels": "aliyun_sms|wecom_app",
        "mobile": PHONES[tier],
        "wecom_id": f"wecom-{tier}",
    }


def as_lines(value: object) -> str:
    """Readable JSON for failures."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
