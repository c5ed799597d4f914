"""The texts of all notices: looked up by kind, colour and language, checked before the first message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.common.terms import Language, NoticeColour
from services.notifier.domain.message import Form, SmsContent, TextContent
from services.notifier.domain.notices import NoticeKind
from services.notifier.domain.privacy import personal
from services.notifier.domain.segments import segments, utf16_units
from services.notifier.domain.wording import VARIABLES, longest_values

_HOLE = re.compile(r"\{([^{}]*)\}")
Wording = Mapping[str, str]
TextKey = tuple[NoticeKind, NoticeColour, Language]
# What an obligation is told with words of its own, for a level has no place in them.
OF_OBLIGATIONS = (
    NoticeKind.DUTY_ASSIGNED,
    NoticeKind.SUPERVISION,
    NoticeKind.TAKEN_OVER,
    NoticeKind.ROSTER_GAP,
)


class TemplateWrong(ValueError):
    """A text that must not be used; says where, what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class ProviderTemplate:
    """A text as one provider approved it: its id, and the provider's parameter to our variable."""

    template_id: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """One SMS text in one language, its ids by channel, and what is read out when the person is called instead."""

    text: str
    by_channel: Mapping[str, ProviderTemplate]
    voice: SmsTemplate | None = None


@dataclass(frozen=True, slots=True)
class NoticeTexts:
    """All forms of one notice in one language."""

    sms: SmsTemplate
    title: str
    text: str
    button: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class TemplateLimits:
    """What keeps an SMS short: longest free values in characters, most parts, the SMS signature."""

    longest: Mapping[str, int]
    max_segments: int
    signature: str
    max_value_by_channel: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateBook:
    """Every text; key: (kind, colour, language), colour NONE for all colours."""

    texts: Mapping[TextKey, NoticeTexts]
    limits: TemplateLimits
    # The texts for obligations, which have no level; what is not here is told with `texts`.
    of_obligations: Mapping[TextKey, NoticeTexts] = field(default_factory=dict)
    # Written by who keeps the page; goes up with each change.
    version: str = ""

    def find(
        self, kind: NoticeKind, colour: NoticeColour, language: Language, obligation: bool = False
    ) -> NoticeTexts:
        """The texts for a notice: an obligation's own, and of its colour, when there are any, else of its kind."""
        plain = (kind, NoticeColour.NONE, language)
        for texts in (self.of_obligations, self.texts) if obligation else (self.texts,):
            found = texts.get((kind, colour, language)) or texts.get(plain)
            if found is not None:
                return found
        raise KeyError(plain)


def render_text(texts: NoticeTexts, form: Form, values: Wording) -> TextContent:
    """The title and text of an IM message, a mail or a data message."""
    title, text = (texts.subject, texts.body) if form is Form.MAIL else (texts.title, texts.text)
    facts = dict(values) if form is Form.DATA else {}
    return TextContent(fill(title, values), fill(text, values), values["link"], texts.button, facts)


def render_sms(texts: NoticeTexts, channel: str, values: Wording) -> SmsContent | None:
    """The template id and values for one SMS channel; None when it has no approved template."""
    return _of_provider(texts.sms, channel, values)


def render_voice(texts: NoticeTexts, channel: str, values: Wording) -> SmsContent | None:
    """The spoken template for one voice channel; None when it has no approved template."""
    return _of_provider(texts.sms.voice, channel, values) if texts.sms.voice else None


def render_sms_text(texts: NoticeTexts, signature: str, values: Wording) -> TextContent:
    """The words of an SMS for a channel that needs no approved template; the signature is the title."""
    return TextContent(signature, fill(texts.sms.text, values))


def charged(texts: NoticeTexts, form: Form, signature: str, values: Wording) -> int:
    """What a carrier charges for a message: the parts of an SMS, 1 for a call, 0 for what costs nothing by piece."""
    if form in (Form.SMS, Form.SMS_TEXT):
        return segments(signature + fill(texts.sms.text, values))
    return 1 if form is Form.VOICE else 0


def _of_provider(sms: SmsTemplate, channel: str, values: Wording) -> SmsContent | None:
    provider = sms.by_channel.get(channel)
    if provider is None:
        return None
    return SmsContent(
        provider.template_id, {name: values[variable] for name, variable in provider.parameters}
    )


def fill(text: str, values: Wording) -> str:
    """The text with its variables filled in."""
    return _HOLE.sub(lambda hole: values[hole.group(1)], text)


def check(book: TemplateBook, link_units: int) -> None:
    """TemplateWrong on the first text that is incomplete, too long, or could carry personal data."""
    longest = longest_values(book.limits.longest, link_units)
    _check_complete("notices", book.texts, tuple(NoticeKind))
    _check_complete("obligations", book.of_obligations, OF_OBLIGATIONS)
    both = [*book.texts.items(), *book.of_obligations.items()]
    for (kind, colour, language), texts in both:
        place = f"{kind.name.lower()}.{colour.name.lower()}.{language.name.lower()}"
        for part, text in _parts(texts):
            _check_text(f"{place}.{part}", text)
        _check_sms(f"{place}.sms", texts.sms, book.limits, longest[language])
        if texts.sms.voice is not None:
            _check_voice(f"{place}.sms.voice", texts.sms.voice, book.limits, longest[language])


def _check_complete(
    section: str, texts: Mapping[TextKey, NoticeTexts], kinds: tuple[NoticeKind, ...]
) -> None:
    for kind in kinds:
        for language in (Language.ZH, Language.EN):
            if (kind, NoticeColour.NONE, language) not in texts:
                place = f"{section}.{kind.name.lower()}.{language.name.lower()}"
                raise TemplateWrong(f"{place}: no text")


def _parts(texts: NoticeTexts) -> Iterator[tuple[str, str]]:
    yield "sms", texts.sms.text
    for part in ("title", "text", "button", "subject", "body"):
        yield part, getattr(texts, part)


def _check_text(place: str, text: str) -> None:
    if not text.strip():
        raise TemplateWrong(f"{place}: empty")
    for name in _HOLE.findall(text):
        if name not in VARIABLES:
            raise TemplateWrong(
                f"{place}: unknown variable {{{name}}}; allowed: {', '.join(VARIABLES)}"
            )
    if what := personal(text):
        raise TemplateWrong(f"{place}: looks like {what}; no text may carry one")


def _check_sms(place: str, sms: SmsTemplate, limits: TemplateLimits, longest: Wording) -> None:
    parts = segments(limits.signature + fill(sms.text, longest))
    if parts > limits.max_segments:
        raise TemplateWrong(
            f"{place}: {parts} parts with the longest values; allowed: {limits.max_segments}"
        )
    _check_parameters(place, sms, limits, longest)


def _check_voice(place: str, voice: SmsTemplate, limits: TemplateLimits, longest: Wording) -> None:
    _check_text(place, voice.text)
    if "link" in _HOLE.findall(voice.text):
        raise TemplateWrong(f"{place}: {{link}} cannot be read out")
    _check_parameters(place, voice, limits, longest)


def _check_parameters(
    place: str, sms: SmsTemplate, limits: TemplateLimits, longest: Wording
) -> None:
    used = set(_HOLE.findall(sms.text))
    for channel, provider in sms.by_channel.items():
        given = {variable for _, variable in provider.parameters}
        if given != used:
            raise TemplateWrong(
                f"{place}.{channel}: parameters give {sorted(given)}, the text uses {sorted(used)}"
            )
        _check_values(
            f"{place}.{channel}", given, limits.max_value_by_channel.get(channel), longest
        )


def _check_values(place: str, given: set[str], limit: int | None, longest: Wording) -> None:
    for variable in sorted(given):
        units = utf16_units(longest[variable])
        if limit and units > limit:
            raise TemplateWrong(
                f"{place}: {variable} can have {units} characters; the provider allows {limit}"
            )
