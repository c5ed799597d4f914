"""Structured logs: events, not prose, with personal data masked."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

MASK = "•••"
_PERSONAL_KEYS = frozenset(
    {
        "mobile",
        "phone",
        "email",
        "name",
        "address",
        "narrative",
        "remarks",
        "id_card",
        "wecom_id",
        "dingtalk_id",
        "feishu_id",
    }
)
_PERSONAL_TEXT = re.compile(
    r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\w)|[\w.+-]+@[\w-]+\.[\w.]+"
)
# No text without one of these can hold what the patterns below look for; most texts have none.
_SUSPICIOUS = re.compile(r"\d{11}|[@=]")
_SECRET_TEXT = re.compile(r"(?i)((?:key|access_token|sign|secret|token)=)[^&\s\"']+")


def mask_personal(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask values of personal keys, and phone numbers, identity numbers, e-mails and URL secrets in any text."""
    for key, value in event.items():
        if key in _PERSONAL_KEYS:
            event[key] = MASK
        elif isinstance(value, str):
            event[key] = masked(value)
    return event


def masked(text: str) -> str:
    """The text without phone numbers, identity numbers, e-mail addresses and secrets in URLs."""
    if _SUSPICIOUS.search(text) is None:
        return text
    return _SECRET_TEXT.sub(rf"\1{MASK}", _PERSONAL_TEXT.sub(MASK, text))


class _StandardError:
    """Whatever standard error is when a line is written: a cached logger outlives a redirection."""

    def write(self, text: str) -> int:
        """Write to standard error as it is now."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush standard error as it is now."""
        sys.stderr.flush()


def configure(service: str, level: str = "INFO", *, as_json: bool = True) -> None:
    """Send all logs of this process to standard error, one event a line."""
    stderr = cast(TextIO, _StandardError())
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_personal,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(stream=stderr, level=logging.WARNING)


def get(component: str) -> structlog.stdlib.BoundLogger:
    """A logger; call it as log.info("case.opened", case_id=…, reason=…)."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(component=component)
    return logger
