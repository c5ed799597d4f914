"""Reads deploy/templates/receipts.yaml: what the codes in each channel's receipts mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from services.notifier.adapters.template_file import keys_are, mapping_at
from services.notifier.domain.receipt_words import WORDS, ReceiptWords
from services.notifier.domain.results import Reason
from services.notifier.domain.templates import TemplateWrong


def load_words(path: Path) -> ReceiptWords:
    """The words of all channels; TemplateWrong names file, path and what is allowed."""
    try:
        return _words(mapping_at(yaml.safe_load(path.read_text(encoding="utf-8")), "file"))
    except TemplateWrong as wrong:
        raise TemplateWrong(f"{path}: {wrong}") from None


def _words(content: Mapping[str, Any]) -> ReceiptWords:
    keys_are(content, ("carriers", "channels"), "file")
    carriers = mapping_at(content["carriers"], "carriers")
    keys_are(carriers, ("sources", "codes"), "carriers")
    common = _codes(carriers, "carriers")
    by_channel = {}
    for channel, entry in mapping_at(content["channels"], "channels").items():
        place = f"channels.{channel}"
        keys_are(mapping_at(entry, place), ("sources", "carriers", "codes"), place)
        own = _codes(entry, place)
        by_channel[str(channel)] = {**common, **own} if entry["carriers"] is True else own
    return ReceiptWords(by_channel)


def _codes(entry: Mapping[str, Any], place: str) -> Mapping[str, Reason]:
    """Word by code; a table that does not say where it is from is refused."""
    if not entry["sources"]:
        raise TemplateWrong(f"{place}.sources: must name where the codes are published")
    allowed = {word.value: word for word in WORDS}
    codes = mapping_at(entry["codes"], f"{place}.codes")
    for code, word in codes.items():
        if not isinstance(code, str):
            raise TemplateWrong(f"{place}.codes.{code}: must be in quotes")
        keys_are([str(word)], tuple(allowed), f"{place}.codes.{code}", complete=False)
    return {code.upper(): allowed[word] for code, word in codes.items()}
