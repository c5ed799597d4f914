"""The words of a notice in Chinese and English: the only values that may enter a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from services.common.terms import Language, Level, NoticeColour
from services.notifier.domain.bulletin_words import longest_summary, summary_words
from services.notifier.domain.notices import NextAct, Notice
from services.notifier.domain.replies import LISTED_MOST
from services.notifier.domain.reply_words import answer_words, longest_answer, others_words

# Checked at load: a template that names anything else is refused. No name of a person is among them.
VARIABLES = (
    "case_no",
    "level",
    "colour",
    "serial_no",
    "act",
    "due",
    "unit",
    "link",
    "matter",
    "answer",
    "others",
    "summary",
)
SHANGHAI = timezone(timedelta(hours=8))

_LEVELS: Mapping[Language, Mapping[Level, str]] = {
    Language.ZH: {
        Level.NONE: "未定级",
        Level.GREEN: "绿色",
        Level.YELLOW: "黄色",
        Level.RED: "红色",
    },
    Language.EN: {
        Level.NONE: "unrated",
        Level.GREEN: "Green",
        Level.YELLOW: "Yellow",
        Level.RED: "Red",
    },
}
_COLOURS: Mapping[Language, Mapping[NoticeColour, str]] = {
    Language.ZH: {
        NoticeColour.NONE: "提示",
        NoticeColour.WHITE: "白色",
        NoticeColour.YELLOW: "黄色",
        NoticeColour.RED: "红色",
    },
    Language.EN: {
        NoticeColour.NONE: "Plain",
        NoticeColour.WHITE: "White",
        NoticeColour.YELLOW: "Yellow",
        NoticeColour.RED: "Red",
    },
}
_ACTS: Mapping[Language, Mapping[NextAct, str]] = {
    Language.ZH: {
        NextAct.UNSPECIFIED: "办理",
        NextAct.ACKNOWLEDGE: "签收",
        NextAct.FIRST_VISIT: "首次走访",
        NextAct.REVISIT: "回访",
        NextAct.RESOLVE: "化解办结",
        NextAct.NONE: "知悉",
        NextAct.LEGAL_DUTY: "履行法定义务",
        NextAct.APPROVE_CLOSING: "批准办结",
        NextAct.REVIEW: "研判",
    },
    Language.EN: {
        NextAct.UNSPECIFIED: "act",
        NextAct.ACKNOWLEDGE: "acknowledge",
        NextAct.FIRST_VISIT: "first visit",
        NextAct.REVISIT: "revisit",
        NextAct.RESOLVE: "resolve",
        NextAct.NONE: "take note",
        NextAct.LEGAL_DUTY: "do what the law demands",
        NextAct.APPROVE_CLOSING: "decide on the closing",
        NextAct.REVIEW: "review",
    },
}
_NO_DUE = {Language.ZH: "尽快", Language.EN: "as soon as possible"}
# A moment whose words are as long as any: 31 December, 23:59.
_LATE_MS = 1_798_732_740_000
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a notice's words need beside the notice: the unit's name, the link, and the title of an obligation."""

    unit: str
    link: str
    matter: str = ""


def values_of(notice: Notice, language: Language, around: Surroundings) -> dict[str, str]:
    """Every allowed variable of a notice, in one language."""
    return {
        "case_no": case_word(notice.case_nos, language),
        "level": level_word(notice.level, language),
        "colour": colour_word(notice.colour, language),
        "serial_no": notice.shown_no,
        "act": act_word(notice.act, language),
        "due": due_word(notice.act_due_ms, language),
        "unit": around.unit,
        "link": around.link,
        "matter": around.matter,
        "answer": answer_words(notice.answer, notice.case_no, language),
        "others": others_words(notice.waiting_case_nos, notice.others_waiting, language),
        "summary": summary_words(notice.counts, notice.gaps, _begins(notice, language), language),
    }


def _begins(notice: Notice, language: Language) -> str:
    return due_word(notice.gaps.from_ms, language) if notice.gaps else ""


def case_word(case_nos: Sequence[str], language: Language) -> str:
    """The case's number, and how many more the message is about: an SMS has no room for all."""
    more = len(case_nos) - 1
    if not more:
        return case_nos[0]
    return f"{case_nos[0]} +{more}" if language is Language.EN else f"{case_nos[0]}等{more + 1}件"


def level_word(level: Level, language: Language) -> str:
    """The warning level in words."""
    return _LEVELS[language][level]


def colour_word(colour: NoticeColour, language: Language) -> str:
    """The colour of a supervision notice in words."""
    return _COLOURS[language][colour]


def act_word(act: NextAct, language: Language) -> str:
    """The act that is due, in words."""
    return _ACTS[language][act]


def due_word(due_ms: int, language: Language) -> str:
    """The deadline as people in Shanghai time say it."""
    if not due_ms:
        return _NO_DUE[language]
    at = datetime.fromtimestamp(due_ms / 1000, UTC).astimezone(SHANGHAI)
    if language is Language.EN:
        return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M}"
    return f"{at.month}月{at.day}日{at:%H:%M}"


def longest_values(limits: Mapping[str, int], link_units: int) -> dict[Language, dict[str, str]]:
    """For each language the longest value every variable can have, for checks at load."""
    return {
        language: _longest(language, limits, link_units) for language in (Language.ZH, Language.EN)
    }


def _longest(language: Language, limits: Mapping[str, int], link_units: int) -> dict[str, str]:
    free = {name: "字" * limit for name, limit in limits.items()}
    return {
        **free,
        "level": max(_LEVELS[language].values(), key=len),
        "colour": max(_COLOURS[language].values(), key=len),
        "act": max(_ACTS[language].values(), key=len),
        "due": max(_NO_DUE[language], due_word(_LATE_MS, language), key=len),
        "answer": longest_answer("字" * limits["case_no"], language),
        "others": others_words(["字" * limits["case_no"]] * LISTED_MOST, 999, language),
        "summary": longest_summary(due_word(_LATE_MS, language), language),
        "link": "x" * link_units,
    }
