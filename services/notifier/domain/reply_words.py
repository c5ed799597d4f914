"""What became of an SMS reply, in words that name case numbers and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common.terms import Language
from services.notifier.domain.replies import ReplyOutcome, code_of

_ANSWERS: Mapping[Language, Mapping[ReplyOutcome, str]] = {
    Language.ZH: {
        ReplyOutcome.ACKNOWLEDGED: "事项{no}已签收",
        ReplyOutcome.VISIT_RECORDED: "事项{no}到场已登记",
        ReplyOutcome.SUPPORT_ASKED: "事项{no}已向上级请求支援",
        ReplyOutcome.ALREADY_ACKNOWLEDGED: "事项{no}此前已签收，无需再复",
        ReplyOutcome.TAKEN_OVER: "事项{no}已由上级接办，本次回复未登记",
        ReplyOutcome.CLOSED: "事项{no}已办结，本次回复未登记",
        ReplyOutcome.NOTHING_OPEN: "目前没有待您办理的事项",
        ReplyOutcome.UNKNOWN_TEXT: "未能识别，请回复1收到、2已到场、3请求支援",
        ReplyOutcome.UNKNOWN_CASE: "没有待您办理的这一编号，请核对",
    },
    Language.EN: {
        ReplyOutcome.ACKNOWLEDGED: "case {no} acknowledged",
        ReplyOutcome.VISIT_RECORDED: "your arrival in case {no} is recorded",
        ReplyOutcome.SUPPORT_ASKED: "support was asked for case {no}",
        ReplyOutcome.ALREADY_ACKNOWLEDGED: "case {no} was acknowledged before",
        ReplyOutcome.TAKEN_OVER: "a tier above has case {no} now; not recorded",
        ReplyOutcome.CLOSED: "case {no} is closed; not recorded",
        ReplyOutcome.NOTHING_OPEN: "no case waits for you",
        ReplyOutcome.UNKNOWN_TEXT: "not understood. 1 received, 2 arrived, 3 need support",
        ReplyOutcome.UNKNOWN_CASE: "no such case of yours; please check the number",
    },
}
_OTHERS: Mapping[Language, str] = {
    Language.ZH: "。另有{n}件待签收：{codes}，回复1加编号签收",
    Language.EN: ". {n} more to acknowledge: {codes}. Reply 1 and the number",
}
_BETWEEN = {Language.ZH: "、", Language.EN: ", "}


def answer_words(answer: str, case_no: str, language: Language) -> str:
    """What became of the reply; "" for a notice that answers none, or whose code a newer version wrote."""
    known = {outcome.value: words for outcome, words in _ANSWERS[language].items()}
    return known.get(answer, "").format(no=case_no)


def others_words(case_nos: Sequence[str], waiting: int, language: Language) -> str:
    """How many other cases wait, and the codes of the newest; "" when none does."""
    if not waiting:
        return ""
    codes = _BETWEEN[language].join(code_of(case_no) for case_no in case_nos)
    return _OTHERS[language].format(n=waiting, codes=codes)


def longest_answer(case_no: str, language: Language) -> str:
    """The longest answer there can be, for checks at load."""
    return max((words.format(no=case_no) for words in _ANSWERS[language].values()), key=len)
