"""Keeps the stream open on which DingTalk brings presses of card buttons: no address of ours is known to anybody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from services.common import log
from services.notifier.channels.callback import CallbackRefused, Press, Seal
from services.notifier.channels.dingtalk_card import codec, frames
from services.notifier.channels.dingtalk_card.config import DingtalkCardConfig
from services.notifier.channels.dingtalk_card.frames import Frame, Kind, Verdict
from services.notifier.channels.http import Call, HttpClient, base
from services.notifier.channels.pauses import pause_s
from services.notifier.domain.results import SendResult

# A press is a few hundred octets.
_MAX_FRAME_BYTES = 65_536
_HEADERS = {"content-type": "application/json", "accept": "application/json"}
_log = log.get("dingtalk_card")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a press, and what its card says from now on."""

    verdict: Verdict
    shown: str = ""


Take = Callable[[Seal, Press], Awaitable[Taken]]


class Stream:
    """One connection, made again whenever it is lost; every worker has its own, and a press comes to one of them."""

    def __init__(self, config: DingtalkCardConfig, client: HttpClient, take: Take) -> None:
        self._config = config
        self._client = client
        self._take = take
        self._task: asyncio.Task[None] | None = None
        self._presses: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Connect, and stay connected."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="dingtalk-stream")

    async def close(self) -> None:
        """Bring to its end what was begun, then leave."""
        await self._settled()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _settled(self) -> None:
        if self._presses:
            await asyncio.wait(list(self._presses), timeout=self._config.timeout_s)

    async def _run(self) -> None:
        """For ever: a connection that was open is followed by another at once, failures by longer and longer waits."""
        failures = 0
        while True:
            failures = 0 if await self._once() else failures + 1
            if failures:
                first, most = self._config.reconnect_s, self._config.reconnect_most_s
                await asyncio.sleep(pause_s(failures, first, most))

    async def _once(self) -> bool:
        """Open, and serve until it ends; whether it was worth connecting."""
        address = await self._address()
        if address is None:
            return False
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(
                    address,
                    heartbeat=self._config.heartbeat_s,
                    max_msg_size=_MAX_FRAME_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=self._config.timeout_s),
                ) as socket,
            ):
                return await self._serve(socket)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("stream.not_connected", reason=type(error).__name__)
            return False

    async def _address(self) -> str | None:
        config = self._config
        body = frames.wish(config.app_key, config.app_secret.get_secret_value())
        url = base(config.base_url, "/v1.0/gateway/connections/open")
        answer = await self._client.exchange(Call("POST", url, body, _HEADERS))
        if isinstance(answer, SendResult):
            _log.warning("stream.not_connected", reason=answer.reason.value)
            return None
        address = frames.address_in(answer, config.base_url.startswith("https:"))
        if answer.status != 200 or address is None:
            found = codec.read(answer)
            _log.error(
                "stream.refused", reason=found.reason.value, provider_code=found.provider_code
            )
            return None
        return address

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> bool:
        """Until it ends; whether it lasted for a heartbeat or more, or brought anything."""
        time = asyncio.get_running_loop().time
        began, heard = time(), False
        _log.info("stream.connected")
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            heard = True
            if not await self._hear(socket, message.data):
                # What was pressed before is still answered here.
                await self._settled()
                break
        _log.warning("stream.disconnected", code=socket.close_code)
        return heard or time() - began >= self._config.heartbeat_s

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> bool:
        """Answer a frame, or begin to; False when the gateway asks for another connection."""
        try:
            frame = frames.read_frame(text)
        except CallbackRefused as wrong:
            # Without a number there is nothing to answer to.
            _log.warning("stream.frame_unreadable", reason=str(wrong))
            return True
        if frame.kind == Kind.SYSTEM:
            await _say(socket, frames.answer(frame, Verdict.TAKEN, frame.data))
            return frame.topic != "disconnect"
        if (frame.kind, frame.topic) != (Kind.CALLBACK, frames.CARD_TOPIC):
            await _say(socket, frames.answer(frame, Verdict.NOBODY_HEARS))
            return True
        task = asyncio.create_task(self._pressed(socket, frame), name="dingtalk-press")
        self._presses.add(task)
        task.add_done_callback(self._presses.discard)
        return True

    async def _pressed(self, socket: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        """The border of what the gateway brings: without a yes from us it is brought again."""
        try:
            taken = await self._take(frame.seal, frames.press_in(frame))
        except CallbackRefused as wrong:
            _log.warning("callback.refused", vendor="dingtalk_card", reason=str(wrong))
            taken = Taken(Verdict.REFUSED)
        except Exception as error:  # noqa: BLE001 — the border: one press must not end the stream
            _log.error("stream.press_not_taken", error=type(error).__name__)
            taken = Taken(Verdict.LATER)
        data = frames.card_data(codec.after_press(taken.shown)) if taken.shown else "{}"
        await _say(socket, frames.answer(frame, taken.verdict, data))


async def _say(socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
    """Unless the connection is gone: then the gateway brings it again, and finds it done."""
    with contextlib.suppress(aiohttp.ClientError, OSError):
        await socket.send_str(text)
