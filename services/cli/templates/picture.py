"""Draws a message as a phone shows it: bubble, title, button; a PNG for those who approve texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from services.cli.evidence.fonts import Font
from services.cli.templates.preview import Preview

WIDTH = 480
_EDGE, _PAD, _LINE, _SIZE, _SMALL = 20, 16, 30, 20, 15
_PAPER, _BUBBLE, _INK, _GREY, _BLUE = "#f0f0f0", "#ffffff", "#111111", "#777777", "#1764c0"


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    size: int
    colour: str


def draw(preview: Preview, font: Font, heading: str, path: Path) -> None:
    """Write the picture; no line is cut, the bubble grows with the text."""
    fonts = {
        size: ImageFont.truetype(str(font.path), size, index=font.number)
        for size in (_SIZE, _SMALL)
    }
    rows = list(_rows(preview, fonts[_SIZE]))
    height = 3 * _EDGE + 2 * _PAD + _LINE * (len(rows) + 2)
    image = Image.new("RGB", (WIDTH, height), _PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((_EDGE, _EDGE), heading, fill=_GREY, font=fonts[_SMALL])
    top = _EDGE + _LINE
    bottom = top + 2 * _PAD + _LINE * len(rows)
    pen.rounded_rectangle((_EDGE, top, WIDTH - _EDGE, bottom), radius=12, fill=_BUBBLE)
    for number, row in enumerate(rows):
        at = (_EDGE + _PAD, top + _PAD + _LINE * number)
        pen.text(at, row.text, fill=row.colour, font=fonts[row.size])
    pen.text((_EDGE, bottom + _PAD), preview.note, fill=_GREY, font=fonts[_SMALL])
    image.save(path, "PNG")


def _rows(preview: Preview, font: ImageFont.FreeTypeFont) -> Iterator[_Row]:
    room = WIDTH - 2 * _EDGE - 2 * _PAD
    for line in _wrapped(preview.title, font, room):
        yield _Row(line, _SIZE, _BLUE)
    for paragraph in preview.text.splitlines():
        for line in _wrapped(paragraph, font, room):
            yield _Row(line, _SIZE, _INK)
    if preview.button:
        yield _Row(f"[ {preview.button} ]", _SIZE, _BLUE)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: int) -> Iterator[str]:
    """Broken between any two letters, as phones do with Chinese and long links."""
    line = ""
    for letter in text:
        if line and font.getlength(line + letter) > room:
            yield line
            line = ""
        line += letter
    if line:
        yield line
