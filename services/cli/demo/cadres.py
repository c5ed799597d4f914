"""The simulated cadres: they read their phones and, some of them, act."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from services.cli.demo.desk import Desk
from services.cli.simulate.behaviour import Plan, Via, plan_for
from services.common.spans import HOUR_MS, MINUTE_MS
from tests.simulators.client import Simulators
from tests.simulators.phones import Message

REVISIT_AFTER_H = 60
_REPLY_GATEWAYS = frozenset({"aliyun-sms", "tencent-sms"})
_SUPERVISION = "督办"
_CASE_NO = re.compile(r"\d{6}-[0-9A-Z]{6}(?!-)\b")


@dataclass(frozen=True, slots=True)
class Errand:
    """What an official means to do about a case."""

    act: str
    case_no: str
    official_id: str
    message: Message
    plan: Plan
    resolve_at_ms: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Intention:
    """An errand and its simulated time."""

    at_ms: int
    number: int
    errand: Errand = field(compare=False)


class Cadres:
    """Reads new messages, plans once per case and person, and acts when the time has come."""

    def __init__(
        self, control: Simulators, desk: Desk, seed: int, on_message: Callable[[Message], None]
    ) -> None:
        self._control = control
        self._desk = desk
        self._seed = seed
        self._on_message = on_message
        self._since = 0
        self._intentions: list[Intention] = []
        self._numbers = 0
        self._planned: set[tuple[str, str]] = set()
        self._cared_for: set[str] = set()
        self._client = httpx.Client(timeout=10, trust_env=False, follow_redirects=True)
        self.acts: Counter[str] = Counter()

    def read_phones(self, now_ms: int) -> None:
        """Look at every message that came since the last look."""
        for message in self._control.messages(self._since):
            self._since = message.seq
            self._on_message(message)
            found = _CASE_NO.search(message.text)
            official_id = self._desk.official_at(message.address)
            if found and official_id:
                self._consider(found.group(), official_id, message, now_ms)

    def _consider(self, case_no: str, official_id: str, message: Message, now_ms: int) -> None:
        """The first message about a case starts the plan; who waits for a supervision notice starts at that."""
        plan = plan_for(case_no, official_id, self._seed)
        if plan.ack_after_min is None or (case_no, official_id) in self._planned:
            return
        if not plan.waits_for_notice or _SUPERVISION in message.text:
            self._planned.add((case_no, official_id))
            errand = Errand("acknowledge", case_no, official_id, message, plan)
            self._intend(now_ms + plan.ack_after_min * MINUTE_MS, errand)

    def _intend(self, at_ms: int, errand: Errand) -> None:
        self._numbers += 1
        heapq.heappush(self._intentions, Intention(at_ms, self._numbers, errand))

    def act_until(self, now_ms: int) -> None:
        """Do what was intended for times up to now."""
        while self._intentions and self._intentions[0].at_ms <= now_ms:
            errand = heapq.heappop(self._intentions).errand
            self.acts[errand.act] += 1
            if errand.act == "acknowledge":
                self._acknowledge(errand, now_ms)
            else:
                self._look_after(errand, now_ms)

    def _acknowledge(self, errand: Errand, now_ms: int) -> None:
        message, plan = errand.message, errand.plan
        if plan.via is Via.SMS_REPLY and message.gateway in _REPLY_GATEWAYS:
            self._control.reply(message.gateway, message.address, "1")
        elif message.links:
            self._client.post(message.links[0], data={"act": "acknowledge"})
        cared_for = errand.case_no in self._cared_for and not self._must_agree(errand)
        if plan.visit_after_h is None or cared_for:
            return
        self._cared_for.add(errand.case_no)
        visit_ms = now_ms + plan.visit_after_h * HOUR_MS
        resolve_ms = visit_ms + (plan.resolve_after_h or 0) * HOUR_MS
        settles = 0 if plan.resolve_after_h is None else resolve_ms
        self._intend(
            visit_ms, Errand("visit", errand.case_no, errand.official_id, message, plan, settles)
        )

    def _must_agree(self, errand: Errand) -> bool:
        """Whether a closing waits for this official as the second person."""
        case = self._desk.find(errand.case_no, errand.official_id)
        waits = case is not None and case.HasField("closing")
        return waits and case is not None and case.owner_id == errand.official_id

    def _look_after(self, errand: Errand, now_ms: int) -> None:
        """Visit again and again until the people settle it, if they ever do; obligations are met at once."""
        case = self._desk.find(errand.case_no, errand.official_id)
        if case is None or case.resolved_at_ms:
            return
        if case.obligation:
            self.acts.update(self._desk.meet(case))
            return
        self._desk.visit(case)
        for owed in case.legal_duties:
            if not owed.fulfilled_at_ms:
                self._desk.fulfil(case, owed.duty_id)
                self.acts["fulfil"] += 1
        if errand.resolve_at_ms and now_ms >= errand.resolve_at_ms:
            self._desk.resolve(case, errand.plan.resolution)
            self.acts["resolve"] += 1
            return
        next_ms = now_ms + REVISIT_AFTER_H * HOUR_MS
        if errand.resolve_at_ms:
            next_ms = min(next_ms, errand.resolve_at_ms)
        self._intend(next_ms, errand)

    def close(self) -> None:
        """Close connections."""
        self._client.close()
        self._desk.close()
