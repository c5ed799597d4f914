"""An obligation's life on phones: evidence, closing, return, approval, on the real notifier and the engine's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.intake.v1 import events_pb2
from sanse.notify.v1 import notify_pb2
from services.common.lanes import lane_key, lane_of, partition_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from tests.contract.escalation.records import Lane, command_value, event, event_value
from tests.contract.escalation.test_owed_events import lane as engine_lane
from tests.contract.notifier.real_notifier import (
    CREATED_MS,
    RealNotifier,
    eventually,
    token_in,
)
from tests.simulators.client import Simulators
from tests.unit.escalation.desk import HOUSEHOLD

OFFICIALS = (
    "TS-1,532301001,township,centre,zh,wecom_app,13800138001,wx-ts,",
    "CT-1,532301,county,centre,en,wecom_app,13800138002,wx-ct,",
)
PHOTO = b"\xff\xd8" + bytes(range(256)) * 900


@dataclass
class Town:
    """The notifier's process, and the engine's rules over one lane, with the log between them."""

    notifier: RealNotifier
    engine: Lane = field(default_factory=engine_lane)
    heard: int = 0
    told: int = 0

    def settle(self) -> None:
        """What phones ordered is decided; the ledger and new messages reach the notifier."""
        commands = self.notifier.commands()
        for one in commands[self.heard :]:
            self.engine.takes(Topic.COMMANDS, command_value(one))
        self.heard = len(commands)
        self._publish()

    def begins(self) -> None:
        """A hazard is put on the township's list."""
        task = events_pb2.TaskAssigned(task_no="H-1", unit_id="532301001", kind="hidden_hazard")
        assigned = event(1, HOUSEHOLD, task_assigned=task)
        assigned.accepted_at_ms = assigned.occurred_at_ms = CREATED_MS
        self.engine.takes(Topic.EVENTS, event_value(assigned))
        self._publish()

    def case(self) -> pb.Case:
        (case,) = self.engine.cases()
        return case

    def link(self, phone: str, words: str) -> str:
        """The page behind the newest message with these words."""
        shown = self.notifier.simulators.phone(phone).expects(words)
        return f"http://{self.notifier.page}/a/{token_in(shown.text)}"

    def _publish(self) -> None:
        lane = lane_of(HOUSEHOLD)
        names, count = self.notifier.settings.topics, self.notifier.settings.partitions
        for value in self.engine.ledger:
            self.notifier.producer.send(
                names(Topic.CASES),
                value=value,
                key=lane_key(lane),
                partition=partition_of(lane, count),
            )
        self.notifier.tell(self.engine.notices[self.told :])
        self.told = len(self.engine.notices)


@pytest.fixture
def town(
    kafka: str, redis_url: str, sanse_prefix: str, simulators: Simulators, folder: Path
) -> Iterator[Town]:
    """Two officials with phones."""
    simulators.reset(everything=True)
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix, partitions=2)
    running = RealNotifier.start(settings, simulators, folder, OFFICIALS)
    yield Town(running)
    running.stop()


def test_a_hazard_is_shown_put_right_returned_and_signed_off_from_two_phones(town: Town) -> None:
    """Only hashes pass; a closing is offered once all papers are there, and decided on by whom it waits for, once."""
    town.begins()
    own = town.link("wx-ts", "隐患整改")
    with httpx.Client(trust_env=False) as phone:
        phone.post(own, data={"act": "acknowledge"})
        phone.post(own, data={"act": "visit"})
        early = phone.post(own, data={"act": "resolve", "how": "rectified"})
        assert (early.status_code, "无法识别" in early.text) == (400, True)
        hands_in = {"act": "evidence", "evidence": "document"}
        nothing = phone.post(own, data=hands_in, files={"file": ("a.jpg", b"")})
        assert (nothing.status_code, "没有收到内容" in nothing.text) == (400, True)
        wrong = {"act": "evidence", "evidence": "review"}
        assert phone.post(own, data=wrong, files={"file": PHOTO}).status_code == 400
        large = phone.post(own, data=hands_in, files={"file": ("b", bytes(21 << 20))})
        assert (large.status_code, "20MB" in large.text) == (413, True)
        for _ in range(2):
            taken = phone.post(own, data=hands_in, files={"file": ("a.jpg", PHOTO)})
            assert "证据已登记" in taken.text
        town.settle()
        (shown,) = [one for one in town.case().evidence if one.kind == pb.EVIDENCE_KIND_DOCUMENT]
        assert (shown.sha256, shown.added_by) == (sha256(PHOTO).digest(), "TS-1")

        eventually(lambda: 'value="resolve"' in phone.get(own).text)
        assert "办结已登记" in phone.post(own, data={"act": "resolve", "how": "rectified"}).text
        town.settle()
        first = town.link("wx-ct", "needs a second person")
        eventually(lambda: 'value="approve_closing"' in phone.get(first).text)
        unsaid = phone.post(first, data={"act": "return_closing", "how": "Mrs Li"})
        assert unsaid.status_code == 400
        back = phone.post(first, data={"act": "return_closing", "how": "evidence_unclear"})
        assert "Returned" in back.text or "已退回" in back.text
        town.settle()
        assert (town.case().owner_id, town.case().HasField("closing")) == ("TS-1", False)

        again = town.link("wx-ts", "退回")
        phone.post(again, data=hands_in, files={"file": ("c.jpg", PHOTO[::-1])})
        town.settle()
        eventually(lambda: 'value="resolve"' in phone.get(again).text)
        phone.post(again, data={"act": "resolve", "how": "rectified"})
        town.settle()
        second = town.link("wx-ct", "needs a second person")
        eventually(lambda: 'value="approve_closing"' in phone.get(second).text)
        # The message about the first request decides nothing about the second.
        assert phone.post(first, data={"act": "approve_closing"}).status_code == 409
        assert phone.post(second, data={"act": "approve_closing"}).status_code == 200
        town.settle()
    case = town.case()
    assert (case.status, case.owner_id) == (pb.CASE_STATUS_RESOLVED, "TS-1")
    kinds = [one.kind for one in town.engine.notices]
    assert kinds.count(notify_pb2.NOTICE_KIND_CLOSING_WAITS) == 2
    # Pressed twice, handed in once.
    hashes = [one.evidence_sha256 for one in town.engine.events() if one.evidence_sha256]
    assert hashes == [sha256(PHOTO).digest(), sha256(PHOTO[::-1]).digest()]
