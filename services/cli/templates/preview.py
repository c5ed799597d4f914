"""What a notice looks like on each channel: the text as it is sent, its length and parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.cli.templates.texts import say
from services.common.terms import Language, Level, NoticeColour, Tier
from services.notifier.domain.message import Form, SmsContent
from services.notifier.domain.notices import (
    DutyCounts,
    GapsAhead,
    NextAct,
    Notice,
    NoticeKind,
)
from services.notifier.domain.segments import segments, utf16_units
from services.notifier.domain.templates import NoticeTexts, TemplateBook, fill
from services.notifier.domain.wording import Surroundings, values_of
from services.notifier.service.composer import render

_AT_MS = 1_798_732_740_000


@dataclass(frozen=True, slots=True)
class Preview:
    """One channel's message. note: what is charged, and under which template; button: "" where there is none."""

    channel: str
    form: Form
    title: str
    text: str
    button: str
    note: str


@dataclass(frozen=True, slots=True)
class _Bare:
    """As much of a channel as a text depends on."""

    name: str
    form: Form


def previews(
    book: TemplateBook, notice: Notice, language: Language, link: str, forms: Mapping[str, Form]
) -> Iterator[Preview]:
    """The message of a notice on every channel, as `forms` names them."""
    texts = book.find(notice.kind, notice.colour, language, bool(notice.obligation))
    unit = "东瓜镇" if language is Language.ZH else "Donggua"
    values = values_of(notice, language, Surroundings(unit, link))
    for name, form in forms.items():
        yield _preview(book.limits.signature, texts, _Bare(name, form), values)


def sample_notice(kind: NoticeKind, colour: NoticeColour) -> Notice:
    """A made-up notice of no real case."""
    return Notice(
        notice_id="0b6f3c8e-7a51-5d2e-9f3d-1c2b3a4d5e6f",
        case_id="017-3f9a0c51d2e8",
        case_no="532301-7K3Q9D",
        subject_id="sample",
        kind=kind,
        colour=colour,
        serial_no="红督〔2026〕0012号" if colour else "",
        level=Level.YELLOW,
        tier=Tier.TOWNSHIP,
        recipient_id="sample",
        jurisdiction_code="532301001",
        act=NextAct.FIRST_VISIT,
        act_due_ms=_AT_MS,
        created_at_ms=_AT_MS,
        answer="acknowledged" if kind is NoticeKind.REPLY_ANSWER else "",
        counts=DutyCounts(12, 1, 2, 3, 1) if kind is NoticeKind.DIGEST else None,
        gaps=GapsAhead("owner", _AT_MS, 2) if kind is NoticeKind.ROSTER_OUTLOOK else None,
    )


def _preview(
    signature: str, texts: NoticeTexts, channel: _Bare, values: Mapping[str, str]
) -> Preview:
    content = render(texts, channel, values, signature)
    if content is None:
        note = say("preview.no_template")
        return Preview(channel.name, channel.form, "", "", "", note)
    if isinstance(content, SmsContent):
        spoken = channel.form is Form.VOICE and texts.sms.voice is not None
        words = texts.sms.voice.text if spoken and texts.sms.voice else signature + texts.sms.text
        text = fill(words, values)
        note = say("preview.template", id=content.template_id)
        note = note if spoken else f"{_length(text)} · {note}"
        return Preview(channel.name, channel.form, "", text, "", note)
    if channel.form is Form.SMS_TEXT:
        text = content.title + content.text
        return Preview(channel.name, channel.form, "", text, "", _length(text))
    return Preview(channel.name, channel.form, content.title, content.text, content.button, "")


def _length(text: str) -> str:
    return say("preview.parts", units=utf16_units(text), parts=segments(text))
