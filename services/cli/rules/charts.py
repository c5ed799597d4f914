"""Two small charts as inline SVG: a shaded matrix, and bars to the right and left of a line."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_CELL_W, _CELL_H, _LEFT, _TOP = 92, 34, 110, 30
_BAR_H, _BAR_GAP, _BAR_MAX, _MIDDLE = 18, 6, 220, 360
_UP, _DOWN = "#a3312b", "#1f6f8b"


def heat(title: str, labels: Sequence[str], cells: Sequence[Sequence[int]]) -> str:
    """A matrix whose shade grows with the count; what moves up has a red edge, what moves down a blue one."""
    most = max((count for row in cells for count in row), default=0) or 1
    parts = [
        _text(_LEFT + (at + 0.5) * _CELL_W, _TOP - 10, label, "middle")
        for at, label in enumerate(labels)
    ]
    for down, row in enumerate(cells):
        y = _TOP + down * _CELL_H
        parts.append(_text(_LEFT - 8, y + 22, labels[down], "end"))
        for right, count in enumerate(row):
            x = _LEFT + right * _CELL_W
            edge = _UP if right > down else _DOWN if right < down else "#777"
            shade = 0.08 + 0.5 * (count / most) if count else 0.0
            parts.append(
                f'<rect x="{x + 1}" y="{y + 1}" width="{_CELL_W - 2}" height="{_CELL_H - 2}" '
                f'fill="#555" fill-opacity="{shade:.3f}" stroke="{edge}"/>'
            )
            parts.append(_text(x + _CELL_W / 2, y + 22, f"{count:,}", "middle"))
    width, height = _LEFT + len(labels) * _CELL_W + 4, _TOP + len(cells) * _CELL_H + 4
    return _svg(title, width, height, parts)


def bars(title: str, rows: Sequence[tuple[str, int, int]], names: tuple[str, str]) -> str:
    """One line per row: how many go up to the right, how many go down to the left."""
    most = max((max(up, down) for _, up, down in rows), default=0) or 1
    middle = _MIDDLE
    parts = [
        _text(middle + 8, 14, f"{names[0]} →", "start"),
        _text(middle - 8, 14, f"← {names[1]}", "end"),
    ]
    for at, (label, up, down) in enumerate(rows):
        y = 24 + at * (_BAR_H + _BAR_GAP)
        right, left = up / most * _BAR_MAX, down / most * _BAR_MAX
        parts.append(_bar(middle, y, right, _UP))
        parts.append(_bar(middle - left, y, left, _DOWN))
        parts.append(_text(middle + right + 5, y + 14, f"{up:,}", "start"))
        parts.append(_text(middle - left - 5, y + 14, f"{down:,}", "end"))
        parts.append(_text(4, y + 14, label, "start"))
    height = 30 + len(rows) * (_BAR_H + _BAR_GAP)
    return _svg(title, middle + _BAR_MAX + 80, height, parts)


def _bar(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR_H}" fill="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12">{escape(words)}</text>'


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    """An image that a screen reader names; its numbers stand in a table beside it."""
    name = escape(title)
    return (
        f'<svg role="img" aria-label="{name}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="system-ui,sans-serif">'
        f"<title>{name}</title>{''.join(parts)}</svg>"
    )
