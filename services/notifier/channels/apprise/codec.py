"""Apprise: the address for one official, the words, and what its yes and no mean."""

from __future__ import annotations

from urllib.parse import quote

from services.notifier.domain.message import Address, TextContent
from services.notifier.domain.results import Reason, SendResult, delivered, switch


def address(url: str, to: Address, timeout_s: float) -> str:
    """The address, with the official's own where it asks for them, and with our patience."""
    own = {"official_id": to.official_id, "mobile": to.mobile, "email": to.email}
    for name, value in own.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return f"{url}{'&' if '?' in url else '?'}cto={timeout_s}&rto={timeout_s}"


def text(content: TextContent) -> str:
    """The words and the link."""
    return f"{content.text}\n{content.link}" if content.link else content.text


def read(yes: bool) -> SendResult:
    """A no has no reason: it may be an address, a limit, or a lost answer. The next channel tells the person."""
    return delivered() if yes else switch(Reason.GATEWAY_ERROR)
