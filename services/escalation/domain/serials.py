"""Official numbers of supervision notices (文号): 1, 2, 3 … per jurisdiction, year and colour, without gap or repeat.

A number is a pure function of the order of requests in one lane: the n-th notice that asks a register gets n,
and a notice that asks again gets the number it has. See docs/decisions/0013.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from string import Formatter

from services.common.divisions import code_at
from services.common.lanes import lane_of
from services.common.terms import NoticeColour, Tier
from services.escalation.domain.ledger import chain_hash
from services.escalation.domain.worktime import local_date

OFFICIAL_NO_LETTERS_MOST = 24
COLOUR_WORD: Mapping[NoticeColour, str] = {
    NoticeColour.WHITE: "白",
    NoticeColour.YELLOW: "黄",
    NoticeColour.RED: "红",
}
# A form that leaves one of these out would give two notices the same number.
FORM_FIELDS = ("county_short", "colour", "year", "n")
_WIDTH = re.compile(r"(0[1-9])?")


class FormFault(Enum):
    """What is wrong with a form of official numbers."""

    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    NO_FORM = "no_form"


@dataclass(frozen=True, slots=True)
class Numbering:
    """The form of official numbers, the tier that keeps the registers, and what its places have of their own.

    A place without a short name stands with its code; one without a form uses the common one.
    """

    form: str
    tier: Tier
    shorts: Mapping[str, str]
    forms: Mapping[str, str] = field(default_factory=dict)

    def register_code(self, jurisdiction_code: str) -> str:
        """The place whose register numbers the notices of a jurisdiction; itself when it lies above that tier."""
        return code_at(jurisdiction_code, self.tier) or jurisdiction_code[:6] or "000000"

    def write(self, register_id: str, number: int) -> str:
        """A number of a register as people write it; ValueError when the id names no register."""
        code, year, colour = register_id.split("/")
        word = COLOUR_WORD[NoticeColour[colour.upper()]]
        short, form = self.shorts.get(code, code), self.forms.get(code, self.form)
        return form.format(county_short=short, colour=word, year=year, n=number)


@dataclass(frozen=True, slots=True)
class NumberRequest:
    """A notice that stands in a case asks its register for its number."""

    request_id: str
    register_id: str
    notice_id: str
    case_id: str
    # The subject of the case, whose lane gets the answer.
    subject_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Register:
    """How far a register has come: the last number allotted, and the hash of its newest entry."""

    register_id: str
    count: int = 0
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Allotted:
    """One entry of a register."""

    register_id: str
    number: int
    official_no: str
    notice_id: str
    case_id: str
    at_ms: int
    cause_id: str
    prev_hash: bytes


def register_id_for(
    numbering: Numbering, jurisdiction_code: str, colour: NoticeColour, issued_at_ms: int
) -> str:
    """The register of a notice: its place, the year in which it was issued (in China), and its colour."""
    code = numbering.register_code(jurisdiction_code)
    return f"{code}/{local_date(issued_at_ms).year}/{colour.name.lower()}"


def register_lane(register_id: str) -> int:
    """The lane that owns a register: one for all years and colours of a place."""
    return lane_of(f"register:{register_id.partition('/')[0]}")


def allot(register: Register, request: NumberRequest, numbering: Numbering) -> Allotted:
    """The next number of the register."""
    number = register.count + 1
    return Allotted(
        register_id=register.register_id,
        number=number,
        official_no=numbering.write(register.register_id, number),
        notice_id=request.notice_id,
        case_id=request.case_id,
        at_ms=request.at_ms,
        cause_id=request.request_id,
        prev_hash=register.head,
    )


def after(register: Register, entry: Allotted, body: bytes) -> Register:
    """The register after an entry; `body` is the entry's serialized form without its hash."""
    head = chain_hash(entry.prev_hash, body)
    return replace(register, count=entry.number, head=head)


def fault_of(form: str) -> tuple[FormFault, str] | None:
    """What is wrong with a form, and where; None when every notice gets a number of its own."""
    try:
        fields = [(name, spec) for _, name, spec, _ in Formatter().parse(form) if name is not None]
    except ValueError as wrong:
        return FormFault.NO_FORM, str(wrong)
    for name, spec in fields:
        if name not in FORM_FIELDS or not _WIDTH.fullmatch(spec or ""):
            return FormFault.UNKNOWN_FIELD, f"{{{name}:{spec}}}" if spec else f"{{{name}}}"
    missing = [name for name in FORM_FIELDS if name not in dict(fields)]
    return (FormFault.MISSING_FIELD, missing[0]) if missing else None
