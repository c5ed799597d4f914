"""What the query API says to people when it refuses, in Chinese and English."""

from __future__ import annotations

from enum import Enum

from services.common.terms import Language


class Fault(Enum):
    """Each fault with its text in Chinese and English."""

    NO_SUCH_CASE = (
        "没有编号为 {value} 的案件；编号形如 {allowed}",
        "there is no case {value}; an id looks like {allowed}",
    )
    FIELD_WRONG = (
        "字段 {field} 的值 {value} 不正确；允许：{allowed}",
        "field {field} is {value}; allowed: {allowed}",
    )
    TOO_EARLY = (
        "该等级须保持至 {allowed}，此前不得申请降级",
        "this level stands until {allowed}; a lowering may not be asked for before",
    )
    LOG_AWAY = (
        "消息系统暂不可用，命令未写入，请稍后用同一 command_id 重试",
        "the log is away; the command was not written; try again with the same command_id",
    )


def text_of(fault: Fault, language: Language, **details: object) -> str:
    """The fault in the caller's language."""
    chinese, english = fault.value
    chosen = english if language is Language.EN else chinese
    return chosen.format(**details)
