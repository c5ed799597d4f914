"""A text that a platform approved under an id stays as it was approved: changed words need a new id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

from services.notifier.domain.templates import SmsTemplate, TemplateBook


def fingerprints(book: TemplateBook) -> dict[tuple[str, str], set[str]]:
    """By channel and template id: a digest of the words and parameters; more than one is a contradiction."""
    found: dict[tuple[str, str], set[str]] = {}
    for sms in _templates(book):
        for channel, provider in sms.by_channel.items():
            words = repr((sms.text, provider.parameters))
            digest = sha256(words.encode()).hexdigest()
            found.setdefault((channel, provider.template_id), set()).add(digest)
    return found


def contradictions(book: TemplateBook, locked: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """What is wrong, in words: one id for two texts, or for a text that is not the one that was approved."""
    for (channel, template_id), digests in sorted(fingerprints(book).items()):
        place = f"sms.*.{channel} id {template_id}"
        if len(digests) > 1:
            yield f"{place}: stands for two different texts; give each its own id"
        elif locked.get((channel, template_id), *digests) not in digests:
            yield f"{place}: the text changed since it was approved; file it anew and put its new id"


def _templates(book: TemplateBook) -> Iterator[SmsTemplate]:
    for texts in (*book.texts.values(), *book.of_obligations.values()):
        yield texts.sms
        if texts.sms.voice is not None:
            yield texts.sms.voice
