"""The HTTP side of all gateways: routes, and the one path every request takes."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from tests.simulators.behaviour import Behaviour, Mode
from tests.simulators.control import Control
from tests.simulators.courier import Courier
from tests.simulators.exchange import Exchange
from tests.simulators.gateway import Answer, Gateway, Inbound, Limited, Outcome, Refusal, Remembers
from tests.simulators.vendors.aliyun import AliyunSms
from tests.simulators.vendors.aliyun_voice import AliyunVoice
from tests.simulators.vendors.apprise import LongTail
from tests.simulators.vendors.cmpp import LINE, CmppGateway
from tests.simulators.vendors.dingtalk import DingtalkRobot
from tests.simulators.vendors.dingtalk_card import DingtalkCard
from tests.simulators.vendors.dingtalk_stream import PATH as STREAM
from tests.simulators.vendors.dingtalk_stream import DingtalkStream
from tests.simulators.vendors.dingtalk_work import DingtalkWork
from tests.simulators.vendors.feishu import FeishuRobot
from tests.simulators.vendors.feishu_app import FeishuApp
from tests.simulators.vendors.huawei import HuaweiSms
from tests.simulators.vendors.smpp import LINE as SMPP_LINE
from tests.simulators.vendors.smpp import SmppGateway
from tests.simulators.vendors.smtp import MailRelay
from tests.simulators.vendors.tencent import TencentSms
from tests.simulators.vendors.tencent_voice import TencentVoice
from tests.simulators.vendors.webhook import Webhook
from tests.simulators.vendors.wecom_app import WecomApp
from tests.simulators.vendors.wecom_robot import WecomRobot

DINGTALK_WORK = "/dingtalk/topapi/message/corpconversation"
Endpoint = Callable[[Request], Awaitable[Response]]


class CutOff(Response):
    """An answer that is promised and never sent: the connection closes in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Announce a body and leave; the server then closes the connection."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


@dataclass(frozen=True, slots=True)
class Assembly:
    """The web application and the parts the process needs to run beside it."""

    app: Starlette
    exchange: Exchange
    relay: MailRelay
    cmpp: CmppGateway
    smpp: SmppGateway


def assemble() -> Assembly:
    """Put exchange, gateways, courier and control together."""
    exchange = Exchange()
    aliyun = AliyunSms(exchange.ledger, exchange.templates["aliyun-sms"])
    tencent = TencentSms(exchange.ledger, exchange.templates["tencent-sms"])
    huawei = HuaweiSms(exchange.templates["huawei-sms"])
    aliyun_voice = AliyunVoice(exchange.templates["aliyun-voice"])
    tencent_voice = TencentVoice(exchange.templates["tencent-voice"])
    apps = WecomApp(), DingtalkWork(), FeishuApp()
    (wecom_app, dingtalk_work, feishu_app), relay = apps, MailRelay(exchange)
    webs: tuple[Gateway, ...] = (
        WecomRobot(),
        DingtalkRobot(),
        FeishuRobot(),
        Webhook(),
        LongTail(),
    )
    robot, dingtalk, feishu, webhook, long_tail = webs
    dingtalk_card, stream = DingtalkCard(), DingtalkStream()
    cmpp, smpp = CmppGateway(exchange), SmppGateway(exchange)
    clouds = (aliyun, tencent, huawei, aliyun_voice, tencent_voice)
    courier = Courier(
        exchange, {cloud.name: cloud for cloud in clouds}, {cmpp.name: cmpp, smpp.name: smpp}
    )
    everyone: tuple[Limited, ...] = (*webs, *apps, dingtalk_card, *clouds, relay, cmpp, smpp)
    names = (*(item.name for item in everyone), LINE, SMPP_LINE)
    control = Control(exchange, courier, (*apps, cmpp, smpp), names, stream)
    posts: dict[str, Endpoint] = {
        "/wecom/cgi-bin/webhook/send": _gateway(robot, exchange),
        "/wecom/cgi-bin/message/send": _gateway(wecom_app, exchange),
        "/dingtalk/robot/send": _gateway(dingtalk, exchange),
        f"{DINGTALK_WORK}/asyncsend_v2": _gateway(dingtalk_work, exchange),
        f"{DINGTALK_WORK}/getsendresult": _aside(dingtalk_work.result),
        "/v1.0/oauth2/accessToken": _aside(dingtalk_card.token),
        "/v1.0/card/instances/createAndDeliver": _gateway(dingtalk_card, exchange),
        "/v1.0/gateway/connections/open": _aside(stream.open),
        "/feishu/open-apis/bot/v2/hook/{name}": _gateway(feishu, exchange),
        "/open-apis/im/v1/messages": _gateway(feishu_app, exchange),
        "/open-apis/auth/v3/tenant_access_token/internal": _aside(feishu_app.token),
        "/apprise/{name}": _gateway(long_tail, exchange),
        "/webhook/{name}": _gateway(webhook, exchange),
        "/sms/batchSendSms/v1": _gateway(huawei, exchange),
        "/": _cloud(
            {
                "x-acs-action": _gateway(aliyun, exchange),
                "SingleCallByTts": _gateway(aliyun_voice, exchange),
                "x-tc-action": _gateway(tencent, exchange),
                "SendTtsVoice": _gateway(tencent_voice, exchange),
            }
        ),
    }
    routes = [Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()]
    tokens = {"/wecom/cgi-bin/gettoken": wecom_app.token, "/dingtalk/gettoken": dingtalk_work.token}
    routes += [Route(path, _aside(give), methods=["GET"]) for path, give in tokens.items()]
    routes += control.routes()
    sockets = [WebSocketRoute(STREAM, stream.serve)]
    app = Starlette(routes=[*routes, *sockets], lifespan=_beside(courier))
    return Assembly(app, exchange, relay, cmpp, smpp)


async def serve(gateway: Gateway, exchange: Exchange, inbound: Inbound) -> Response:
    """Read a request, decide, deliver, and answer in the vendor's words."""
    exchange.stats.add(gateway.name, "requests")
    read = gateway.read(inbound)
    if isinstance(read, Answer):
        exchange.stats.add(gateway.name, "refused" if isinstance(read, Refusal) else "accepted")
        return _render(read)
    outcomes = exchange.decide(gateway, read, inbound.now)
    special = _special(outcomes)
    if special is not None and special.mode is Mode.HTTP_500:
        exchange.stats.add(gateway.name, "failed")
        return _render(gateway.broken())
    exchange.deliver(gateway.name, outcomes, inbound.raw, inbound.now)
    if isinstance(gateway, Remembers):
        gateway.remember(outcomes, inbound.now)
    if special is not None and special.mode is Mode.TIMEOUT:
        exchange.stats.add(gateway.name, "failed")
        return await _hang(special)
    if special is not None:
        await asyncio.sleep(special.delay)
    answer = gateway.answer(outcomes)
    exchange.stats.add(gateway.name, "refused" if isinstance(answer, Refusal) else "accepted")
    return _render(answer)


def _special(outcomes: Sequence[Outcome]) -> Behaviour | None:
    """The behaviour that concerns the connection, not the letter."""
    transport = (Mode.HTTP_500, Mode.TIMEOUT, Mode.SLOW)
    return next((item.behaviour for item in outcomes if item.mode in transport), None)


async def _hang(behaviour: Behaviour) -> Response:
    if not behaviour.close:
        await asyncio.sleep(behaviour.delay)
    return CutOff()


def _gateway(gateway: Gateway, exchange: Exchange) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await serve(gateway, exchange, await _inbound(request))

    return endpoint


def _aside(asked: Callable[[Inbound], Answer]) -> Endpoint:
    """What belongs to a gateway and carries no message."""

    async def endpoint(request: Request) -> Response:
        return _render(asked(await _inbound(request)))

    return endpoint


def _cloud(gateways: Mapping[str, Endpoint]) -> Endpoint:
    """Both clouds insist on the root path; their action headers, and the actions, tell their products apart."""

    async def endpoint(request: Request) -> Response:
        vendor = "x-tc-action" if "x-tc-action" in request.headers else "x-acs-action"
        action = request.headers.get(vendor, "")
        return await gateways.get(action, gateways[vendor])(request)

    return endpoint


async def _inbound(request: Request) -> Inbound:
    return Inbound(
        method=request.method,
        path=request.url.path,
        query_string=request.scope["query_string"].decode("ascii", "replace"),
        headers=dict(request.headers),
        body=await request.body(),
        now=time.time(),
        name=request.path_params.get("name", ""),
    )


def _render(answer: Answer) -> Response:
    content = json.dumps(answer.body, ensure_ascii=False).encode()
    headers = dict(answer.headers)
    return Response(content, answer.status, headers, media_type="application/json")


def _beside(
    courier: Courier,
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(courier.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return lifespan
