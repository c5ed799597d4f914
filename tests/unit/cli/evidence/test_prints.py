"""Prints say what the case file says, in letters that can be read, and never name a person."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from services.cli.evidence import codes, print_words
from services.cli.evidence.case_print import print_case
from services.cli.evidence.fonts import (
    PACKAGES,
    Font,
    FontMissing,
    Fonts,
    LettersMissing,
    find_fonts,
)
from services.cli.evidence.notice_print import (
    NoticeUnknown,
    Parties,
    centre,
    print_notice,
    supervision_of,
)
from services.common.settings import REPOSITORY
from services.escalation.domain.notices import NoticeState
from services.escalation.service.command_check import HUMAN_ACTS
from services.notifier.domain.results import Reason
from tests.unit.cli.evidence.sample import case_file

FILE = case_file()
DIGEST = "ab" * 32


def _text(pdf: bytes) -> str:
    """All text of a PDF, its line breaks taken out: a line may break at any letter."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")


def _notice(at: int = 0) -> bytes:
    parties = Parties(centre("楚雄市"), "楚雄市鹿城镇", "综治中心主任")
    return print_notice(FILE, FILE.supervision[at], parties, find_fonts(None))


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """The language of the prints unless a test says otherwise."""
    monkeypatch.setenv("SANSE_LANG", "zh")


def test_the_notice_has_the_parts_of_an_official_document() -> None:
    """Issuer, number, title, addressee, duty, deadline, basis, reply due, date, seal, slip and who was told."""
    issued = FILE.supervision[0]
    text = _text(_notice())

    for part in (
        "楚雄市综治中心",
        f"编号：{issued.serial_no}",
        "白色督办通知单",
        "楚雄市鹿城镇综治中心主任：",
        FILE.case.case_no,
        "逾期未签收",
        "请于 2026年1月8日 16:00 前签收",
        "督办依据：分级包保办法（test/1）。乡镇包保。",
        "请于 2026年1月10日 16:00 前填写回执",
        "2026年1月7日",
        "（盖章）",
        "督办通知单回执",
        "附：送达记录",
        "DELIVRD",
    ):
        assert part in text


def test_a_withdrawn_notice_says_so() -> None:
    """A print made afterwards cannot be used as if the notice still stood."""
    assert "撤销" in _text(_notice(1))
    assert "撤销" not in _text(_notice(0))


def test_prints_are_a4_and_carry_their_fonts() -> None:
    """Whoever opens it needs no Chinese font of their own."""
    page = PdfReader(io.BytesIO(_notice())).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]

    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in descriptor


def test_the_same_file_gives_the_same_bytes() -> None:
    """A print can be made again and compared."""
    assert _notice() == _notice()
    fonts = find_fonts(None)
    assert print_case(FILE, DIGEST, fonts) == print_case(FILE, DIGEST, fonts)


def test_the_case_file_on_paper_is_whole() -> None:
    """Every entry, notice, delivery and decision of the JSON is on the paper, and the JSON's hash."""
    text = _text(print_case(FILE, DIGEST, find_fonts(None)))

    assert DIGEST in text
    assert FILE.case.ledger_head in text
    for entry in FILE.ledger:
        assert entry.hash[:16] in text
    for issued in FILE.supervision:
        assert issued.serial_no in text
    for decision in FILE.decisions:
        assert decision.pack in text
    assert text.count("DELIVRD") == len(FILE.deliveries)
    assert "威胁" in text and "LAP 1 [V]" in text and "应当报案" in text


def test_english_prints_are_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of the page follow the language; only numbers and names of units stay Chinese."""
    monkeypatch.setenv("SANSE_LANG", "en")
    text = _text(print_case(FILE, DIGEST, find_fonts(None)))

    assert "Supervision notices" in text and "Tiered responsibility" in text
    assert set(filter(lambda c: "\u4e00" <= c <= "\u9fff", text)) <= set("白黄")


def test_an_unknown_number_names_those_there_are() -> None:
    """A slip of the pen is told what to write instead."""
    with pytest.raises(NoticeUnknown, match=FILE.supervision[0].serial_no):
        supervision_of(FILE, "白-0")


def test_a_font_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Boxes in place of letters are never printed."""
    with pytest.raises(FontMissing):
        find_fonts(tmp_path / "none.ttf")


def test_a_letter_that_no_font_has_is_an_error(tmp_path: Path) -> None:
    """A font without Chinese letters is refused, and the letters named."""
    installed = find_fonts(None).text
    font = TTFont(installed.path, fontNumber=installed.number)
    latin = Subsetter()
    latin.populate(unicodes=range(32, 127))
    latin.subset(font)
    font.save(tmp_path / "latin.ttf")
    latin_only = Font(tmp_path / "latin.ttf")

    with pytest.raises(LettersMissing, match="案"):
        print_case(FILE, DIGEST, Fonts(latin_only, latin_only))


@pytest.mark.parametrize(
    "known",
    [
        [codes.code(codes.KIND, n) for n in codes.KIND.values_by_number if n],
        [codes.code(codes.DELIVERY, n) for n in codes.DELIVERY.values_by_number if n],
        [codes.code(codes.REASON, n) for n in codes.REASON.values_by_number if n],
        [reason.value for reason in Reason if reason.value],
        [state.value for state in NoticeState],
        list(HUMAN_ACTS),
    ],
    ids=["notice", "delivery", "decision", "gateway", "state", "act"],
)
def test_each_code_on_paper_has_words(known: list[str]) -> None:
    """A code without words would be printed raw."""
    assert [code for code in known if print_words.word(code) == code] == []


def test_the_image_has_the_fonts_that_prints_need() -> None:
    """What the code names as missing is what the Docker image installs."""
    dockerfile = (REPOSITORY / "deploy" / "docker" / "Dockerfile").read_text(encoding="utf-8")
    installed = next(line for line in dockerfile.splitlines() if "apt-get install" in line)

    assert set(PACKAGES.split()) <= set(installed.split())
