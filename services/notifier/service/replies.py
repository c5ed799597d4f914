"""Acts on SMS replies: 1 acknowledges, 2 records an arrival, 3 asks for support; answers where an answer is owed.

What a reply means is settled in Redis before anything follows from it, and every effect has an id derived from
it: a reply brought twice, or by two workers, or again after a crash in the middle, is one reply.
"""

from __future__ import annotations

from services.common import log
from services.common.clock import Clock
from services.common.crypto import Keys
from services.common.duty.person_rules import devices
from services.common.failpoint import passing
from services.common.ids import derived_id
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.roster import Official, Roster
from services.common.terms import Level, NoticeColour, Tier
from services.common.topics import Topic
from services.notifier.adapters import codec
from services.notifier.adapters.buckets import Buckets
from services.notifier.adapters.codec import ReplyTaken
from services.notifier.adapters.metrics import REPLIES
from services.notifier.adapters.once import KEPT_S, Once
from services.notifier.adapters.sms_callbacks import ReplyNews
from services.notifier.domain.acts import ActKind, CaseRef, act_on
from services.notifier.domain.notices import NextAct, Notice, NoticeKind
from services.notifier.domain.replies import (
    LISTED_MOST,
    Meant,
    ReplyOutcome,
    choose,
    read_reply,
    waiting,
    wants_answer,
)
from services.notifier.service.desk import Desk

VIA = "sms_reply"
# Somebody's automatic answer must not be answered for ever.
ANSWERS_AN_HOUR = 6
# Half of what is remembered: an older reply could be one that was brought before.
_OLDEST_MS = KEPT_S * 500
_PURPOSE = "reply"
_KINDS = {
    ReplyOutcome.ACKNOWLEDGED: ActKind.ACKNOWLEDGE,
    ReplyOutcome.VISIT_RECORDED: ActKind.VISIT,
    ReplyOutcome.SUPPORT_ASKED: ActKind.ASK_SUPPORT,
}
_log = log.get("replies")


class Replies:
    """Finds the official by mobile, and the case by what was told last. `wall` is real time, as the vendors' is."""

    def __init__(
        self,
        *,
        roster: Roster,
        desk: Desk,
        producer: LaneProducer,
        once: Once,
        buckets: Buckets,
        keys: Keys,
        clock: Clock,
        wall: Clock,
    ) -> None:
        self._desk = desk
        self._producer = producer
        self._once = once
        self._buckets = buckets
        self._keys = keys
        self._clock = clock
        self._wall = wall
        self._by_mobile = {
            mobile: official
            for official in roster.officials().values()
            for mobile in devices(official.mobile)
        }

    async def take(self, channel: str, news: ReplyNews) -> ReplyOutcome | None:
        """Act on one reply; None when it was acted on before. Neither number nor text is logged."""
        # Signed, not only hashed: some vendors' ids are made of the number itself.
        reply_id = derived_id(_PURPOSE, self._keys.sign(f"{channel}\0{news.reply_id}".encode()))
        meaning = await self._once.known(reply_id) or await self._settle(channel, reply_id, news)
        if meaning is None:
            _log.info("reply.repeated", channel=channel)
            return None
        reply = codec.read_replies(meaning)[0]
        outcome = ReplyOutcome(reply.outcome)
        passing("before_reply")
        await self._carry_out(reply, outcome)
        passing("after_reply")
        await self._once.done(reply_id)
        REPLIES.labels(channel, outcome.value).inc()
        _log.info("reply.taken", channel=channel, reason=outcome.value, case_id=reply.case_id)
        return outcome

    async def _settle(self, channel: str, reply_id: str, news: ReplyNews) -> bytes | None:
        if await self._once.is_done(reply_id):
            return None
        official = self._by_mobile.get(news.mobile)
        meant = await self._meant(official, news)
        reply = self._reply(channel, reply_id, news, official, meant)
        return await self._once.means(reply_id, codec.reply_batch(_lane(meant.notice), reply))

    async def _meant(self, official: Official | None, news: ReplyNews) -> Meant:
        if news.at_ms and self._wall.now_ms() - news.at_ms > _OLDEST_MS:
            return Meant(ReplyOutcome.TOO_OLD)
        if official is None:
            return Meant(ReplyOutcome.UNKNOWN_NUMBER)
        asked = read_reply(news.text)
        if asked is None:
            return Meant(ReplyOutcome.UNKNOWN_TEXT)
        return choose(asked, await self._desk.told(official.official_id))

    def _reply(
        self,
        channel: str,
        reply_id: str,
        news: ReplyNews,
        official: Official | None,
        meant: Meant,
    ) -> ReplyTaken:
        """The reply as it is kept: words sealed; the number too, when it is nobody's."""
        official_id = official.official_id if official else ""
        notice, at_ms = meant.notice, self._clock.now_ms()
        kind = _KINDS.get(meant.outcome)
        act = act_on(_ref(notice), kind, official_id, at_ms, VIA) if notice and kind else None
        number = "" if official else news.mobile
        return ReplyTaken(
            reply_id=reply_id,
            channel=channel,
            official_id=official_id,
            outcome=meant.outcome.value,
            at_ms=at_ms,
            case_id=notice.case_id if notice else "",
            notice_id=notice.notice_id if notice else "",
            command_id=act.command_id if act else "",
            text=codec.sealed_bytes(self._keys.seal(_PURPOSE, reply_id, news.text)),
            number=codec.sealed_bytes(self._keys.seal(_PURPOSE, reply_id, number)),
        )

    async def _carry_out(self, reply: ReplyTaken, outcome: ReplyOutcome) -> None:
        """The command first, then the record, then the answer: each safe to write twice."""
        told = await self._desk.told(reply.official_id) if reply.official_id else []
        notice = next((t.notice for t in told if t.notice.notice_id == reply.notice_id), None)
        if notice is None and reply.notice_id:
            notice = await self._desk.find(reply.notice_id)
        if outcome.done and notice is not None:
            await self._desk.hand_in(notice, _KINDS[outcome], VIA, at_ms=reply.at_ms)
        lane = _lane(notice)
        records = [(lane, Outgoing(Topic.DELIVERIES, codec.reply_batch(lane, reply)))]
        others = waiting(told, notice)
        if wants_answer(outcome, others) and await self._may_answer(reply):
            answer = _answer(reply, notice, others)
            lane = lane_of(answer.subject_id)
            records.append((lane, Outgoing(Topic.NOTICES, codec.notice_batch(lane, answer))))
        await self._producer.send(records)

    async def _may_answer(self, reply: ReplyTaken) -> bool:
        return await self._buckets.admits(f"answers:{reply.official_id}", ANSWERS_AN_HOUR)


def _answer(reply: ReplyTaken, notice: Notice | None, others: list[str]) -> Notice:
    """The message that says what became of the reply; it goes back the way the reply came."""
    return Notice(
        notice_id=derived_id("answer", reply.reply_id),
        case_id=notice.case_id if notice else "",
        case_no=notice.case_no if notice else "",
        subject_id=notice.subject_id if notice else reply.official_id,
        kind=NoticeKind.REPLY_ANSWER,
        colour=NoticeColour.NONE,
        serial_no="",
        level=notice.level if notice else Level.NONE,
        tier=notice.tier if notice else Tier.NONE,
        recipient_id=reply.official_id,
        jurisdiction_code=notice.jurisdiction_code if notice else "",
        act=NextAct.NONE,
        act_due_ms=0,
        created_at_ms=reply.at_ms,
        answer=reply.outcome,
        waiting_case_nos=tuple(others[:LISTED_MOST]),
        others_waiting=len(others),
        only_channel=reply.channel,
    )


def _ref(notice: Notice) -> CaseRef:
    return CaseRef(notice.notice_id, notice.case_id, notice.subject_id, notice.created_at_ms)


def _lane(notice: Notice | None) -> int:
    """Replies about no case are kept in lane 0."""
    return lane_of(notice.subject_id) if notice else 0
