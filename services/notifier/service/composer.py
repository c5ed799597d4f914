"""Composes the message of one attempt: the channel's form, the recipient's language, and the link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.common.crypto import Keys
from services.common.divisions import Divisions
from services.common.duty.person_rules import devices
from services.common.lanes import lane_of
from services.common.obligation_catalogue import KindOutline
from services.common.roster import Official
from services.common.terms import Language
from services.notifier.adapters.link_token import TOKEN_LETTERS, Link, write_token
from services.notifier.domain.message import (
    Address,
    Carrier,
    Channel,
    Form,
    Message,
    SmsContent,
    TextContent,
)
from services.notifier.domain.notices import MORNINGS, NextAct, Notice, NoticeKind
from services.notifier.domain.templates import (
    NoticeTexts,
    TemplateBook,
    charged,
    render_sms,
    render_sms_text,
    render_text,
    render_voice,
)
from services.notifier.domain.wording import Surroundings, values_of

_ADDRESSES = ("mobile", "wecom_id", "email", "dingtalk_id", "feishu_id")
_SOME_MATTER = {Language.ZH: "限期办理", Language.EN: "Dated duty"}


def link_units(public_url: str) -> int:
    """The length of every link in an SMS, for the check at load."""
    return len(f"{public_url}/a/") + TOKEN_LETTERS


def addresses_of(official: Official, notice: Notice) -> list[Address]:
    """How the official is reached about a place: for the first device, the second, and so on; at least one."""
    given = {name: devices(getattr(official, name)) for name in _ADDRESSES}
    return [
        Address(
            official_id=official.official_id,
            jurisdiction_code=notice.jurisdiction_code or official.jurisdiction_code,
            **{name: all_of[n] if n < len(all_of) else "" for name, all_of in given.items()},
        )
        for n in range(max(1, *map(len, given.values())))
    ]


def render(
    texts: NoticeTexts, channel: Carrier, values: Mapping[str, str], signature: str
) -> SmsContent | TextContent | None:
    """The content in the channel's form; None when an SMS has no approved template there."""
    if channel.form is Form.SMS_TEXT:
        return render_sms_text(texts, signature, values)
    if channel.form is Form.SMS:
        return render_sms(texts, channel.name, values)
    if channel.form is Form.VOICE:
        return render_voice(texts, channel.name, values)
    return render_text(texts, channel.form, values)


def with_all_cases(content: TextContent, notice: Notice) -> TextContent:
    """Where there is room, a message about several cases names them all, and a digest the pressing ones."""
    named = " ".join(notice.case_nos)
    if not named or (len(notice.case_nos) == 1 and notice.kind is not NoticeKind.DIGEST):
        return content
    return replace(content, text=f"{content.text}\n{named}")


def matter_word(kinds: Mapping[str, KindOutline], obligation: str, language: Language) -> str:
    """The title of a kind of obligation; where its file is gone, a word that fits all."""
    if not obligation:
        return ""
    kind = kinds.get(obligation)
    return kind.title[language] if kind else _SOME_MATTER[language]


@dataclass(frozen=True, slots=True)
class Composer:
    """Templates, keys and names in one place."""

    book: TemplateBook
    keys: Keys
    divisions: Divisions
    public_url: str
    link_valid_ms: int
    # Titles of the kinds of obligation, by id.
    kinds: Mapping[str, KindOutline] = field(default_factory=dict)

    def compose(
        self,
        notice: Notice,
        official: Official,
        channel: Channel,
        check_duplicates: bool,
        device: int = 0,
    ) -> Message | None:
        """The message to one of the official's devices; None when the channel has no approved text for it."""
        language = Language.EN if official.language is Language.EN else Language.ZH
        # Where a person saw a risk in it, it has a level, and the words of one.
        plain = bool(notice.obligation) and not notice.level
        texts = self.book.find(notice.kind, notice.colour, language, plain)
        token = self._token(notice)
        link = self._link(notice, channel.form, token)
        matter = matter_word(self.kinds, notice.obligation, language)
        around = Surroundings(self._unit(notice.jurisdiction_code), link, matter)
        values = values_of(notice, language, around)
        content = render(texts, channel, values, self.book.limits.signature)
        if content is None:
            return None
        if isinstance(content, TextContent) and channel.form is not Form.SMS_TEXT:
            content = with_all_cases(content, notice)
        address = addresses_of(official, notice)[device]
        key = token if notice.act is NextAct.ACKNOWLEDGE else ""
        parts = charged(texts, channel.form, self.book.limits.signature, values)
        return Message(
            notice.notice_id, language, address, content, check_duplicates, segments=parts, key=key
        )

    def _token(self, notice: Notice) -> str:
        """Expiry counts from the notice, not from the attempt: every attempt shows the same link."""
        if notice.kind in MORNINGS | {NoticeKind.REPLY_ANSWER}:
            return ""
        expires = notice.created_at_ms + self.link_valid_ms
        return write_token(self.keys, Link(lane_of(notice.subject_id), notice.notice_id, expires))

    def _link(self, notice: Notice, form: Form, token: str) -> str:
        # Without a page there are still buttons that come over a stream.
        if not token or not self.public_url:
            return ""
        url = f"{self.public_url}/a/{token}"
        # Where length costs nothing, the notice's own id helps to reconcile what was sent.
        return url if form in (Form.SMS, Form.SMS_TEXT) else f"{url}?notice={notice.notice_id}"

    def _unit(self, jurisdiction_code: str) -> str:
        """The unit's name, cut where the SMS limit ends; a grid goes by its village."""
        name = self.divisions.name(jurisdiction_code[:12])
        longest = self.book.limits.longest["unit"]
        return name if len(name) <= longest else f"{name[: longest - 1]}…"
