"""A case as the services would have written it: raised, told, late, supervised, visited, answered, fulfilled."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from services.cli.evidence.build import Found, Indicator, Texts, build
from services.cli.evidence.case_file import CaseFile, Words
from services.cli.evidence.seal import sign
from services.common.spans import HOUR_MS
from services.common.topics import Topic
from services.escalation.adapters.command_codec import deadline_command
from tests.contract.escalation.records import Lane, command, command_value, decision, risk_value
from tests.unit.escalation.desk import COUNTY, HOUSEHOLD, START_MS, TOWNSHIP

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEY_ID = "test-key"
NOW_MS = START_MS + 100 * HOUR_MS
SEALED = common_pb2.SealedText(key_id="visit/1", nonce=b"n" * 12, ciphertext=b"sealed words")


def found_case() -> Found:
    """Everything on the topics about the case."""
    lane, commands = Lane(HOUSEHOLD), list[pb.Command]()
    risk = decision(1, HOUSEHOLD, 2, pack_version="1.1.0", points=7, yellow_at=4, red_at=11)
    risk.legal_duties.add(duty_id="mandatory_report", due_ms=START_MS + 90 * HOUR_MS)
    lane.takes(Topic.RISK, risk_value(risk))

    def does(one: pb.Command) -> None:
        commands.append(one)
        lane.takes(Topic.COMMANDS, command_value(one))

    for _ in range(2):
        (case,) = lane.cases()
        does(deadline_command(case, case.ladder_due_ms))
    (case,) = lane.cases()
    white, yellow = (one.serial_no for one in case.notices)
    late = 60 * HOUR_MS
    for number, (actor, act) in enumerate(
        [
            (COUNTY, {"record_visit": pb.RecordVisit(remarks=SEALED)}),
            (TOWNSHIP, {"reply_notice": pb.ReplyNotice(serial_no=white)}),
            (COUNTY, {"withdraw_notice": pb.WithdrawNotice(serial_no=yellow, reason="other")}),
            (COUNTY, {"fulfil_duty": pb.FulfilDuty(duty_id="mandatory_report")}),
            ("VC-1", {"resolve": pb.Resolve(how="mediated")}),
            (COUNTY, {"resolve": pb.Resolve(how="mediated")}),
        ]
    ):
        does(command(late + number, case, actor, **act))
    return Found(
        events=lane.events(),
        decisions=[risk],
        notices=lane.notices,
        deliveries=[_delivery(n, one) for n, one in enumerate(lane.notices)],
        commands=commands,
    )


def texts() -> Texts:
    """The words of one indicator, one duty and the policy."""
    known = {
        ("household_dispute@1.1.0", "threats"): Indicator(Words("威胁", "threats"), "LAP 1 [V]")
    }
    duties = {"mandatory_report": Words("应当报案（第十四条）", "report it (art. 14)")}
    return Texts(
        known, duties, Words("分级包保办法", "Tiered responsibility"), Words("乡镇包保", "Township")
    )


def case_file() -> CaseFile:
    """The file of the case."""
    return build(found_case(), texts(), COUNTY, NOW_MS)


def signed_file() -> bytes:
    """Its signed JSON."""
    return sign(case_file(), KEY, KEY_ID)


def _delivery(number: int, notice: notify_pb2.Notice) -> notify_pb2.Delivery:
    return notify_pb2.Delivery(
        delivery_id=f"delivery-{number}",
        notice_id=notice.notice_id,
        case_id=notice.case_id,
        recipient_id=notice.recipient_id,
        attempt=1,
        channel="aliyun_sms",
        status=notify_pb2.DELIVERY_STATUS_DELIVERED,
        reason="ok",
        provider_code="DELIVRD",
        provider_message_id=f"biz-{number}",
        at_ms=notice.created_at_ms + 3000,
        final=True,
    )
