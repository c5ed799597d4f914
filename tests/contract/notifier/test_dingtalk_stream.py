"""The stream on which DingTalk brings presses: made anew when lost, answered only for what was carried out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.notifier.channels.callback import CallbackRefused, Press, Seal
from services.notifier.channels.dingtalk_card.client import DingtalkCard
from services.notifier.channels.dingtalk_card.frames import Verdict
from services.notifier.channels.dingtalk_card.stream import Taken
from tests.contract.notifier.rig import RIGS
from tests.simulators.client import Simulators


@dataclass
class Door:
    """Takes presses; `fails` times it cannot."""

    fails: int = 0
    refuses: bool = False
    seen: list[tuple[Seal, Press]] = field(default_factory=list)

    async def take(self, seal: Seal, press: Press) -> Taken:
        """Keep it, refuse it, or fail."""
        self.seen.append((seal, press))
        if self.refuses:
            raise CallbackRefused("forged_key")
        if len(self.seen) <= self.fails:
            raise OSError("the log is away")
        return Taken(Verdict.TAKEN, "已签收")


@pytest.fixture(autouse=True)
def fresh(simulators: Simulators) -> None:
    """No instruction from another test."""
    simulators.reset(everything=True)


@asynccontextmanager
async def hearing(simulators: Simulators, door: Door) -> AsyncIterator[None]:
    """The channel with its stream open."""
    channel = RIGS["dingtalk_card"].make(simulators)
    assert isinstance(channel, DingtalkCard)
    channel.hear(door.take)
    try:
        yield
    finally:
        await channel.close()


async def pressed(simulators: Simulators, **changes: Any) -> Any:
    """Somebody presses; the answer is waited for beside the stream's own loop."""
    return await asyncio.to_thread(lambda: simulators.press("ding-1", "key-1", **changes))


async def test_a_press_changes_its_card(simulators: Simulators) -> None:
    """Who pressed, which button and when arrive whole; the answer takes the button away and says what came of it."""
    door = Door()
    async with hearing(simulators, door):
        said = await pressed(simulators, message_id="m-1", at_ms=1_700_000_000_999)
    assert door.seen == [(Seal("m-1", "1700000000", ""), Press("ding-1", "key-1"))]
    card = said["data"]["response"]
    assert card["cardData"]["cardParamMap"] == {"button": "", "key": "", "status": "已签收"}
    assert (said["code"], said["tries"]) == (200, 1)


async def test_a_lost_stream_is_made_anew(simulators: Simulators) -> None:
    """Cut off twice: the next press comes over another connection."""
    door = Door()
    async with hearing(simulators, door):
        for _ in range(2):
            assert (await pressed(simulators))["code"] == 200
            assert simulators.stream("cut") == {"cut": 1}
        assert (await pressed(simulators))["code"] == 200
    assert len(door.seen) == 3


async def test_the_gateways_own_words_are_answered(simulators: Simulators) -> None:
    """A ping is given back, "disconnect" is followed by another connection, another topic is nobody's."""
    door = Door()
    async with hearing(simulators, door):
        other = await pressed(simulators, topic="/v1.0/im/bot/messages/get")
        ping = await asyncio.to_thread(lambda: simulators.stream("system", topic="ping"))
        left = await asyncio.to_thread(lambda: simulators.stream("system", topic="disconnect"))
        assert (await pressed(simulators))["code"] == 200
    assert (ping["code"], ping["data"]) == (200, {"opaque": "test"})
    assert (left["code"], other["code"]) == (200, 404)
    assert len(door.seen) == 1


async def test_what_was_not_taken_is_brought_again(simulators: Simulators) -> None:
    """The log is away twice: the gateway is told "later", and its third try is taken."""
    door = Door(fails=2)
    async with hearing(simulators, door):
        said = await pressed(simulators)
    assert (said["code"], said["tries"]) == (200, 3)


@pytest.mark.parametrize(
    "data", [None, [], {"userId": "ding-1", "content": "no JSON"}, {"content": "[]"}]
)
async def test_what_is_refused_changes_no_card(simulators: Simulators, data: object) -> None:
    """A forged press, and one that is none: answered so, once, and the card stays as it is."""
    async with hearing(simulators, Door(refuses=True)):
        said = await pressed(simulators, data=data)
    assert said == {"code": 400, "data": {}, "tries": 1}


async def test_a_gateway_that_is_away_is_asked_again(simulators: Simulators) -> None:
    """Nobody listens, then somebody does: nothing has to be done about it."""
    channel = RIGS["dingtalk_card"].make(replace(simulators, http="http://127.0.0.1:9"))
    assert isinstance(channel, DingtalkCard)
    channel.hear(Door().take)
    await asyncio.sleep(0)
    # Leaving in the middle of an attempt is quick and quiet.
    async with asyncio.timeout(2):
        await channel.close()
