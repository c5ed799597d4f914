"""The control API: how tests and the demonstration steer the gateways and look at phones."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.simulators.behaviour import UnknownSetting, behaviour_from, refuse_unknown
from tests.simulators.courier import Courier
from tests.simulators.exchange import Exchange
from tests.simulators.receipts import Callback
from tests.simulators.vendors.dingtalk_stream import DingtalkStream

DEFAULT_PAGE = 10_000


class Forgetful(Protocol):
    """A gateway that remembers texts to recognise repeats, until a reset."""

    def clear(self) -> None:
        """Forget them."""


@dataclass(frozen=True, slots=True)
class Control:
    """The control API over one exchange."""

    exchange: Exchange
    courier: Courier
    forgetful: tuple[Forgetful, ...]
    gateways: tuple[str, ...]
    stream: DingtalkStream

    def routes(self) -> list[Route]:
        """The addresses of the control API."""
        posts: Mapping[str, Callable[[dict[str, object]], Awaitable[object]]] = {
            "reset": self.reset,
            "behave": self.behave,
            "receipts": self.receipts,
            "reply": self.reply,
            "templates": self.templates,
            "stream/press": self.stream.press,
            "stream/system": self.stream.system,
            "stream/cut": self.stream.cut,
        }
        return [
            Route("/_control/messages", self.messages),
            Route("/_control/phones/{address:path}", self.phone),
            Route("/_control/stats", self.stats),
            *(
                Route(f"/_control/{name}", _posted(act), methods=["POST"])
                for name, act in posts.items()
            ),
        ]

    async def messages(self, request: Request) -> Response:
        """Messages after a sequence number, oldest first."""
        since = int(request.query_params.get("since", 0))
        limit = int(request.query_params.get("limit", DEFAULT_PAGE))
        found = self.exchange.phones.since(since, limit)
        last = self.exchange.phones.last
        return JSONResponse({"messages": [item.as_json() for item in found], "last": last})

    async def phone(self, request: Request) -> Response:
        """The messages on one phone."""
        found = self.exchange.phones.of(request.path_params["address"])
        return JSONResponse({"messages": [item.as_json() for item in found]})

    async def stats(self, request: Request) -> Response:
        """Counts per gateway since the last reset."""
        return JSONResponse(self.exchange.stats.as_json())

    async def reset(self, body: dict[str, object]) -> object:
        """Forget messages, behaviours, receipts and counts; with everything, settings too."""
        refuse_unknown("key", body, ("everything",))
        self.exchange.reset(bool(body.get("everything", False)))
        for gateway in self.forgetful:
            gateway.clear()
        return {"last": self.exchange.phones.last}

    async def behave(self, body: dict[str, object]) -> object:
        """Put an instruction to a gateway in force."""
        behaviour = behaviour_from(body, self.gateways)
        self.exchange.behaviours.set(behaviour)
        return {"gateway": behaviour.gateway, "mode": behaviour.mode}

    async def receipts(self, body: dict[str, object]) -> object:
        """Say where a gateway pushes its receipts and replies, how late and how often."""
        refuse_unknown("key", body, ("gateway", "url", "reply_url", "delay_ms", "repeat"))
        name = self._reporting(body)
        callback = Callback(
            url=str(body.get("url", "")),
            reply_url=str(body.get("reply_url", "")),
            delay_ms=int(str(body.get("delay_ms", 0))),
            repeat=int(str(body.get("repeat", 1))),
        )
        self.exchange.ledger.callbacks[name] = callback
        return {"gateway": name}

    async def reply(self, body: dict[str, object]) -> object:
        """Let a person answer an SMS."""
        refuse_unknown("key", body, ("gateway", "address", "text"))
        name = self._reporting(body)
        taken = await self.courier.reply(name, str(body["address"]), str(body["text"]))
        return {"taken": taken}

    async def templates(self, body: dict[str, object]) -> object:
        """Approve templates and signatures on one SMS platform."""
        refuse_unknown("key", body, ("gateway", "templates", "signs", "max_variable"))
        name = str(body.get("gateway", ""))
        refuse_unknown("gateway", [name], self.exchange.templates)
        book = self.exchange.templates[name]
        templates, signs = body.get("templates", {}), body.get("signs", [])
        if not isinstance(templates, dict) or not isinstance(signs, list):
            raise UnknownSetting("templates must be an object and signs a list")
        book.approve({str(key): str(text) for key, text in templates.items()}, signs)
        if body.get("max_variable") is not None:
            book.max_variable = int(str(body["max_variable"]))
        return {"templates": sorted(book.templates), "signs": sorted(book.signs)}

    def _reporting(self, body: Mapping[str, object]) -> str:
        name = str(body.get("gateway", ""))
        refuse_unknown("gateway", [name], (*self.courier.gateways, *self.courier.carrying))
        return name


def _posted(
    act: Callable[[dict[str, object]], Awaitable[object]],
) -> Callable[[Request], Awaitable[Response]]:
    """Read the JSON body, and turn a mistake in it into a 422 that says what is allowed."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await request.json() if await request.body() else {}
            if not isinstance(body, dict):
                raise UnknownSetting("the body must be a JSON object")
            return JSONResponse(await act(body))
        except (KeyError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=422)

    return endpoint
