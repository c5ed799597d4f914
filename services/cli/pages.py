"""What the command's HTML pages share: a page in itself, without script, with nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:70rem;margin:0 auto;padding:1rem}
h1,h2{line-height:1.25} .en{color:#555;font-weight:normal}
table{border-collapse:collapse;margin:.5rem 0 1.5rem} caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid #bbb;padding:.25rem .6rem;text-align:right} th[scope=row]{text-align:left;font-weight:normal}
.charts{display:flex;flex-wrap:wrap;gap:1.5rem} svg{max-width:100%;height:auto} .wide{overflow-x:auto}
@media print{body{max-width:none}}
"""


def document(title: str, parts: Sequence[str]) -> str:
    """The whole page; `title` is plain text, `parts` are HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"</head><body><main>\n{chr(10).join(parts)}\n</main></body></html>\n"
    )


def table(
    caption: str, corner: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]
) -> str:
    """A table whose rows are named; all words are plain text."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, cells in rows
    )
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr>'
        f'<th scope="col">{escape(corner)}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def heading(tag: str, zh: str, en: str) -> str:
    """A heading in both languages."""
    return f'<{tag}>{escape(zh)} <span class="en" lang="en">{escape(en)}</span></{tag}>'


def paragraph(zh: str, en: str) -> str:
    """A paragraph in both languages, one above the other."""
    return f'<p>{escape(zh)}<br><span class="en" lang="en">{escape(en)}</span></p>'
