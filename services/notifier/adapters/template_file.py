"""Reads deploy/templates/*.yaml into frozen objects; an unknown key is refused with file, path and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from services.common.terms import Language, NoticeColour
from services.notifier.domain.guard import GuardPolicy
from services.notifier.domain.notices import NoticeKind
from services.notifier.domain.templates import (
    NoticeTexts,
    ProviderTemplate,
    SmsTemplate,
    TemplateBook,
    TemplateLimits,
    TemplateWrong,
    check,
)
from services.notifier.domain.wording import VARIABLES

# How each platform names its parameters.
_SMS = {"aliyun_sms": "names", "tencent_sms": "order", "huawei_sms": "order"}
_VOICE = {"aliyun_voice": "names", "tencent_voice": "order"}
_ALWAYS = ("text", "aliyun_sms", "tencent_sms")
_LOCK_PARTS = 3
_GUARD = ("storm_per_hour", "tests_per_hour", "look_every_s", "looks_most")
_LANGUAGES = {"zh": Language.ZH, "en": Language.EN}
_FREE = tuple(name for name in VARIABLES if name in ("case_no", "serial_no", "unit", "matter"))


def load_templates(path: Path, link_units: int) -> TemplateBook:
    """All texts, checked with links of the given length; TemplateWrong names file and path."""
    try:
        book = _book(mapping_at(yaml.safe_load(path.read_text(encoding="utf-8")), "file"))
        check(book, link_units)
    except TemplateWrong as wrong:
        raise TemplateWrong(f"{path}: {wrong}") from None
    return book


def read_lock(path: Path) -> dict[tuple[str, str], str]:
    """Digests of approved texts by channel and template id; empty without a file. TemplateWrong names a bad line."""
    if not path.exists():
        return {}
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("#"):
            parts = line.split("\t")
            if len(parts) != _LOCK_PARTS:
                raise TemplateWrong(f"{path}:{number}: must be channel, id and digest, by tabs")
            found[(parts[0], parts[1])] = parts[2]
    return found


def write_lock(path: Path, digests: Mapping[tuple[str, str], str]) -> None:
    """Write the digests, one a line, sorted."""
    lines = ["# Written by: sanse templates lock. Texts as the platforms approved them."]
    lines += [f"{channel}\t{one}\t{digest}" for (channel, one), digest in sorted(digests.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_guard(path: Path) -> GuardPolicy:
    """When messages wait for a second person; TemplateWrong names file and path."""
    try:
        content = mapping_at(yaml.safe_load(path.read_text(encoding="utf-8")), "file")
        keys_are(content, _GUARD, "file")
        for name in _GUARD:
            least = 0 if name == "storm_per_hour" else 1
            if not isinstance(content[name], int) or content[name] < least:
                raise TemplateWrong(f"{name}: must be a whole number of {least} or more")
    except TemplateWrong as wrong:
        raise TemplateWrong(f"{path}: {wrong}") from None
    return GuardPolicy(
        storm_per_hour=content["storm_per_hour"],
        tests_per_hour=content["tests_per_hour"],
        look_every_ms=content["look_every_s"] * 1000,
        looks_most=content["looks_most"],
    )


def _book(content: Mapping[str, Any]) -> TemplateBook:
    keys_are(
        content,
        (
            "version",
            "signature",
            "max_segments",
            "longest",
            "max_value",
            "sms",
            "notices",
            "obligations",
        ),
        "file",
    )
    longest = mapping_at(content["longest"], "longest")
    keys_are(longest, _FREE, "longest")
    limits = TemplateLimits(
        longest={name: int(limit) for name, limit in longest.items()},
        max_segments=int(content["max_segments"]),
        signature=str(content["signature"]),
        max_value_by_channel=mapping_at(content["max_value"], "max_value"),
    )
    sms = {
        name: _sms_languages(entry, f"sms.{name}")
        for name, entry in mapping_at(content["sms"], "sms").items()
    }
    notices = _all_texts(mapping_at(content["notices"], "notices"), sms)
    of_obligations = _all_texts(mapping_at(content["obligations"], "obligations"), sms)
    return TemplateBook(notices, limits, of_obligations, str(content["version"]))


def _all_texts(
    notices: Mapping[str, Any], sms: Mapping[str, Mapping[Language, SmsTemplate]]
) -> dict[tuple[NoticeKind, NoticeColour, Language], NoticeTexts]:
    texts = {}
    for key, entry in notices.items():
        kind, colour = _kind_and_colour(key)
        by_language = mapping_at(entry, f"notices.{key}")
        keys_are(by_language, tuple(_LANGUAGES), f"notices.{key}")
        for code, forms in by_language.items():
            place, language = f"notices.{key}.{code}", _LANGUAGES[code]
            texts[(kind, colour, language)] = _texts(mapping_at(forms, place), place, language, sms)
    return texts


def _kind_and_colour(key: str) -> tuple[NoticeKind, NoticeColour]:
    kind, _, colour = key.partition(".")
    keys_are({kind: None}, [item.name.lower() for item in NoticeKind], "notices", complete=False)
    if not colour:
        return NoticeKind[kind.upper()], NoticeColour.NONE
    allowed = [item.name.lower() for item in NoticeColour if item]
    keys_are({colour: None}, allowed, f"notices.{kind}", complete=False)
    return NoticeKind[kind.upper()], NoticeColour[colour.upper()]


def _texts(
    forms: Mapping[str, Any],
    place: str,
    language: Language,
    sms: Mapping[str, Mapping[Language, SmsTemplate]],
) -> NoticeTexts:
    keys_are(forms, ("sms", "title", "text", "button", "subject", "body"), place)
    name = str(forms["sms"])
    keys_are({name: None}, list(sms), f"{place}.sms", complete=False)
    texts = {part: str(text).strip() for part, text in forms.items() if part != "sms"}
    return NoticeTexts(sms=sms[name][language], **texts)


def _sms_languages(entry: Any, place: str) -> dict[Language, SmsTemplate]:
    by_language = mapping_at(entry, place)
    keys_are(by_language, tuple(_LANGUAGES), place)
    return {
        _LANGUAGES[code]: _sms(mapping_at(sms, f"{place}.{code}"), f"{place}.{code}")
        for code, sms in by_language.items()
    }


def _sms(entry: Mapping[str, Any], place: str) -> SmsTemplate:
    """aliyun_sms and tencent_sms must be there; other platforms, and a spoken text, where they are used."""
    keys_are(entry, ("text", *_SMS, "voice"), place, complete=False)
    keys_are(entry.keys() & _ALWAYS, _ALWAYS, place)
    voice = mapping_at(entry["voice"], f"{place}.voice") if "voice" in entry else None
    return SmsTemplate(
        text=str(entry["text"]).strip(),
        by_channel=_by_channel(entry, _SMS, place),
        voice=_voice(voice, f"{place}.voice") if voice is not None else None,
    )


def _voice(entry: Mapping[str, Any], place: str) -> SmsTemplate:
    keys_are(entry, ("text", *_VOICE), place, complete=False)
    keys_are(entry.keys() & {"text"}, ("text",), place)
    return SmsTemplate(str(entry["text"]).strip(), _by_channel(entry, _VOICE, place))


def _by_channel(
    entry: Mapping[str, Any], forms: Mapping[str, str], place: str
) -> dict[str, ProviderTemplate]:
    """Each platform's id, and its parameters: by name, or by place."""
    found = {}
    for channel, form in forms.items():
        if channel in entry:
            given = mapping_at(entry[channel], f"{place}.{channel}")
            keys_are(given, ("id", form), f"{place}.{channel}")
            found[channel] = ProviderTemplate(str(given["id"]), _parameters(given, form))
    return found


def _parameters(given: Mapping[str, Any], form: str) -> tuple[tuple[str, str], ...]:
    if form == "names":
        return tuple((str(name), str(ours)) for name, ours in given["names"].items())
    return tuple((str(n), str(ours)) for n, ours in enumerate(given["order"], 1))


def mapping_at(value: Any, place: str) -> Mapping[str, Any]:
    """The value as a mapping; TemplateWrong names the place of one that is none."""
    if not isinstance(value, Mapping):
        raise TemplateWrong(f"{place}: must be a mapping, is {type(value).__name__}")
    return value


def keys_are(
    given: Iterable[str], allowed: Sequence[str], place: str, *, complete: bool = True
) -> None:
    """Refuse unknown keys; with `complete`, missing ones as well."""
    named = list(given)
    unknown = [key for key in named if key not in allowed]
    missing = [key for key in allowed if key not in named] if complete else []
    if unknown or missing:
        what = f"unknown {unknown[0]!r}" if unknown else f"{missing[0]!r} is missing"
        raise TemplateWrong(f"{place}: {what}; allowed: {', '.join(allowed)}")
