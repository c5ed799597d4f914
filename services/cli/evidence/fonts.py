"""Finds fonts with Chinese letters: a Song for the text, a Hei for titles. Nothing is printed without them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_SHARE = Path("/usr/share/fonts")


@dataclass(frozen=True, slots=True)
class Font:
    """A font file, and which font of it when it holds several."""

    path: Path
    number: int = 0


# Debian: fonts-arphic-uming, fonts-noto-cjk; the first that is there serves. Number 2 of Noto is Simplified Chinese.
_TEXT = (
    Font(_SHARE / "truetype/arphic/uming.ttc"),
    Font(_SHARE / "opentype/noto/NotoSerifCJK-Regular.ttc", 2),
)
# Debian: fonts-wqy-zenhei, fonts-noto-cjk.
_TITLE = (
    Font(_SHARE / "truetype/wqy/wqy-zenhei.ttc"),
    Font(_SHARE / "opentype/noto/NotoSansCJK-Bold.ttc", 2),
)
PACKAGES = "fonts-arphic-uming fonts-wqy-zenhei"


class FontMissing(LookupError):
    """No font with Chinese letters is installed."""


class LettersMissing(ValueError):
    """Letters that no font at hand has; they would print as boxes."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts of a print."""

    text: Font
    title: Font


def find_fonts(chosen: Path | None) -> Fonts:
    """The font chosen by the settings for all, else what is installed; one serves for both when it must."""
    if chosen is not None:
        if not chosen.exists():
            raise FontMissing(str(chosen))
        return Fonts(Font(chosen), Font(chosen))
    text, title = _first(_TEXT), _first(_TITLE)
    if text is None and title is None:
        raise FontMissing(PACKAGES)
    return Fonts(text or title or _TEXT[0], title or text or _TITLE[0])


def _first(fonts: tuple[Font, ...]) -> Font | None:
    return next((font for font in fonts if font.path.exists()), None)
