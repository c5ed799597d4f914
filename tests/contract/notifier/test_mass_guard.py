"""A storm of messages, on real parts: what is above the limit waits until a second person lets it go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from sanse.common.v1 import common_pb2
from sanse.notify.v1 import notify_pb2, notify_service_pb2, notify_service_pb2_grpc
from services.cli.sending.health import findings, last_day
from services.cli.topic_reader import read_topic
from services.common.clock import SystemClock
from services.common.settings import CommonSettings
from services.common.topics import Topic
from tests.contract.notifier.real_notifier import (
    RealNotifier,
    eventually,
    notice,
    templates_with,
)
from tests.simulators.client import Simulators

OFFICIALS = (
    "GW-1,532301001001,village,grid,zh,webhook,,,",
    "CO-1,532301,county,centre,zh,webhook,,,",
    "CO-2,532322,county,centre,zh,webhook,,,",
)
SMALL = {"storm_per_hour: 3000": "storm_per_hour: 3", "tests_per_hour: 20": "tests_per_hour: 1"}
SMALL |= {"look_every_s: 300": "look_every_s: 1", "looks_most: 24": "looks_most: 999"}


@pytest.fixture
def notifier(
    kafka: str, redis_url: str, sanse_prefix: str, simulators: Simulators, folder: Path
) -> Iterator[RealNotifier]:
    """A notifier that holds what is above three messages an hour."""
    simulators.reset(everything=True)
    templates = templates_with(folder, "guard.yaml", SMALL)
    prefix = f"{sanse_prefix}-guard"
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=prefix, partitions=4)
    running = RealNotifier.start(settings, simulators, folder, OFFICIALS, **templates)
    yield running
    running.stop()


def test_a_storm_waits_for_a_second_person(notifier: RealNotifier) -> None:
    """Three go, red goes, the rest is held and told; another county may not release it, its own does, on record."""
    notices = [notice(n) for n in range(1, 8)]
    red = notice(9)
    red.level = common_pb2.LEVEL_RED
    notifier.tell([*notices, red])
    eventually(lambda: len(notifier.ends()) == 4, told=lambda: str(notifier.deliveries()))
    eventually(lambda: len(_held(notifier)) == 4)
    assert red.notice_id in notifier.ends()
    assert len(notifier.shown()) == 4
    told = list(findings(last_day(notifier.settings, SystemClock().now_ms())))
    assert any("532301" in what and "sanse release 532301" in advice for what, advice in told)
    with grpc.insecure_channel(notifier.env["SANSE_GRPC_LISTEN"]) as channel:
        api = notify_service_pb2_grpc.NotifierServiceStub(channel)
        county = notify_service_pb2.ReleaseHeldRequest(jurisdiction_code="532301", messages=9)
        assert _refused(api, county, "CO-2") is grpc.StatusCode.PERMISSION_DENIED
        assert _refused(api, county, "GW-1") is grpc.StatusCode.PERMISSION_DENIED
        assert api.ReleaseHeld(county, metadata=(("x-official-id", "CO-1"),)).hours == 1
        notifier.wait_for_ends(notices)
        wanted = [*(one.notice_id for one in notices), red.notice_id]
        assert notifier.shown() == dict.fromkeys(wanted, 1)
        _tests_are_limited(api)
    [release] = _releases(notifier)
    said = (release.official_id, release.jurisdiction_code, release.messages)
    assert said == ("CO-1", "532301", 9)


def _tests_are_limited(api: notify_service_pb2_grpc.NotifierServiceStub) -> None:
    """One test an hour; the next needs somebody else, not the sender."""
    mine = (("x-official-id", "CO-1"),)
    test = notify_service_pb2.SendTestRequest(recipient_id="GW-1", channel="webhook")
    assert api.SendTest(test, metadata=mine).delivery.reason == "ok"
    with pytest.raises(grpc.RpcError) as refused:
        api.SendTest(test, metadata=mine)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    more = notify_service_pb2.ReleaseHeldRequest(tests_of="CO-1", messages=1)
    assert _refused(api, more, "CO-1") is grpc.StatusCode.PERMISSION_DENIED
    wrong = notify_service_pb2.ReleaseHeldRequest(jurisdiction_code="532301001", messages=1)
    assert _refused(api, wrong, "CO-1") is grpc.StatusCode.INVALID_ARGUMENT


def _refused(
    api: notify_service_pb2_grpc.NotifierServiceStub,
    request: notify_service_pb2.ReleaseHeldRequest,
    official: str,
) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as refused:
        api.ReleaseHeld(request, metadata=(("x-official-id", official),))
    code: grpc.StatusCode = refused.value.code()
    return code


def _held(notifier: RealNotifier) -> set[str]:
    steps = notifier.deliveries()
    return {one.notice_id for one in steps if one.reason == "held_for_release"}


def _releases(notifier: RealNotifier) -> list[notify_pb2.Release]:
    found: list[notify_pb2.Release] = []
    for record in read_topic(notifier.settings, Topic.DELIVERIES):
        found.extend(notify_pb2.DeliveryBatch.FromString(record.value).releases)
    return found
