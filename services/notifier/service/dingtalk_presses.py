"""The door for DingTalk, which has no address: presses come over the stream that we opened."""

from __future__ import annotations

from services.common.roster import Official
from services.notifier.channels.callback import Press, Seal
from services.notifier.channels.dingtalk_card.frames import Verdict
from services.notifier.channels.dingtalk_card.stream import Taken
from services.notifier.service.im_callbacks import Presses, shown_after

VIA = "dingtalk_card"


class DingtalkPresses:
    """What was carried out once is refused when brought again."""

    def __init__(self, presses: Presses) -> None:
        self._presses = presses

    async def take(self, seal: Seal, press: Press) -> Taken:
        """Act on a button; CallbackRefused when it is stale, replayed, forged or somebody else's."""
        answer = await self._presses.act(VIA, self._presses.check_fresh(seal), press, _id_of)
        if answer is None:
            return Taken(Verdict.LATER)
        return Taken(Verdict.TAKEN, shown_after(answer))


def _id_of(official: Official) -> str:
    return official.dingtalk_id
