"""One table of HTTP statuses for all channels, and unknown codes that fail loudly."""

from __future__ import annotations

import pytest

from services.notifier.channels.aliyun_sms import codec as aliyun
from services.notifier.channels.aliyun_voice import codec as aliyun_voice
from services.notifier.channels.dingtalk_robot import codec as dingtalk
from services.notifier.channels.feishu_robot import codec as feishu
from services.notifier.channels.http import Answer
from services.notifier.channels.huawei_sms import codec as huawei
from services.notifier.channels.tencent_sms import codec as tencent
from services.notifier.channels.tencent_voice import codec as tencent_voice
from services.notifier.channels.webhook import codec as webhook
from services.notifier.channels.wecom_app import codec as wecom_app
from services.notifier.channels.wecom_robot import codec as wecom_robot
from services.notifier.domain.results import Reason, SendStatus, delivered
from services.notifier.domain.verdicts import from_http, judge

READERS = [
    aliyun.read,
    aliyun_voice.read,
    huawei.read,
    tencent_voice.read,
    dingtalk.read,
    feishu.read,
    tencent.read,
    webhook.read,
    wecom_app.read,
    wecom_robot.read,
]
SUCCESS = {SendStatus.ACCEPTED, SendStatus.DELIVERED}


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_has_a_meaning(status: int) -> None:
    """2xx leaves the word to the body; no other status is ever a success."""
    found = from_http(status)
    if 200 <= status < 300:
        assert found is None
    else:
        assert found is not None and found.status not in SUCCESS


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__module__.split(".")[-2])
@pytest.mark.parametrize(
    "status", [301, 400, 401, 403, 404, 408, 410, 413, 429, 500, 502, 503, 504]
)
def test_all_channels_share_the_table(read, status: int) -> None:  # type: ignore[no-untyped-def]
    """An error status with a body that says nothing means the same for every vendor."""
    shared = from_http(status)
    assert shared is not None
    found = read(Answer(status, b"<html>", {}))
    assert (found.status, found.reason) == (shared.status, shared.reason)


@pytest.mark.parametrize(
    "read",
    [read for read in READERS if read is not webhook.read],
    ids=lambda r: r.__module__.split(".")[-2],
)
@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b"{}", b'{"errcode": "x"}', b"\xff"])
def test_a_200_without_a_known_yes_is_loud(read, body: bytes) -> None:  # type: ignore[no-untyped-def]
    """A body that does not clearly say yes never counts as sent."""
    found = read(Answer(200, body, {}))
    assert (found.status, found.reason) == (SendStatus.MISCONFIGURED, Reason.UNKNOWN_CODE)


def test_a_yes_in_the_body_of_an_error_is_no_yes() -> None:
    """errcode 0 with HTTP 500 is an error."""
    assert judge(500, "0", {"0": delivered()}).status is SendStatus.RETRY


def test_the_gateways_own_wait_is_kept() -> None:
    """Retry-After reaches the planner in milliseconds."""
    found = feishu.read(Answer(429, b'{"code": 99991400}', {"x-ogw-ratelimit-reset": "7"}))
    assert (found.reason, found.after_ms) == (Reason.THROTTLED, 7_000)


def test_a_named_invalid_member_is_no_success() -> None:
    """WeCom's errcode 0 with an invaliduser reached nobody."""
    found = wecom_app.read(Answer(200, b'{"errcode": 0, "invaliduser": "wx-1"}', {}))
    assert (found.status, found.reason) == (SendStatus.GIVE_UP, Reason.BAD_ADDRESS)
