"""Every text of this service's API, in Chinese and English."""

from __future__ import annotations

from services.common.terms import Language, Level
from services.risk_scoring.domain.pack import Text

LEVELS = {
    Level.NONE: Text("未评级", "not rated"),
    Level.GREEN: Text("绿色（低）", "green (low)"),
    Level.YELLOW: Text("黄色（中）", "yellow (medium)"),
    Level.RED: Text("红色（高）", "red (high)"),
}
_TEXTS = {
    "headline": Text(
        "{pack}：{level}，{points} 分（黄色 {yellow_at} 分起，红色 {red_at} 分起）",
        "{pack}: {level}, {points} points (yellow from {yellow_at}, red from {red_at})",
    ),
    "kept": Text(
        "；按现有回答为{computed}，级别只能由责任人评估后降低",
        "; the answers now give {computed}, and only a named person may lower the level",
    ),
    "bounds": Text(
        "；{unknown} 项未知，可能在{lowest}与{highest}之间",
        "; {unknown} unknown, possible from {lowest} to {highest}",
    ),
    "recency": Text("；其中近期事件 {points} 分", "; of these {points} for recent incidents"),
    "change": Text("；其中新增情况 {points} 分", "; of these {points} for what is newly reported"),
    "cannot_rate": Text(
        "；未知过多，不能评级，须入户了解", "; too much is unknown to rate: a visit is needed"
    ),
    "would_be": Text(
        "若“{text}”为是（现为{answer}），级别为{level}",
        'it would be {level} if "{text}" were yes (now {answer})',
    ),
    "ask": Text("下次先问：{text}", "ask first: {text}"),
    "yes": Text("是", "yes"),
    "no": Text("否", "no"),
    "unknown": Text("未知", "unknown"),
    "wrong": Text(
        "{field} 的值 {value!r} 不可用；允许：{allowed}",
        "{field}: value {value!r} is not usable; allowed: {allowed}",
    ),
    "missing": Text(
        "没有 {field} 为 {value!r} 的档案；允许：已有评定的对象",
        "{field}: no profile of {value!r}; allowed: subjects that were rated",
    ),
    "not_rated": Text(
        "{field}：规则包 {value!r} 尚未评定该对象；允许：{allowed}",
        "{field}: the pack {value!r} has not rated this subject; allowed: {allowed}",
    ),
    "own_level_missing": Text(
        "请先给出自己的判断（assessor_level：{allowed}），再看系统评级：先看评级，判断就不再独立",
        "give your own level first (assessor_level: {allowed}): who sees the computed one first judges no more",
    ),
    "another_version": Text(
        "档案按规则包版本 {value} 评定，当前为 {allowed}；请重新评估后再查看说明",
        "the profile was rated by pack version {value}, in force is {allowed}; assess again first",
    ),
    "a_grid": Text("15 位网格代码", "a grid's code of 15 digits"),
    "rounds_away": Text(
        "暂时无法统计轮次：消息日志不可用；请稍后重试",
        "rounds cannot be counted now: the log is away; try again later",
    ),
    "a_subject": Text("对象编号", "a subject id"),
}


def pick(text: Text, language: Language) -> str:
    """A text in a language; Chinese unless English is asked for."""
    return text.en if language is Language.EN else text.zh


def say(key: str, language: Language, **values: object) -> str:
    """A text of this API with its values filled in."""
    return pick(_TEXTS[key], language).format(**values)


def level(value: Level, language: Language) -> str:
    """The name of a level."""
    return pick(LEVELS[value], language)
