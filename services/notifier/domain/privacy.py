"""What must not stand in a text that everybody gets: signs of a person's number, address or name."""

from __future__ import annotations

import re
from collections.abc import Mapping

# A variable carries what is allowed of a case; written out, these would go to every recipient.
_SIGNS: Mapping[str, re.Pattern[str]] = {
    "a mobile number": re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"),
    "a telephone number": re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"),
    "an identity number": re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
    "an e-mail": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a name": re.compile(r"[\u4e00-\u9fff](?:先生|女士|某某)|\b(?:Mr|Mrs|Ms|Miss)\b\.? ?[A-Z]"),
    "an address": re.compile(
        r"(?:路|街|巷|村|组|弄)\s*\d+\s*号|\d+\s*(?:号楼|栋|幢|单元|室)"
        r"|(?i:\b\d+ \w+ (?:street|road|lane|avenue)\b)"
    ),
    "a field of personal data": re.compile(
        r"(?:姓名|电话|手机号?|住址|地址|身份证号?|户籍)\s*[:\uff1a]"
        r"|(?i:\b(?:name|phone|mobile|address|id number)\s*:)"
    ),
}


def personal(text: str) -> str:
    """What in a text looks personal, in words; "" when nothing does."""
    return next((what for what, sign in _SIGNS.items() if sign.search(text)), "")
