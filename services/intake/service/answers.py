"""How results are told to a sender: the language, and the JSON of the HTTP door."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.terms import Language
from services.intake.domain.incoming import Result, Status
from services.intake.domain.problems import Problem

RETRY_AFTER_S = 2
_TEXTS = {
    "key.missing": (
        "缺少接口密钥：请在 x-api-key 中提供",
        "the API key is missing: send it in x-api-key",
    ),
    "key.unknown": ("接口密钥无效", "the API key is not valid"),
    "body.too_large": (
        "请求体超过上限 {limit} 字节",
        "the body is larger than the limit of {limit} bytes",
    ),
    "body.incomplete": ("请求体不完整", "the body is incomplete"),
    "batch.too_large": ("一批最多 {limit} 份报告", "a batch may have at most {limit} reports"),
    "content_type.unsupported": (
        "请用 application/json（UTF-8）发送",
        "send application/json (UTF-8)",
    ),
    "kafka.away": (
        "暂时无法受理，本次报送未被接收；请稍后原样重发（重复不会计两次）",
        "cannot take reports right now, and none of these was taken; send the same again later (nothing counts twice)",
    ),
    "request.malformed": (
        "请求不是合法的 protobuf 消息 {message_type}",
        "the request is not a valid protobuf message {message_type}",
    ),
}


def say(reason: str, language: Language, **values: object) -> str:
    """A text about the request as a whole."""
    zh, en = _TEXTS[reason]
    return (en if language is Language.EN else zh).format_map(values)


def language_of(accept_language: str) -> Language:
    """English when it is preferred over Chinese, else Chinese."""
    best, best_weight = Language.ZH, 0.0
    for part in accept_language.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        language = {"zh": Language.ZH, "en": Language.EN}.get(tag.split("-")[0].strip())
        weight = _weight(parameter)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


def as_json(result: Result, language: Language) -> dict[str, object]:
    """A result as the HTTP door writes it."""
    if result.status is not Status.REJECTED:
        return {"status": result.status.value, "event_id": result.event_id}
    problems = [_problem_json(problem, language) for problem in result.problems]
    return {
        "status": result.status.value,
        "reject_id": result.reject_id,
        **problems[0],
        "problems": problems,
    }


def batch_json(results: Sequence[Result], language: Language) -> dict[str, object]:
    """Results of a batch in order, with their sums."""
    counts = tally(results)
    return {
        "results": [as_json(result, language) for result in results],
        "accepted": counts[Status.ACCEPTED],
        "duplicates": counts[Status.DUPLICATE],
        "rejected": counts[Status.REJECTED],
    }


def tally(results: Sequence[Result]) -> dict[Status, int]:
    """How many of each status."""
    counts = dict.fromkeys(Status, 0)
    for result in results:
        counts[result.status] += 1
    return counts


def _problem_json(problem: Problem, language: Language) -> dict[str, object]:
    return {
        "reason": problem.reason.value,
        "field_path": problem.field_path,
        "message": problem.message(language),
        "allowed": problem.allowed,
    }
