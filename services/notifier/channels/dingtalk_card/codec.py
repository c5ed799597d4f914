"""DingTalk interactive card: the card for one member, the access token, and what each code means.

The codes are those of the vendor's list of server errors; a place that could not be reached says why in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.notifier.channels.access_token import AccessToken, token_from
from services.notifier.channels.dingtalk_card.config import DingtalkCardConfig
from services.notifier.channels.http import Answer, json_bytes
from services.notifier.domain.button_words import ACKNOWLEDGE
from services.notifier.domain.message import Message, TextContent
from services.notifier.domain.results import (
    Reason,
    SendResult,
    delivered,
    give_up,
    misconfigured,
    retry,
)
from services.notifier.domain.verdicts import judge

# Ours: the vendor names no limit, and a notice is far smaller.
MAX_CARD_BYTES = 8192
TOKEN_EXPIRED = frozenset({"InvalidAuthentication"})
# The gateway counts calls by the second.
_A_SECOND_MS = 1000
_SHOWN = "shown"
VERDICTS: Mapping[str, SendResult] = {
    _SHOWN: delivered(),
    "InvalidAuthentication": retry(Reason.BAD_CREDENTIALS),
    "invalidClientIdOrSecret": misconfigured(Reason.BAD_CREDENTIALS),
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": misconfigured(Reason.REFUSED),
    "Forbidden.AccessDenied.IpNotInWhiteList": misconfigured(Reason.REFUSED),
    "Forbidden.AccessDenied.QpsLimitForApi": retry(Reason.THROTTLED, _A_SECOND_MS),
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": retry(Reason.THROTTLED, _A_SECOND_MS),
    "ServiceUnavailable": retry(Reason.GATEWAY_ERROR),
    "param.templateUnpublished": misconfigured(Reason.REFUSED),
    "param.openSpaceIdInvalid": give_up(Reason.BAD_ADDRESS),
    # In words: no such member, or one whom the robot does not reach.
    "spaceId is illegal": give_up(Reason.BAD_ADDRESS),
}


def body(
    message: Message, content: TextContent, config: DingtalkCardConfig, now_ms: int
) -> bytes | None:
    """The request body; None when the card is larger than is sent."""
    card = _variables(message, content)
    if len(json_bytes(card)) > MAX_CARD_BYTES:
        return None
    return json_bytes(
        {
            "cardTemplateId": config.template_id,
            # Another one each time: a card that was made and not shown must not stand in the way of the next.
            "outTrackId": f"{message.notice_id}-{now_ms}",
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": card},
            "userIdType": 1,
            "openSpaceId": f"dtv1.card//IM_ROBOT.{message.address.dingtalk_id}",
            # Whoever it were passed on to could not press its button, but read it.
            "imRobotOpenSpaceModel": {
                "supportForward": False,
                "lastMessageI18n": {"ZH_CN": content.title},
            },
            "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": config.robot},
        }
    )


def read(answer: Answer) -> SendResult:
    """Shown when both the request and its one place say so; a code nobody has mapped is a loud failure."""
    code = _code(answer)
    result = judge(answer.status, code, VERDICTS, answer.after_ms())
    if code not in VERDICTS and 400 <= answer.status < 500 and code is not None:
        result = replace(misconfigured(Reason.UNKNOWN_CODE), provider_code=code)
    card = _part(answer.json(), "result").get("outTrackId")
    return replace(result, provider_message_id=str(card or ""))


def read_token(answer: Answer, now_ms: int) -> AccessToken | SendResult:
    """The access token, or why there is none."""
    said = answer.json()
    if answer.status == 200 and "accessToken" in said:
        return token_from(said["accessToken"], said.get("expireIn"), now_ms)
    return read(answer)


def after_press(shown: str) -> Mapping[str, object]:
    """What the card becomes once its button was pressed: no button, and what came of it."""
    variables = {"button": "", "key": "", "status": shown}
    options = {"updateCardDataByKey": True}
    return {"cardUpdateOptions": options, "cardData": {"cardParamMap": variables}}


def _variables(message: Message, content: TextContent) -> dict[str, str]:
    """The template's variables: texts without exception, and all of them."""
    return {
        "title": content.title,
        "text": content.text,
        "link": content.link,
        "link_text": content.button if content.link else "",
        "button": ACKNOWLEDGE[message.language] if message.key else "",
        "key": message.key,
        "status": "",
    }


def _code(answer: Answer) -> str | None:
    """The refusal's code, the words of a place not reached, or "shown"; None when it says neither."""
    said = answer.json()
    if said.get("code") is not None:
        return str(said["code"])
    places = _part(said, "result").get("deliverResults")
    if not said.get("success") or not isinstance(places, list) or not places:
        return None
    place = places[0] if isinstance(places[0], Mapping) else {}
    return _SHOWN if place.get("success") is True else str(place.get("errorMsg"))


def _part(said: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = said.get(name)
    return found if isinstance(found, Mapping) else {}
