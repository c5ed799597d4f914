"""The vendors' own rate limits, with time as an argument."""

import pytest

from tests.simulators.behaviour import Limit, Mode, Windows
from tests.simulators.vendors.dingtalk import DingtalkRobot
from tests.simulators.vendors.feishu import FeishuRobot
from tests.simulators.vendors.wecom_app import WecomApp
from tests.simulators.vendors.wecom_robot import WecomRobot

KEY = ("gateway", "address")


def admitted(limits: tuple[Limit, ...], times: list[float]) -> list[bool]:
    windows = Windows()
    return [windows.admits(KEY, limits, moment) for moment in times]


def test_window_slides() -> None:
    """A place in the window is free again once the oldest message has left it."""
    limits = (Limit(2, 60.0),)
    assert admitted(limits, [0.0, 30.0, 59.0, 61.0, 62.0]) == [True, True, False, True, False]


def test_dingtalk_locks_for_ten_minutes() -> None:
    """Beyond twenty a minute the robot is silent for ten minutes, not for one."""
    times = [0.0] * 21 + [61.0, 599.0, 601.0]
    assert admitted(DingtalkRobot.limits, times) == [True] * 20 + [False, False, False, True]


def test_wecom_robot_forgives_after_a_minute() -> None:
    """The WeCom robot has no lock."""
    assert admitted(WecomRobot.limits, [0.0] * 21 + [61.0])[19:] == [True, False, True]


def test_feishu_has_two_limits() -> None:
    """Five a second, and a hundred a minute however evenly they are sent."""
    assert admitted(FeishuRobot.limits, [0.0] * 6 + [1.1])[4:] == [True, False, True]
    even = [number * 0.5 for number in range(101)]
    assert admitted(FeishuRobot.limits, even)[99:] == [True, False]


def test_addresses_do_not_share() -> None:
    """One address at its limit does not keep another from its message."""
    windows, limits = Windows(), (Limit(1, 60.0),)
    assert windows.admits(("gateway", "a"), limits, 0.0)
    assert windows.admits(("gateway", "b"), limits, 0.0)
    assert not windows.admits(("gateway", "a"), limits, 1.0)


@pytest.mark.parametrize(
    ("gateway", "mode"),
    [(WecomRobot(), Mode.THROTTLE), (FeishuRobot(), Mode.THROTTLE), (WecomApp(), Mode.DROPPED)],
)
def test_beyond_the_limit(gateway: WecomRobot | FeishuRobot | WecomApp, mode: Mode) -> None:
    """Robots refuse beyond their limit; the application says yes and shows nothing."""
    assert gateway.over_limit is mode
