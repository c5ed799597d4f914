"""Tells those outside: a heartbeat after a clean pass, an alarm after one that found something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import httpx

from services.common import log
from services.common.terms import Language
from services.escalation.auditor.texts import fault_text
from services.escalation.domain.audit import Alarms, Finding

TIMEOUT_S = 10.0
IDS_TOLD = 20
_log = log.get("audit")


class Watchers:
    """Both go past the engine and the notifier, since either may be what is broken."""

    def __init__(
        self, http: httpx.AsyncClient, heartbeat_url: str, alarm_url: str, again_ms: int
    ) -> None:
        self._http = http
        self._heartbeat_url = heartbeat_url.rstrip("/")
        self._alarm_url = alarm_url
        self._alarms = Alarms(again_ms)

    async def tell(self, findings: Sequence[Finding], now_ms: int) -> None:
        """After a complete pass, or when none could be completed for long.

        An address that does not answer is logged and tried at the next pass.
        """
        if self._heartbeat_url:
            fail = "/fail" if findings else ""
            await self._post(self._heartbeat_url + fail, {"reasons": reasons(findings)})
        if not self._alarms.is_owed(findings, now_ms):
            return
        if not self._alarm_url or await self._post(self._alarm_url, alarm(findings)):
            self._alarms.told(findings, now_ms)

    async def _post(self, url: str, body: dict[str, object]) -> bool:
        try:
            answer = await self._http.post(url, json=body, timeout=TIMEOUT_S)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The address may hold a secret: only what went wrong is logged.
            _log.error("audit.watcher_away", error=type(error).__name__)
            return False
        return True


def reasons(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings of each reason."""
    return dict(Counter(one.fault.value for one in findings))


def alarm(findings: Sequence[Finding]) -> dict[str, object]:
    """The alarm's document: reasons and ids of cases or notices, nothing about persons."""
    faults = sorted({one.fault for one in findings})
    return {
        "reasons": reasons(findings),
        "about": sorted({one.about for one in findings})[:IDS_TOLD],
        "zh": "；".join(fault_text(fault, Language.ZH) for fault in faults),
        "en": "; ".join(fault_text(fault, Language.EN) for fault in faults),
    }
