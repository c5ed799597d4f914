"""What the phone page offers of an obligation: handing in its evidence, closing it, and a second person's decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from services.common.obligation_catalogue import KindOutline
from services.common.terms import Language
from services.notifier.domain.notices import NextAct, Notice
from services.notifier.domain.standing import CaseView

Kinds = Mapping[str, KindOutline]
Words = Mapping[Language, str]
# A visit is recorded by its own button.
VISIT, DOCUMENT = "visit", "document"
WORDS_MOST = 2000
_KINDS: Mapping[str, Words] = {
    VISIT: {Language.ZH: "走访", Language.EN: "visit"},
    "written_reply": {Language.ZH: "书面答复", Language.EN: "written reply"},
    DOCUMENT: {Language.ZH: "照片或文书", Language.EN: "photo or document"},
    "review": {Language.ZH: "研判记录", Language.EN: "review"},
}
# Why a closing goes back; the codes of the command.
RETURNS: Mapping[str, Words] = {
    "evidence_unclear": {Language.ZH: "证据不清楚", Language.EN: "the evidence is unclear"},
    "not_done": {Language.ZH: "尚未办结", Language.EN: "it is not done yet"},
    "wrong_outcome": {Language.ZH: "办结方式不符", Language.EN: "the outcome does not fit"},
    "other": {Language.ZH: "其他", Language.EN: "other"},
}
_EVIDENCE: Words = {Language.ZH: "办结所需证据", Language.EN: "Evidence asked for"}
_HAND_IN: Words = {Language.ZH: "提交", Language.EN: "Hand in"}
_KEEP: Words = {
    Language.ZH: "只登记文件的校验码，文件不上传保存，请保管好原件。",
    Language.EN: "Only the file's fingerprint is recorded; the file is not kept here. Keep the original.",
}
_APPROVE: Words = {Language.ZH: "同意办结", Language.EN: "Agree to the closing"}
_RETURN: Words = {Language.ZH: "退回", Language.EN: "Return it"}
_WHY: Words = {Language.ZH: "退回原因", Language.EN: "Why it goes back"}


def kind_of(notice: Notice, kinds: Kinds) -> KindOutline | None:
    """The kind of a notice's obligation; None for a warning, also where a person saw a risk in what was owed."""
    return kinds.get(notice.obligation) if notice.obligation and not notice.level else None


def papers(kind: KindOutline) -> tuple[str, ...]:
    """What a kind asks for beside a visit."""
    return tuple(one for one in kind.evidence if one != VISIT and one in _KINDS)


def closable(kind: KindOutline, case: CaseView | None) -> bool:
    """Whether a phone may ask to close it: all its papers were handed in; who owns it must not guess that."""
    shown = case.shown if case else frozenset()
    return set(papers(kind)) <= shown


def decides(notice: Notice, case: CaseView | None) -> bool:
    """Whether this message is about the closing that waits for its recipient now."""
    return (
        notice.act is NextAct.APPROVE_CLOSING
        and case is not None
        and case.next_act is NextAct.APPROVE_CLOSING
        and 0 < case.closing_at_ms <= notice.created_at_ms
    )


def evidence_forms(kind: KindOutline, case: CaseView | None, language: Language) -> Iterator[str]:
    """What is asked for, with a tick at what is there, and a form for each paper."""
    shown = case.shown if case else frozenset()
    rows = "".join(
        f"<li>{'✓' if one in shown else '○'} {_KINDS[one][language]}</li>"
        for one in kind.evidence
        if one in _KINDS
    )
    if rows:
        yield f"<p>{_EVIDENCE[language]}</p><ul>{rows}</ul>"
    for one in papers(kind):
        yield _paper_form(one, language)


def closing_forms(kind: KindOutline, case: CaseView | None, language: Language) -> Iterator[str]:
    """For the second person: what was handed in, and the two decisions."""
    shown = case.shown if case else frozenset()
    handed_in = [_KINDS[one][language] for one in kind.evidence if one in shown and one in _KINDS]
    if handed_in:
        yield f"<p>{_EVIDENCE[language]}: ✓ {escape(' ✓ '.join(handed_in))}</p>"
    yield (
        '<form method="post"><button name="act" value="approve_closing" class="main">'
        f"{_APPROVE[language]}</button></form>"
    )
    options = "".join(
        f'<option value="{c}">{words[language]}</option>' for c, words in RETURNS.items()
    )
    yield (
        f'<form method="post"><label>{_WHY[language]}<select name="how">{options}</select></label>'
        f'<button name="act" value="return_closing">{_RETURN[language]}</button></form>'
    )


def _paper_form(kind: str, language: Language) -> str:
    word = _KINDS[kind][language]
    required = " required" if kind == DOCUMENT else ""
    text = (
        ""
        if kind == DOCUMENT
        else f'<textarea name="words" rows="5" maxlength="{WORDS_MOST}"></textarea>'
    )
    return (
        f'<form method="post" enctype="multipart/form-data"><label>{word}{text}'
        f'<input type="file" name="file" accept="image/*,application/pdf"{required}></label>'
        f"<small>{_KEEP[language]}</small>"
        f'<input type="hidden" name="evidence" value="{kind}">'
        f'<button name="act" value="evidence">{_HAND_IN[language]}</button></form>'
    )
