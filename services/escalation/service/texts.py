"""What the query API says to people when it refuses, in Chinese and English."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """Each fault with its text in Chinese and English."""

    NO_CALLER = (
        "缺少元数据 x-official-id：请填写本人的人员编号",
        'metadata "x-official-id" is missing: give your own official id',
    )
    CALLER_UNKNOWN = (
        "人员编号 {value} 不在花名册中",
        "official id {value} is not on the roster",
    )
    CALLER_OUTSIDE = (
        "{value} 不在您的辖区 {allowed} 之内",
        "{value} is outside your jurisdiction {allowed}",
    )
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


def text_of(fault: Fault, accept_language: str, **details: object) -> str:
    """The fault in the caller's language; Chinese unless English is asked for first."""
    chinese, english = fault.value
    chosen = english if accept_language.lower().startswith("en") else chinese
    return chosen.format(**details)
