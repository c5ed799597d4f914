"""Recognises what must not come in: forbidden fields, and personal numbers where a code belongs."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(
    r"民族|种族|族别|族裔|宗教|信仰|信教|教派|政治|党员|党派|信访|上访|缠访|越级访|"
    r"ethnic|\brac(?:e|ial)\b|nationality|minority|religio|\bfaith\b|\bbelie|politic|\bparty\b|petition",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def is_forbidden_field(name: object) -> bool:
    """Whether a field's name says who somebody is; see "People first" in the design."""
    return _FORBIDDEN.search(str(name).replace("_", " ").replace("-", " ")) is not None


def holds_identity_number(text: str) -> bool:
    """Whether a text contains an identity-card number (birth date and check digit fit)."""
    found = _IDENTITY.search(text)
    return found is not None and _check_digit(found.group()) == found.group()[-1].upper()


def is_mobile_number(text: str) -> bool:
    """Whether the whole text is a mobile number."""
    return _MOBILE.fullmatch(text) is not None


def _check_digit(number: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11]
