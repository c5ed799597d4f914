"""An A4 page in the manner of official documents (GB/T 9704): margins, sizes, page numbers; deterministic bytes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, WrapMode
from fpdf.fonts import FontFace

from services.cli.evidence.fonts import Fonts, LettersMissing
from services.cli.texts import english

# Margins of GB/T 9704 in mm: top 37, bottom 35, left 28, right 26. Sizes in points: 二号 22, 三号 16, 小四 12.
TOP, BOTTOM, LEFT, RIGHT = 37.0, 35.0, 28.0, 26.0
TITLE, BODY, SMALL = 22.0, 16.0, 10.5
RED = (200, 16, 16)
# The subsetter warns of bitmap tables that a print does not need.
logging.getLogger("fontTools").setLevel(logging.ERROR)


class Paper(FPDF):
    """Text, lines and tables down the page; every letter is checked against the fonts."""

    def __init__(self, fonts: Fonts, title: str, made_at: datetime, *, dense: bool = False) -> None:
        super().__init__(format="A4")
        self.set_creation_date(made_at)
        self.set_title(title)
        self.set_producer("Sanse")
        top, side = (20.0, 18.0) if dense else (TOP, 0.0)
        self.set_margins(side or LEFT, top, side or RIGHT)
        self.set_auto_page_break(True, 22.0 if dense else BOTTOM)
        self.add_font("text", fname=fonts.text.path, collection_font_number=fonts.text.number)
        self.add_font("title", fname=fonts.title.path, collection_font_number=fonts.title.number)
        self.set_fallback_fonts(["title", "text"], exact_match=False)
        self.add_page()

    def footer(self) -> None:
        """The page number, between dashes as official documents have it."""
        self.set_y(-18)
        self.set_font("text", size=SMALL)
        self.cell(0, 8, f"— {self.page_no()} —", align="C")

    def line_of(
        self,
        text: str,
        size: float = BODY,
        *,
        family: str = "text",
        align: str = "L",
        lead: float = 1.75,
    ) -> None:
        """One paragraph, wrapped at any letter in Chinese and between words in English."""
        wrap = WrapMode.WORD if english() else WrapMode.CHAR
        self._check(text)
        self.set_font(family, size=size)
        height = size * lead * 0.3528
        self.multi_cell(0, height, text, align=align, wrapmode=wrap, new_x="LMARGIN", new_y="NEXT")

    def indented(self, text: str, size: float = BODY) -> None:
        """A paragraph whose first line stands two letters in."""
        self.line_of("\u3000\u3000" + text, size)

    def rule(
        self, colour: tuple[int, int, int] = (0, 0, 0), width: float = 0.3, *, dashed: bool = False
    ) -> None:
        """A line across the page."""
        self.set_draw_color(*colour)
        self.set_line_width(width)
        if dashed:
            self.set_dash_pattern(dash=2, gap=1.5)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.set_dash_pattern()
        self.set_draw_color(0)
        self.ln(2)

    def grid(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[int],
        size: float = 8.5,
    ) -> None:
        """A table with a head that repeats on each page."""
        self.set_font("text", size=size)
        self.set_line_width(0.15)
        with self.table(
            col_widths=tuple(widths),
            text_align="LEFT",
            line_height=size * 0.54,
            padding=0.6,
            wrapmode=WrapMode.CHAR,
            borders_layout=TableBordersLayout.ALL,
            headings_style=FontFace(family="title"),
            first_row_as_headings=bool(head),
        ) as table:
            for row in ([head] if head else []) + list(rows):
                line = table.row()
                for cell in row:
                    self._check(cell)
                    line.cell(cell)
        self.ln(3)

    def done(self) -> bytes:
        """The document's bytes."""
        return bytes(self.output())

    def _check(self, text: str) -> None:
        """LettersMissing for a letter that would print as a box."""
        known = [font.cmap for font in self.fonts.values() if hasattr(font, "cmap")]
        lacking = {c for c in text if c.isprintable() and not any(ord(c) in one for one in known)}
        if lacking:
            raise LettersMissing("".join(sorted(lacking)))
