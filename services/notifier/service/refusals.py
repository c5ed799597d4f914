"""Why the notifier's API refuses a call: the gRPC status, and the text in Chinese and English."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn

import grpc

from services.common.calls import Call, language_of
from services.common.terms import Language


class Refusal(Enum):
    """One refusal; texts name the field, what was wrong and what is allowed."""

    TOO_MANY_TESTS = (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "{value} 本小时试发已达上限：请另一人执行 sanse release --tests-of {value}",
        "{value} has sent as many tests as one may in an hour; another person can run: "
        "sanse release --tests-of {value}",
    )
    RELEASE_WHAT = (
        grpc.StatusCode.INVALID_ARGUMENT,
        "须填 jurisdiction_code 或 tests_of 之一，messages 须为 1 或以上",
        "give jurisdiction_code or tests_of, one of them; messages must be 1 or more",
    )
    NOT_A_COUNTY = (
        grpc.StatusCode.INVALID_ARGUMENT,
        "jurisdiction_code：{value} 不是县级区划代码（六位）",
        "jurisdiction_code: {value} is not a county's code of six digits",
    )
    SECOND_PERSON = (
        grpc.StatusCode.PERMISSION_DENIED,
        "tests_of：须由 {value} 以外的另一人放行",
        "tests_of: another person than {value} must release them",
    )


async def refuse(call: Call, refusal: Refusal, **details: str) -> NoReturn:
    """End the call, and say why in the caller's language."""
    code, chinese, english = refusal.value
    text = english if language_of(call) is Language.EN else chinese
    await call.abort(code, text.format(**details))
