"""The phone page's words and HTML, in Chinese and English: plain, large, without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from html import escape

from services.common.terms import Language
from services.notifier.domain.acts import RESOLUTIONS
from services.notifier.domain.notices import NextAct, Notice
from services.notifier.domain.standing import CaseView
from services.notifier.domain.wording import act_word, colour_word, due_word, level_word
from services.notifier.service.composer import matter_word
from services.notifier.service.obligation_page import (
    Kinds,
    closable,
    closing_forms,
    decides,
    evidence_forms,
    kind_of,
)


class Line(Enum):
    """Every sentence the page can say."""

    TITLE = "title"
    CASE = "case"
    LEVEL = "level"
    MATTER = "matter"
    COLOUR = "colour"
    ACT = "act"
    DUE = "due"
    ACKNOWLEDGE = "acknowledge"
    ACKNOWLEDGED = "acknowledged"
    VISIT = "visit"
    VISITED = "visited"
    RESOLVE = "resolve"
    RESOLVED = "resolved"
    HOW = "how"
    DUTY = "duty"
    FULFIL = "fulfil"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"
    FORGED = "forged"
    LATER = "later"
    UNKNOWN_ACT = "unknown_act"
    TAKEN_OVER = "taken_over"
    CLOSED = "closed"
    SUPPORT = "support"
    SUPPORT_ASKED = "support_asked"
    EVIDENCE_TAKEN = "evidence_taken"
    EVIDENCE_EMPTY = "evidence_empty"
    FORM_WRONG = "form_wrong"
    CLOSING_APPROVED = "closing_approved"
    CLOSING_RETURNED = "closing_returned"
    NOTHING_WAITS = "nothing_waits"


_ZH: Mapping[Line, str] = {
    Line.TITLE: "三色预警",
    Line.CASE: "编号",
    Line.LEVEL: "等级",
    Line.MATTER: "事项",
    Line.COLOUR: "督办单",
    Line.ACT: "下一步",
    Line.DUE: "期限",
    Line.ACKNOWLEDGE: "签收",
    Line.ACKNOWLEDGED: "已签收",
    Line.VISIT: "已走访",
    Line.VISITED: "走访已登记",
    Line.RESOLVE: "已化解,申请办结",
    Line.RESOLVED: "办结已登记",
    Line.HOW: "化解方式",
    Line.DUTY: "法定义务",
    Line.FULFIL: "已履行",
    Line.FULFILLED: "法定义务已登记履行",
    Line.EXPIRED: "链接已过期,请登录系统或联系上级综治中心。",
    Line.FORGED: "链接无效,请核对后重试。",
    Line.LATER: "系统正在恢复,请一分钟后再试。",
    Line.UNKNOWN_ACT: "无法识别的操作。",
    Line.TAKEN_OVER: "该事项已由上级接办，无需您再操作。",
    Line.CLOSED: "该事项已办结，无需您再操作。",
    Line.SUPPORT: "请求上级支援",
    Line.SUPPORT_ASKED: "已向上级请求支援",
    Line.EVIDENCE_TAKEN: "证据已登记，刷新本页继续",
    Line.EVIDENCE_EMPTY: "没有收到内容：请选择文件，或填写文字（最多2000字）。",
    Line.FORM_WRONG: "表单无法读取或过大：文件最大20MB，请压缩后重试。",
    Line.CLOSING_APPROVED: "已同意办结",
    Line.CLOSING_RETURNED: "已退回，责任人会收到通知",
    Line.NOTHING_WAITS: "没有待您批准的办结申请，请以最新通知为准。",
}
_EN: Mapping[Line, str] = {
    Line.TITLE: "Sanse warning",
    Line.CASE: "Case",
    Line.LEVEL: "Level",
    Line.MATTER: "Matter",
    Line.COLOUR: "Notice",
    Line.ACT: "Next",
    Line.DUE: "Due",
    Line.ACKNOWLEDGE: "Acknowledge",
    Line.ACKNOWLEDGED: "Acknowledged",
    Line.VISIT: "I have visited",
    Line.VISITED: "Visit recorded",
    Line.RESOLVE: "Resolved, close the case",
    Line.RESOLVED: "Resolution recorded",
    Line.HOW: "How",
    Line.DUTY: "The law demands",
    Line.FULFIL: "Done",
    Line.FULFILLED: "Legal duty recorded as done",
    Line.EXPIRED: "This link has expired. Sign in to the system or call the centre above yours.",
    Line.FORGED: "This link is not valid. Please check it.",
    Line.LATER: "The system is recovering. Please try again in a minute.",
    Line.UNKNOWN_ACT: "This act is not known.",
    Line.TAKEN_OVER: "A tier above has taken this case over. Nothing more to do for you.",
    Line.CLOSED: "This case is closed. Nothing more to do for you.",
    Line.SUPPORT: "Ask the tier above for support",
    Line.SUPPORT_ASKED: "The tier above was asked for support",
    Line.EVIDENCE_TAKEN: "Evidence recorded; reload this page to go on",
    Line.EVIDENCE_EMPTY: "Nothing came: choose a file, or write something (2000 characters at most).",
    Line.FORM_WRONG: "The form cannot be read or is too large: a file may have 20 MB. Please try a smaller one.",
    Line.CLOSING_APPROVED: "You agreed to the closing",
    Line.CLOSING_RETURNED: "Returned; the owner is told",
    Line.NOTHING_WAITS: "No closing waits for your decision. Please go by the newest message.",
}
_WORDS = {Language.ZH: _ZH, Language.EN: _EN}
_HOW: Mapping[Language, tuple[str, ...]] = {
    Language.ZH: ("调解成功", "移交处理", "自行和解", "已分开居住", "其他"),
    Language.EN: ("mediated", "referred", "reconciled", "separated", "other"),
}
_RESOLUTIONS = {
    code: {language: words[at] for language, words in _HOW.items()}
    for at, code in enumerate(RESOLUTIONS)
}
_STYLE = (
    "body{font:18px/1.6 sans-serif;margin:0 auto;max-width:32em;padding:1em;color:#222}"
    "dt{color:#666;font-size:.85em}dd{margin:0 0 .6em;font-weight:600}"
    "textarea,input{font:inherit;width:100%;box-sizing:border-box;margin:.3em 0}"
    "button,select{font:inherit;width:100%;padding:.8em;margin:.4em 0;border-radius:.5em;"
    "border:1px solid #888;background:#fff}"
    ".main{background:#b3261e;border-color:#b3261e;color:#fff;font-size:1.2em}"
    ".done{background:#e6f4ea;border-radius:.5em;padding:.8em;font-weight:600}"
)


# The words of each duty of the law: (pack id, duty id) to language to text.
DutyTexts = Mapping[tuple[str, str], Mapping[Language, str]]


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows of one case: never a person."""

    notice: Notice
    acknowledged: bool
    done: Line | None = None
    # The address of the picture that says that the page was opened; "" for none.
    seen: str = ""
    # The case as it stands, as far as it is known here.
    case: CaseView | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice on the page of a bundle, the token of its own page, and whether it waits for nothing any more."""

    notice: Notice
    token: str
    done: bool


def bundle_page(entries: Sequence[Entry], language: Language) -> str:
    """A link for each notice, those that wait first, the earliest deadline before the later."""
    words = _WORDS[language]
    rows = []
    for one in sorted(entries, key=lambda one: (one.done, one.notice.act_due_ms)):
        mark = "✓ " if one.done else ""
        told = f"{one.notice.case_no} · {level_word(one.notice.level, language)} · "
        told += f"{words[Line.DUE]} {due_word(one.notice.act_due_ms, language)}"
        rows.append(f'<li>{mark}<a href="{escape(one.token)}">{escape(told)}</a></li>')
    return _page(words[Line.TITLE], f"<ul>{''.join(rows)}</ul>", language)


def case_page(view: View, language: Language, duties: DutyTexts, kinds: Kinds) -> str:
    """The case's number, colour, act and deadline, and the buttons that fit."""
    words = _WORDS[language]
    parts = [_facts(view.notice, language, kinds)]
    done = view.done or (Line.ACKNOWLEDGED if view.acknowledged else None)
    if done is not None:
        parts.append(f'<p class="done">✓ {words[done]}</p>')
    if view.done in (Line.TAKEN_OVER, Line.CLOSED):
        return _page(words[Line.TITLE], "".join(parts), language)
    if view.acknowledged:
        parts += _offers(view, language, duties, kinds)
    else:
        parts.append(_button("acknowledge", words[Line.ACKNOWLEDGE], main=True))
    if view.seen:
        parts.append(f'<img src="{escape(view.seen)}" width="1" height="1" alt="">')
    return _page(words[Line.TITLE], "".join(parts), language)


def _offers(view: View, language: Language, duties: DutyTexts, kinds: Kinds) -> Iterator[str]:
    """What who has the case, or must agree to its closing, can do."""
    words, kind = _WORDS[language], kind_of(view.notice, kinds)
    if kind is not None and view.notice.act is NextAct.APPROVE_CLOSING:
        if decides(view.notice, view.case):
            yield from closing_forms(kind, view.case, language)
        return
    yield _button("visit", words[Line.VISIT])
    yield _button("ask_support", words[Line.SUPPORT])
    for name in view.notice.duty_ids:
        yield _duty_form(view.notice, name, language, duties)
    if kind is not None:
        yield from evidence_forms(kind, view.case, language)
    ways = resolutions(view.notice, kinds, view.case)
    if ways:
        yield _resolve_form(ways, language)


def message_page(line: Line) -> str:
    """One sentence in both languages: who cannot be told apart may read either."""
    text = f"<p>{_ZH[line]}</p><p lang='en'>{_EN[line]}</p>"
    return _page(_ZH[Line.TITLE], text, Language.ZH)


def resolutions(
    notice: Notice, kinds: Kinds, case: CaseView | None = None
) -> Mapping[str, Mapping[Language, str]]:
    """How the case may be closed from a phone, code to words; an obligation once all its papers are there."""
    if not notice.obligation or notice.level:
        return _RESOLUTIONS
    kind = kind_of(notice, kinds)
    return kind.outcomes if kind and closable(kind, case) else {}


def _facts(notice: Notice, language: Language, kinds: Kinds) -> str:
    words = _WORDS[language]
    rows = [
        (Line.CASE, " ".join(notice.case_nos)),
        (Line.LEVEL, level_word(notice.level, language)),
    ]
    if notice.obligation and not notice.level:
        rows[1] = (Line.MATTER, matter_word(kinds, notice.obligation, language))
    if notice.shown_no:
        colour = colour_word(notice.colour, language)
        rows.append((Line.COLOUR, f"{colour} {notice.shown_no}"))
    rows += [
        (Line.ACT, act_word(notice.act, language)),
        (Line.DUE, due_word(notice.act_due_ms, language)),
    ]
    cells = "".join(f"<dt>{words[line]}</dt><dd>{escape(value)}</dd>" for line, value in rows)
    return f"<dl>{cells}</dl>"


def _button(act: str, label: str, *, main: bool = False) -> str:
    look = ' class="main"' if main else ""
    return f'<form method="post"><button name="act" value="{act}"{look}>{label}</button></form>'


def _duty_form(notice: Notice, duty_id: str, language: Language, duties: DutyTexts) -> str:
    """What the law demands, in the words of the pack, and a button; a pack that is gone leaves the id."""
    words = _WORDS[language]
    known = duties.get((notice.pack_id, duty_id))
    text = known[language] if known else duty_id
    return (
        f'<form method="post"><p>{words[Line.DUTY]}: {escape(text)}</p>'
        f'<input type="hidden" name="duty" value="{escape(duty_id)}">'
        f'<button name="act" value="fulfil">{words[Line.FULFIL]}</button></form>'
    )


def _resolve_form(ways: Mapping[str, Mapping[Language, str]], language: Language) -> str:
    words = _WORDS[language]
    options = "".join(
        f'<option value="{code}">{escape(label[language])}</option>' for code, label in ways.items()
    )
    return (
        f'<form method="post"><label>{words[Line.HOW]}<select name="how">{options}</select></label>'
        f'<button name="act" value="resolve">{words[Line.RESOLVE]}</button></form>'
    )


def _page(title: str, body: str, language: Language) -> str:
    code = "zh-CN" if language is Language.ZH else "en"
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
