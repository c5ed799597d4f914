"""Factors that may never be scored: who somebody is. Not configurable."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.risk_scoring.domain.pack import Text


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A factor with the words that betray it in a rule."""

    name: Text
    words: re.Pattern[str]


def _factor(zh: str, en: str, words: str) -> Forbidden:
    return Forbidden(Text(zh, en), re.compile(words, re.IGNORECASE))


FORBIDDEN: tuple[Forbidden, ...] = (
    _factor("民族", "ethnicity", r"民族|种族|ethnic|\brac(?:e|ial)\b|nationality"),
    _factor("宗教信仰", "religion", r"宗教|信教|信仰|教徒|religio|\bfaith\b|church|mosque"),
    _factor("政治面貌和观点", "political opinion", r"政治|党员|党派|politic|\bparty member"),
    _factor("信访、诉求历史", "petition history", r"信访|上访|越级|缠访|诉求史|petition|grievance"),
    _factor(
        "精神障碍",
        "mental disorder",
        r"精神(?:病|障碍|疾病|异常)|抑郁症|肇事肇祸|mental|psychiatr|schizo",
    ),
    _factor("残疾", "disability", r"残疾|智障|残障|disab|handicap"),
    _factor(
        "贫困、低保、失业",
        "poverty",
        r"贫困|低保|困难户|失业|无业|poverty|\bpoor\b|unemploy|welfare|subsist",
    ),
    _factor(
        "刑满释放、社区矫正、前科",
        "former prisoner",
        r"刑满|刑释|社区矫正|前科|服刑|ex.?(?:prisoner|convict|offender)|released.?prisoner|"
        r"former.?prisoner|criminal.?record|community.?correction",
    ),
    _factor("户籍、外来人口", "migrant status", r"户籍|外来人口|流动人口|migrant|hukou"),
    _factor("性取向", "sexual orientation", r"性取向|同性恋|sexual.?orientation|\bgay\b|lesbian"),
    _factor("疾病", "illness", r"艾滋|传染病|\bhiv\b|\baids\b"),
    _factor(
        "特殊人群、帮扶类别",
        "support category",
        r"特殊人群|重点人员|重点人群|帮扶对象|八类人员|support.?categor|special.?group|"
        r"留守|left.?behind",
    ),
)


def forbidden_in(text: str) -> Forbidden | None:
    """The forbidden factor a text names, if any."""
    for factor in FORBIDDEN:
        if factor.words.search(text.replace("_", " ")):
            return factor
    return None
