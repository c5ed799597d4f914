"""Buttons on cards: pressing one is what the POST of the same message's link is, an acknowledgement handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from services.common import log
from services.common.clock import Clock
from services.common.crypto import Keys
from services.common.roster import Official, Roster
from services.common.terms import Language
from services.notifier.adapters.link_token import TokenFault, read_token
from services.notifier.domain.acts import ActKind
from services.notifier.domain.button_words import Pressed
from services.notifier.domain.notices import Notice
from services.notifier.domain.standing import Standing
from services.notifier.service.desk import Desk

_MOVED_ON = {Standing.TAKEN_OVER: Pressed.TAKEN_OVER, Standing.CLOSED: Pressed.CLOSED}
_log = log.get("buttons")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, the language of who pressed, and the cases it was about."""

    pressed: Pressed
    language: Language = Language.ZH
    case_nos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Buttons:
    """The key of a button is the token of the message's link: signed, of one recipient, and it ends."""

    keys: Keys
    roster: Roster
    desk: Desk
    clock: Clock

    async def press(self, key: str, via: str, is_presser: Callable[[Official], bool]) -> Answer:
        """Hand in the acknowledgement, if the vendor says that the notice's own recipient pressed."""
        link = read_token(self.keys, key, self.clock.now_ms())
        if isinstance(link, TokenFault):
            expired = link is TokenFault.EXPIRED
            return self._told(Answer(Pressed.EXPIRED if expired else Pressed.FORGED), via)
        notice = await self.desk.notice(link.lane, link.notice_id)
        if notice is None:
            return self._told(Answer(Pressed.LATER), via)
        official = self.roster.get(notice.recipient_id)
        if official is None or not is_presser(official):
            return self._told(Answer(Pressed.FORGED), via)
        pressed = await self._hand_in(notice, via)
        return self._told(Answer(pressed, official.language, notice.case_nos), via)

    async def _hand_in(self, notice: Notice, via: str) -> Pressed:
        moved_on = _MOVED_ON.get(await self.desk.standing(notice))
        if moved_on is not None:
            return moved_on
        try:
            await self.desk.hand_in(notice, ActKind.ACKNOWLEDGE, via)
        except KafkaError as error:
            _log.warning("act.not_written", error=type(error).__name__)
            return Pressed.LATER
        return Pressed.ACKNOWLEDGED

    @staticmethod
    def _told(answer: Answer, via: str) -> Answer:
        _log.info("button.pressed", via=via, reason=answer.pressed.value)
        return answer
