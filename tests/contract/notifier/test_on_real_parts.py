"""The notifier as a process, on real Kafka and Redis: what is promised when all goes well and when it does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import grpc
import httpx
import pytest
from redis import Redis
from typer.testing import CliRunner

from sanse.notify.v1 import notify_pb2, notify_service_pb2, notify_service_pb2_grpc
from services.cli.local.process import free_port
from services.cli.main import app
from services.cli.sending.health import last_day
from services.cli.sending.why import why_lines
from services.common.clock import SystemClock
from services.common.settings import REPOSITORY, CommonSettings
from services.common.spans import DAY_MS
from tests.contract.notifier.real_notifier import (
    CALLBACK_TOKEN,
    CREATED_MS,
    RealNotifier,
    eventually,
    token_in,
)
from tests.simulators.client import Simulators

_NOT_LET_IN = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
NOW_S = CREATED_MS // 1000
OFFICIALS = (
    "GW-1,532301001001,village,grid,zh,wecom_app|aliyun_sms,13800138001,wx-1,",
    "GW-2,532301001002,village,grid,zh,aliyun_sms,13800138002,,",
    "GW-3,532301001003,village,grid,zh,webhook,,,",
    "GW-4,532301001004,village,grid,zh,smtp,,,",
    "GW-5,532301001005,village,grid,zh,aliyun_sms|webhook,13800138005,,",
    "GW-6,532301001006,village,grid,zh,tencent_sms,13800138006,,",
)


def _started(kafka: str, redis_url: str, simulators: Simulators, folder: Path) -> RealNotifier:
    prefix = f"notifier{uuid4().hex[:8]}"
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=prefix, partitions=4)
    own = {"SANSE_METRICS_PORT": str(free_port()), "SANSE_ASK_RECEIPT_S": "[1]"}
    return RealNotifier.start(settings, simulators, folder, OFFICIALS, **own)


def _with_callbacks(running: RealNotifier) -> RealNotifier:
    running.begin_day()
    for gateway, vendor in (("aliyun-sms", "aliyun"), ("tencent-sms", "tencent")):
        stem = f"http://{running.page}/callbacks/{vendor}"
        running.simulators.receipts(
            gateway,
            f"{stem}/receipt?token={CALLBACK_TOKEN}",
            reply_url=f"{stem}/reply?token={CALLBACK_TOKEN}",
        )
    return running


@pytest.fixture(scope="module")
def shared(
    kafka: str,
    redis_url: str,
    simulators: Simulators,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealNotifier]:
    """One process for all tests that may follow others."""
    running = _started(kafka, redis_url, simulators, tmp_path_factory.mktemp("notifier"))
    yield running
    running.stop()


@pytest.fixture
def notifier(shared: RealNotifier) -> RealNotifier:
    """A notifier with six officials and empty phones, and only what comes from now on."""
    return _with_callbacks(shared)


@pytest.fixture
def fresh(
    kafka: str, redis_url: str, simulators: Simulators, folder: Path
) -> Iterator[RealNotifier]:
    """A process of the test's own, whose counts begin at nothing."""
    running = _started(kafka, redis_url, simulators, folder)
    yield _with_callbacks(running)
    running.stop()


def test_each_notice_reaches_its_phone_once(fresh: RealNotifier) -> None:
    """Notices go out at once, each shown once, each with a final record; repeated records change nothing."""
    notifier = fresh
    notices = [notifier.notice(n, f"GW-{n % 3 + 1}") for n in range(60)]
    notifier.tell(notices)
    notifier.tell(notices[:20])
    notifier.wait_for_ends(notices)
    assert notifier.shown() == {item.notice_id: 1 for item in notices}
    statuses = {item.status for item in notifier.ends().values()}
    assert statuses == {notify_pb2.DELIVERY_STATUS_DELIVERED}
    address = f"http://127.0.0.1:{notifier.env['SANSE_METRICS_PORT']}"
    for line in (
        'sanse_notice_processed_seconds_count{channel="webhook"} 20.0',
        'sanse_notice_delivered_seconds_count{channel="webhook"} 20.0',
        'sanse_notice_ends_total{channel="aliyun_sms",reason="ok",status="delivered"} 20.0',
    ):
        eventually(lambda line=line: line in httpx.get(address, trust_env=False).text)  # type: ignore[misc]
    fold = last_day(notifier.settings, SystemClock().now_ms())
    assert {name: share.all for name, share in fold.delivered().items()} == dict.fromkeys(
        ("wecom_app", "aliyun_sms", "webhook"), 20
    )
    assert last_day(notifier.settings, SystemClock().now_ms() + 2 * DAY_MS).messages == {}
    paid = CliRunner().invoke(
        app, ["cost", "--csv", str(notifier.folder / "c.csv")], env=notifier.env
    )
    assert paid.exit_code == 0, paid.output
    rows = (notifier.folder / "c.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "532301,532301,aliyun_sms,20,40,20,0,0,1.800" in rows
    assert rows[-1].endswith(",60,40,60,0,0,1.800")
    shutil.copytree(REPOSITORY / "deploy/templates", notifier.folder / "templates")
    page = notifier.folder / "templates/prices.yaml"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("monthly_budget: {}", 'monthly_budget: {"532301": "2"}'))
    poor = {**notifier.env, "SANSE_TEMPLATES_DIR": str(page.parent), "SANSE_LANG": "en"}
    alarm = CliRunner().invoke(app, ["cost"], env=poor)
    assert (alarm.exit_code, "1.800 of 2 this month (90 %)" in alarm.output) == (1, True)


def test_a_tap_acknowledges_once_and_looking_does_not(notifier: RealNotifier) -> None:
    """Opening the link does nothing, pressing the button writes one command, pressing twice the same one."""
    notifier.tell([notifier.notice(1)])
    shown = notifier.simulators.phone("wx-1").expects("东瓜村")
    link = f"http://{notifier.page}/a/{token_in(shown.text)}"
    looked = httpx.get(link, trust_env=False)
    assert looked.status_code == 200
    assert "签收" in looked.text
    assert notifier.commands() == []
    answers = [httpx.post(link, trust_env=False) for _ in range(2)]
    assert all("已签收" in answer.text for answer in answers)
    english = httpx.get(link, params={"lang": "en"}, trust_env=False)
    assert "Acknowledged" in english.text
    commands = notifier.commands()
    assert {item.WhichOneof("act") for item in commands} == {"acknowledge"}
    assert len({item.command_id for item in commands}) == 1
    assert (commands[0].actor_id, commands[0].via) == ("GW-1", "phone_page")


def test_that_the_page_was_opened_is_written_once(notifier: RealNotifier) -> None:
    """A preview that loads no picture leaves no trace; a phone that shows the page does, once, and acknowledges not."""
    notifier.tell([notifier.notice(1)])
    shown = notifier.simulators.phone("wx-1").expects("东瓜村")
    link = f"http://{notifier.page}/a/{token_in(shown.text)}"
    page = httpx.get(link, trust_env=False)
    source = page.text.split('<img src="')[1].split('"')[0]
    assert "img-src 'self'" in page.headers["content-security-policy"]
    assert notifier.commands() == []
    pictures = [httpx.get(page.url.join(source), trust_env=False) for _ in range(2)]
    assert {one.headers["content-type"] for one in pictures} == {"image/gif"}
    commands = notifier.commands()
    assert {one.WhichOneof("act") for one in commands} == {"note_read"}
    assert len({one.command_id for one in commands}) == 1
    assert commands[0].actor_id == "GW-1"
    assert httpx.post(link, data={"act": "read"}, trust_env=False).status_code == 400
    assert httpx.get(page.url.join("x/seen"), trust_env=False).status_code == 403


def test_visit_and_resolution_come_from_the_page(notifier: RealNotifier) -> None:
    """After acknowledging, the same link records a visit and a resolution; an unknown act is refused."""
    notifier.tell([notifier.notice(1)])
    shown = notifier.simulators.phone("wx-1").expects("东瓜村")
    link = f"http://{notifier.page}/a/{token_in(shown.text)}"
    with httpx.Client(trust_env=False) as phone:
        assert "走访已登记" in phone.post(link, data={"act": "visit"}).text
        done = phone.post(link, data={"act": "resolve", "how": "mediated"})
        assert "办结已登记" in done.text
        assert phone.post(link, data={"act": "resolve", "how": "magic"}).status_code == 400
        assert phone.post(link, data={"act": "delete"}).status_code == 400
    acts = [item.WhichOneof("act") for item in notifier.commands()]
    assert sorted(str(act) for act in acts) == ["record_visit", "resolve"]


def test_forged_and_expired_links_are_told_apart(notifier: RealNotifier) -> None:
    """A changed token is refused with 403, one past its time with 410, both in two languages."""
    old = notifier.notice(7, created_ms=notifier.created_ms - 90 * 3_600_000)
    notifier.tell([old])
    shown = notifier.simulators.phone("wx-1").expects("东瓜村")
    token = token_in(shown.text)
    expired = httpx.get(f"http://{notifier.page}/a/{token}", trust_env=False)
    forged = httpx.post(f"http://{notifier.page}/a/{token[:-1]}_", trust_env=False)
    assert (expired.status_code, forged.status_code) == (410, 403)
    assert "expired" in expired.text and "已过期" in expired.text
    assert notifier.commands() == []


def test_an_sms_reply_acknowledges_the_newest_open_case(notifier: RealNotifier) -> None:
    """ "1" acknowledges the newest case, again "1" the one before, "2" a visit, strangers nothing."""
    notices = [notifier.notice(n, "GW-2", notifier.created_ms + n) for n in (1, 2)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    for text in ("1", "收到。", "2", "多谢"):
        assert notifier.simulators.reply("aliyun-sms", "13800138002", text)
    assert notifier.simulators.reply("aliyun-sms", "13900139000", "1")
    eventually(lambda: len(notifier.commands()) == 3)
    told = [(item.case_id, item.WhichOneof("act")) for item in notifier.commands()]
    assert sorted(told) == sorted(
        [
            (notices[1].case_id, "acknowledge"),
            (notices[0].case_id, "acknowledge"),
            (notices[1].case_id, "record_visit"),
        ]
    )


@pytest.mark.parametrize(
    ("vendor", "first", "second"),
    [
        (
            "aliyun",
            {"phone_number": "13800138002", "content": "1", "sequence_id": 7_000_001},
            {"phone_number": "13800138002", "content": "1", "sequence_id": 7_000_002},
        ),
        (
            "tencent",
            {"mobile": "13800138002", "nationcode": "86", "text": "1", "time": NOW_S},
            {"mobile": "13800138002", "nationcode": "86", "text": "1", "time": NOW_S + 1},
        ),
    ],
)
def test_a_reply_pushed_twice_leaves_the_case_before_it_open(
    notifier: RealNotifier, vendor: str, first: dict[str, object], second: dict[str, object]
) -> None:
    """The same push again acknowledges nothing more; another "1" acknowledges the case before."""
    notices = [notifier.notice(n, "GW-2", notifier.created_ms + n) for n in (1, 2)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    url = f"http://{notifier.page}/callbacks/{vendor}/reply?token={CALLBACK_TOKEN}"
    for body in (first, first, first):
        assert httpx.post(url, json=[body], trust_env=False).status_code == 200
    assert [item.case_id for item in notifier.commands()] == [notices[1].case_id]
    assert httpx.post(url, json=[second], trust_env=False).status_code == 200
    told = sorted(item.case_id for item in notifier.commands())
    assert told == sorted(item.case_id for item in notices)


def test_replies_are_kept_sealed_and_answered_only_to_officials(notifier: RealNotifier) -> None:
    """Each reply is on the log once with what became of it; the official is answered, a stranger is not."""
    notices = [notifier.notice(n, "GW-2", notifier.created_ms + n) for n in (1, 2)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    for number, text in (("13800138002", "3"), ("13800138002", "多谢"), ("13900139000", "1")):
        assert notifier.simulators.reply("aliyun-sms", number, text)
    phone = notifier.simulators.phone("13800138002")
    phone.expects(["已向上级请求支援", notices[0].case_no[-6:]])
    phone.expects("未能识别")
    assert notifier.simulators.on_phone("13900139000") == []
    eventually(lambda: len(notifier.replies()) == 3)
    kept = {item.outcome: item for item in notifier.replies()}
    assert set(kept) == {"support_asked", "unknown_text", "unknown_number"}
    assert kept["unknown_number"].official_id == ""
    assert b"13900139000" not in kept["unknown_number"].SerializeToString()
    asked = [item for item in notifier.commands() if item.WhichOneof("act") == "ask_support"]
    assert [item.case_id for item in asked] == [notices[1].case_id]


def test_a_reply_from_before_memory_is_refused(notifier: RealNotifier) -> None:
    """What is older than what is remembered could be a replay: nothing is done."""
    notices = [notifier.notice(1, "GW-2")]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    old = {"mobile": "13800138002", "nationcode": "86", "text": "1", "time": NOW_S - 2 * 86_400}
    url = f"http://{notifier.page}/callbacks/tencent/reply?token={CALLBACK_TOKEN}"
    assert httpx.post(url, json=[old], trust_env=False).status_code == 200
    eventually(lambda: [item.outcome for item in notifier.replies()] == ["too_old"])
    assert notifier.commands() == []


def test_callbacks_need_the_token(notifier: RealNotifier) -> None:
    """A push without the token is refused, and nothing is done."""
    body = [{"phone_number": "13800138002", "content": "1"}]
    answer = httpx.post(
        f"http://{notifier.page}/callbacks/aliyun/reply?token=wrong", json=body, trust_env=False
    )
    assert answer.status_code == 403
    assert notifier.commands() == []


def test_a_push_of_strange_receipts_does_no_harm(notifier: RealNotifier) -> None:
    """Receipts of unknown messages are looked for together, asked for again, and stop nothing."""
    body = [
        {"biz_id": f"strange-{n}", "success": True, "err_code": "DELIVERED"} for n in range(100)
    ]
    url = f"http://{notifier.page}/callbacks/aliyun/receipt?token={CALLBACK_TOKEN}"
    answer = httpx.post(url, json=body, trust_env=False, timeout=10)
    assert answer.json()["code"] == 1
    notices = [notifier.notice(1)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)


def test_a_repeated_or_late_receipt_changes_nothing(notifier: RealNotifier) -> None:
    """The phone's yes stands, whatever the platform pushes after it."""
    notices = [notifier.notice(1, "GW-5")]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    reference = notifier.simulators.messages()[0].reference
    before = len(notifier.deliveries())
    url = f"http://{notifier.page}/callbacks/aliyun/receipt?token={CALLBACK_TOKEN}"
    for success in (True, False):
        body = [{"biz_id": reference, "success": success, "err_code": "LATE"}]
        assert httpx.post(url, json=body, trust_env=False).json()["code"] == 0
    assert len(notifier.deliveries()) == before
    assert notifier.shown() == {notices[0].notice_id: 1}


def test_the_api_tells_what_was_sent_and_sends_tests(notifier: RealNotifier) -> None:
    """A case's notices and steps are told to whom it concerns; a test really sends; strangers are refused."""
    notifier.simulators.behave("wecom-app", "bad_address", count=1)
    notices = [notifier.notice(1)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    with grpc.insecure_channel(notifier.env["SANSE_GRPC_LISTEN"]) as channel:
        api = notify_service_pb2_grpc.NotifierServiceStub(channel)
        asked = notify_service_pb2.GetDeliveriesRequest(case_id=notices[0].case_id)
        me = (("x-official-id", "GW-1"),)
        eventually(lambda: len(api.GetDeliveries(asked, metadata=me).deliveries) == 3)
        told = api.GetDeliveries(asked, metadata=me)
        steps = [(item.channel, item.segments) for item in told.deliveries]
        assert steps == [("wecom_app", 0), ("aliyun_sms", 2), ("aliyun_sms", 0)]
        assert [item.notice_id for item in told.notices] == [notices[0].notice_id]
        state = told.states[notices[0].notice_id]
        assert state.status == notify_pb2.DELIVERY_STATUS_DELIVERED
        assert 0 < state.seen_ms <= state.sent_ms
        assert dict(told.posts) == {"GW-1": "grid"}
        lines = list(why_lines(notices[0].case_id, told))
        assert len(lines) == 5
        assert "wecom_app：将重试，号码或账号无效" in lines[1]
        for headers in ((), (("x-official-id", "GW-2"),), (("x-official-id", "nobody"),)):
            with pytest.raises(grpc.RpcError) as refused:
                api.GetDeliveries(asked, metadata=headers)
            assert refused.value.code() in _NOT_LET_IN
        test = notify_service_pb2.SendTestRequest(recipient_id="GW-1", channel="wecom_app")
        sent = api.SendTest(test, metadata=me)
        assert sent.delivery.status == notify_pb2.DELIVERY_STATUS_DELIVERED
        notifier.simulators.phone("wx-1").expects("测试")
        with pytest.raises(grpc.RpcError) as refused:
            api.SendTest(
                notify_service_pb2.SendTestRequest(recipient_id="x", channel="smtp"), metadata=me
            )
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
        other = notify_service_pb2.SendTestRequest(recipient_id="GW-2", channel="aliyun_sms")
        with pytest.raises(grpc.RpcError) as refused:
            api.SendTest(other, metadata=me)
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_failed_receipt_goes_on_to_the_next_channel(notifier: RealNotifier) -> None:
    """When the phone's receipt says no, the fallback channel is used."""
    notifier.simulators.behave("aliyun-sms", "receipt_failed")
    notices = [notifier.notice(1, "GW-5")]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    notifier.simulators.phone("GW-5").expects(notices[0].case_no)
    end = notifier.ends()[notices[0].notice_id]
    assert (end.channel, end.status) == ("webhook", notify_pb2.DELIVERY_STATUS_DELIVERED)
    said = [(item.reason, item.provider_code) for item in notifier.deliveries()]
    assert ("receipt_failed", "UNDELIV") in said


def test_a_receipt_that_no_callback_brings_is_asked_for(notifier: RealNotifier) -> None:
    """Both platforms are asked what became of a message; where even they do not know, it ends unconfirmed."""
    for gateway in ("aliyun-sms", "tencent-sms"):
        notifier.simulators.receipts(gateway, "")
    notifier.simulators.behave("aliyun-sms", "receipt_failed", address="13800138005")
    notifier.simulators.behave("aliyun-sms", "receipt_never", address="13800138002")
    notices = [
        notifier.notice(n, official) for n, official in enumerate(("GW-5", "GW-6", "GW-2"), 1)
    ]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    ends = [notifier.ends()[item.notice_id] for item in notices]
    assert [(end.channel, end.reason) for end in ends] == [
        ("webhook", "ok"),
        ("tencent_sms", "ok"),
        ("aliyun_sms", "no_receipt"),
    ]
    codes = {item.provider_code for item in notifier.deliveries() if item.reason != "ok"}
    assert codes == {"UNDELIV", ""}


def test_a_bad_address_goes_on_to_the_next_channel(notifier: RealNotifier) -> None:
    """An unreachable member is told by SMS instead, and the record says why."""
    notifier.simulators.behave("wecom-app", "bad_address")
    notices = [notifier.notice(1)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    notifier.simulators.phone("13800138001").expects(notices[0].case_no)
    steps = [(item.channel, item.reason) for item in notifier.deliveries()]
    assert steps[0] == ("wecom_app", "bad_address")
    assert notifier.ends()[notices[0].notice_id].channel == "aliyun_sms"


def test_a_throttled_message_arrives_later_and_once(notifier: RealNotifier) -> None:
    """A throttled message is tried again by the back-off, and shown once."""
    notifier.simulators.behave("wecom-app", "throttle", count=1)
    notices = [notifier.notice(1)]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    assert notifier.shown() == {notices[0].notice_id: 1}
    reasons = [item.reason for item in notifier.deliveries()]
    assert reasons == ["throttled", "ok"]


def test_nobody_to_tell_is_a_loud_failure(notifier: RealNotifier) -> None:
    """An unknown recipient, and one whose only channel is off, end as failed with their reasons."""
    notices = [notifier.notice(1, "GW-99"), notifier.notice(2, "GW-4")]
    notifier.tell(notices)
    notifier.wait_for_ends(notices)
    reasons = [notifier.ends()[item.notice_id].reason for item in notices]
    assert reasons == ["no_recipient", "no_address"]
    assert notifier.has_logged('"level": "error"')


def test_a_kill_loses_nothing_and_repeats_at_most_once(notifier: RealNotifier) -> None:
    """SIGKILL in the middle of a run: every notice ends, and none is shown more than once more."""
    notifier.simulators.behave("webhook", "slow", delay_ms=150)
    notices = [notifier.notice(n, f"GW-{n % 3 + 1}") for n in range(240)]
    notifier.tell(notices[:120])
    eventually(lambda: len(notifier.simulators.messages()) > 30)
    notifier.restart()
    notifier.tell(notices[120:])
    notifier.wait_for_ends(notices, 60)
    shown = notifier.shown()
    assert shown.keys() == {item.notice_id for item in notices}
    assert max(shown.values()) <= 2


def test_a_flushed_redis_repeats_no_delivered_message(notifier: RealNotifier) -> None:
    """FLUSHALL under load: what was delivered is not sent again, what was not is."""
    notices = [notifier.notice(n, f"GW-{n % 3 + 1}") for n in range(300)]
    notifier.tell(notices[:150])
    eventually(lambda: len(notifier.ends()) > 50)
    with Redis.from_url(notifier.settings.redis) as redis:
        redis.flushall()
    notifier.tell(notices[150:])
    notifier.wait_for_ends(notices, 60)
    assert notifier.shown() == {item.notice_id: 1 for item in notices}
