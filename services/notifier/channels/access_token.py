"""Access tokens of IM applications: one is kept, and renewed when it runs out or is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from services.notifier.channels.http import Answer, Call, HttpClient
from services.notifier.domain.results import (
    Reason,
    SendResult,
    SendStatus,
    misconfigured,
    retry,
)

# Given up this long before the vendor says, so that none runs out under way.
_EARLY_S = 300


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when to stop using it."""

    value: str = field(repr=False)
    use_until_ms: int


class TokenKeeper:
    """One per application. call: how a token is asked for; read: what the answer says."""

    def __init__(
        self,
        client: HttpClient,
        call: Callable[[], Call],
        read: Callable[[Answer, int], AccessToken | SendResult],
    ) -> None:
        self._client = client
        self._call = call
        self._read = read
        self._token = AccessToken("", 0)
        self._renewing = asyncio.Lock()

    async def send(
        self,
        post: Callable[[AccessToken], Awaitable[SendResult]],
        expired: Collection[str],
        now_ms: int,
        again: Callable[[AccessToken], Awaitable[SendResult]] | None = None,
    ) -> SendResult:
        """What posting gave; after a refusal of the token once more with a new one, for nothing was sent on.

        expired: the gateway's codes that say so. again: how the second post is made, where it differs.
        """
        token = await self.current(now_ms)
        if isinstance(token, SendResult):
            return token
        result = await post(token)
        if result.provider_code not in expired:
            return result
        fresh = await self.current(now_ms, refused=token.value)
        return fresh if isinstance(fresh, SendResult) else await (again or post)(fresh)

    async def current(self, now_ms: int, refused: str = "") -> AccessToken | SendResult:
        """The token in use, or a new one when it ran out or is the refused one."""
        async with self._renewing:
            if self._token.value != refused and now_ms < self._token.use_until_ms:
                return self._token
            fetched = await self._fetch(now_ms)
            if isinstance(fetched, AccessToken):
                self._token = fetched
            return fetched

    async def _fetch(self, now_ms: int) -> AccessToken | SendResult:
        answer = await self._client.exchange(self._call())
        if not isinstance(answer, SendResult):
            return self._read(answer, now_ms)
        # No message was sent yet, whatever happened to the request for a token.
        lost = answer.status is SendStatus.UNKNOWN_OUTCOME
        return retry(Reason.UNREACHABLE) if lost else answer


def token_from(value: object, lifetime_s: object, now_ms: int) -> AccessToken | SendResult:
    """The token of a successful answer; a loud failure when the answer holds none."""
    if not isinstance(value, str) or not isinstance(lifetime_s, int):
        return misconfigured(Reason.UNKNOWN_CODE)
    return AccessToken(value, now_ms + max(lifetime_s - _EARLY_S, 1) * 1000)
