"""The shipped texts are complete, short and free of persons; a wrong file is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.common.obligation_catalogue import load_kinds
from services.common.settings import REPOSITORY, CommonSettings
from services.common.terms import Language, Level, NoticeColour, Tier
from services.notifier.adapters.template_file import load_templates
from services.notifier.channels.line.text import split
from services.notifier.domain.message import Form
from services.notifier.domain.notices import NextAct, Notice, NoticeKind
from services.notifier.domain.segments import segments
from services.notifier.domain.templates import (
    OF_OBLIGATIONS,
    TemplateBook,
    TemplateWrong,
    fill,
    render_sms,
    render_sms_text,
    render_text,
)
from services.notifier.domain.wording import (
    VARIABLES,
    Surroundings,
    due_word,
    longest_values,
    values_of,
)
from services.notifier.service.composer import matter_word

FOLDER = REPOSITORY / "deploy" / "templates"
LINK_UNITS = 85
NOTICE = Notice(
    notice_id="0b6f3c8e-7a51-5d2e-9f3d-1c2b3a4d5e6f",
    case_id="case",
    case_no="532301-7K3Q9D",
    subject_id="H1",
    kind=NoticeKind.SUPERVISION,
    colour=NoticeColour.RED,
    serial_no="楚督红〔2026〕12号",
    level=Level.YELLOW,
    tier=Tier.COUNTY,
    recipient_id="GW-1",
    jurisdiction_code="532301001001",
    act=NextAct.FIRST_VISIT,
    act_due_ms=1_772_703_000_000,
    created_at_ms=1,
)


@pytest.fixture(scope="module")
def book() -> TemplateBook:
    """The shipped texts."""
    return load_templates(FOLDER / "notices.yaml", LINK_UNITS)


@pytest.fixture
def altered(tmp_path: Path) -> Callable[[Callable[[Any], None]], Path]:
    """Writes a copy of the shipped file with one change."""

    def write(change: Callable[[Any], None]) -> Path:
        content = yaml.safe_load((FOLDER / "notices.yaml").read_text(encoding="utf-8"))
        change(content)
        path = tmp_path / "notices.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("colour", NoticeColour)
@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_every_notice_has_every_form(
    book: TemplateBook, kind: NoticeKind, colour: NoticeColour, language: Language
) -> None:
    """Each kind and colour can be told in both languages, by IM, mail and both SMS platforms."""
    texts = book.find(kind, colour, language)
    values = values_of(NOTICE, language, Surroundings("东瓜村", "https://x.example/a/t"))
    for form in (Form.IM, Form.MAIL, Form.DATA):
        content = render_text(texts, form, values)
        assert content.title and content.text and "{" not in content.text
    for channel in ("aliyun_sms", "tencent_sms"):
        assert render_sms(texts, channel, values) is not None


@pytest.mark.parametrize("kind", [*OF_OBLIGATIONS, NoticeKind.CLOSING_WAITS])
@pytest.mark.parametrize("colour", NoticeColour)
@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_an_obligation_is_told_by_its_title_and_never_by_a_level(
    book: TemplateBook, kind: NoticeKind, colour: NoticeColour, language: Language
) -> None:
    """An incident handed over is no unrated warning: each shipped kind's title stands where a level would."""
    texts = book.find(kind, colour, language, obligation=True)
    for outline in load_kinds(CommonSettings().obligations_dir).values():
        title = matter_word({outline.kind_id: outline}, outline.kind_id, language)
        around = Surroundings("东瓜村", "https://x.example/a/t", title)
        values = values_of(replace(NOTICE, obligation=outline.kind_id), language, around)
        said = [render_text(texts, form, values).text for form in (Form.IM, Form.MAIL)]
        said.append(render_sms_text(texts, "", values).text)
        for text in said:
            assert "{" not in text
            assert not any(word in text for word in ("预警", "未定级", "warning", "unrated"))
        assert kind is NoticeKind.TAKEN_OVER or all(title in text for text in said)


def test_who_is_relieved_is_not_told_of_a_delay(book: TemplateBook) -> None:
    """A case is also handed on by a person or a rise of the level: the words claim no overdue act."""
    for language in (Language.ZH, Language.EN):
        for obligation in (False, True):
            texts = book.find(
                NoticeKind.TAKEN_OVER, NoticeColour.NONE, language, obligation=obligation
            )
            for text in (texts.sms.text, texts.title, texts.text, texts.body):
                assert not any(word in text for word in ("逾期", "督办", "overdue"))


def test_an_sms_stays_within_its_parts_with_the_longest_values(book: TemplateBook) -> None:
    """The carriers charge by part: the longest possible text has no more than allowed."""
    longest = longest_values(book.limits.longest, LINK_UNITS)
    both = [*book.texts.items(), *book.of_obligations.items()]
    for (_, _, language), texts in both:
        text = book.limits.signature + fill(texts.sms.text, longest[language])
        assert segments(text) <= book.limits.max_segments


def test_a_gateway_without_templates_gets_the_same_words(book: TemplateBook) -> None:
    """The text for CMPP is the one the platforms approved, signed, and goes in the parts that were counted."""
    longest = longest_values(book.limits.longest, LINK_UNITS)
    both = [*book.texts.items(), *book.of_obligations.items()]
    for (_, _, language), texts in both:
        content = render_sms_text(texts, book.limits.signature, longest[language])
        assert content.text == fill(texts.sms.text, longest[language])
        assert len(split(content.title + content.text, 1)) <= book.limits.max_segments
        assert content.title == "【三色预警】"


def test_red_supervision_has_words_of_its_own(book: TemplateBook) -> None:
    """A colour with particular texts uses them, the others those of the kind."""
    red = book.find(NoticeKind.SUPERVISION, NoticeColour.RED, Language.ZH)
    white = book.find(NoticeKind.SUPERVISION, NoticeColour.WHITE, Language.ZH)
    assert "立即办理" in red.title
    assert "立即办理" not in white.title


def test_a_deadline_is_told_in_shanghai_time() -> None:
    """People read the wall clock of the place."""
    assert due_word(1_772_703_000_000, Language.ZH) == "3月5日17:30"
    assert due_word(1_772_703_000_000, Language.EN) == "5 Mar 17:30"
    assert due_word(0, Language.ZH) == "尽快"


def test_no_variable_names_a_person() -> None:
    """The closed list of variables has no place for a name, a number or an address."""
    assert not {"name", "mobile", "phone", "address", "household_no"} & set(VARIABLES)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("notices", "duty_assigned", "zh", "text"), "请联系{household_name}", "household_name"),
        (("notices", "duty_assigned", "zh", "text"), "请拨打13800138000", "a mobile number"),
        (("notices", "duty_assigned", "en", "body"), "write to a.b@gov.cn", "e-mail"),
        (("notices", "duty_assigned", "zh", "title"), "", "empty"),
        (("notices", "duty_assigned", "zh", "sms"), "nothing", "unknown 'nothing'"),
        (("notices", "duty_assigned", "zh", "titel"), "x", "unknown 'titel'"),
        (("notices", "birthday"), {}, "unknown 'birthday'"),
        (("notices", "supervision.pink"), {}, "allowed: white, yellow, red"),
        (("sms", "reminder", "zh", "text"), "{level}{case_no}{due}{link}" + "长" * 200, "parts"),
        (("sms", "reminder", "zh", "tencent_sms", "order"), ["level"], "parameters give"),
        (("max_value",), {"aliyun_sms": 12}, "the provider allows 12"),
        (("max_segments",), 1, "allowed: 1"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    altered: Callable[[Callable[[Any], None]], Path], path: tuple[str, ...], value: Any, told: str
) -> None:
    """The error names the file, the place in it, and what is allowed."""

    def change(content: Any) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    with pytest.raises(TemplateWrong) as refused:
        load_templates(altered(change), LINK_UNITS)
    assert told in str(refused.value)
    assert "notices.yaml" in str(refused.value)


def test_a_missing_text_is_refused(altered: Callable[[Callable[[Any], None]], Path]) -> None:
    """Every kind must be tellable in both languages."""
    path = altered(lambda content: content["notices"].pop("roster_gap"))
    with pytest.raises(TemplateWrong, match="roster_gap"):
        load_templates(path, LINK_UNITS)
