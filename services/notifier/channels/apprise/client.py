"""Hands messages to Apprise, for what no channel of ours reaches. Without the package the start says so."""

from __future__ import annotations

import importlib
import logging
from typing import Any

from services.notifier.channels.apprise import codec
from services.notifier.channels.apprise.config import AppriseConfig
from services.notifier.domain.message import Address, AddressKind, Form, Message, TextContent
from services.notifier.domain.results import Reason, SendResult, give_up

_ANYBODY = Address("x", "", "13800138000", "", "x@example.org")


class AppriseUnusable(RuntimeError):
    """The channel is configured and cannot work: the start ends here, and the text says what to do."""


class Apprise:
    """Apprise says yes or no, and no more: where it matters, a channel of ours is the better way."""

    name = "apprise"
    form = Form.IM
    needs = AddressKind.GROUP
    receipts = False
    repeat_safe = False

    def __init__(self, config: AppriseConfig) -> None:
        self._config = config
        self._apprise = _library()
        if self._target(_ANYBODY) is None:
            raise AppriseUnusable(
                "SANSE_APPRISE_URL 不是 Apprise 认识的地址 / is no address that Apprise knows; "
                "allowed: the schemes of its documentation, such as bark:// or pushplus://"
            )

    async def send(self, message: Message, now_ms: int) -> SendResult:
        """Send once."""
        assert isinstance(message.content, TextContent)
        target = self._target(message.address)
        if target is None:
            return give_up(Reason.BAD_ADDRESS)
        words = codec.text(message.content)
        # Beyond it Apprise would cut, or send several.
        if len(words) > target.body_maxlen:
            return give_up(Reason.TOO_LONG)
        group = self._apprise.Apprise()
        group.add(target)
        return codec.read(bool(await group.async_notify(body=words, title=message.content.title)))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _target(self, to: Address) -> Any:
        url = codec.address(self._config.url.get_secret_value(), to, self._config.timeout_s)
        return self._apprise.Apprise.instantiate(url)


def _library() -> Any:
    try:
        library = importlib.import_module("apprise")
    except ImportError as missing:
        raise AppriseUnusable(
            "已设置 SANSE_APPRISE_URL，但未安装 apprise，请执行 / SANSE_APPRISE_URL is set and apprise is not "
            "installed: pip install 'sanse[apprise]'"
        ) from missing
    # Its own lines name addresses, and say nothing that a result does not.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return library
