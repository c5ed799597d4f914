"""What DingTalk's new gateway says, read: codes, places, tickets and frames."""

from __future__ import annotations

import json

import pytest

from services.notifier.channels.callback import CallbackRefused
from services.notifier.channels.dingtalk_card import codec, frames
from services.notifier.channels.http import Answer
from services.notifier.domain.results import Reason, SendStatus


def said(status: int, **body: object) -> Answer:
    """An answer of the gateway."""
    return Answer(status, json.dumps(body).encode(), {})


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (
            said(200, success=True, result={"deliverResults": [{"success": True}]}),
            SendStatus.DELIVERED,
            Reason.OK,
        ),
        (said(400, code="param.notYetInvented"), SendStatus.MISCONFIGURED, Reason.UNKNOWN_CODE),
        (
            said(200, success=True, result={"deliverResults": [{"errorMsg": "new words"}]}),
            SendStatus.MISCONFIGURED,
            Reason.UNKNOWN_CODE,
        ),
        (said(200, success=True), SendStatus.MISCONFIGURED, Reason.UNKNOWN_CODE),
        (said(502), SendStatus.RETRY, Reason.GATEWAY_ERROR),
        (said(504, success=True), SendStatus.UNKNOWN_OUTCOME, Reason.TIMEOUT),
    ],
)
def test_only_a_place_reached_is_a_success(
    answer: Answer, status: SendStatus, reason: Reason
) -> None:
    """A request that succeeded without its place did not; what nobody has mapped asks for a person."""
    result = codec.read(answer)
    assert (result.status, result.reason) == (status, reason)


@pytest.mark.parametrize(
    ("endpoint", "encrypted", "found"),
    [
        ("wss://stream.example/connect", True, True),
        ("ws://stream.example/connect", True, False),
        ("ws://127.0.0.1/connect", False, True),
        ("https://stream.example/connect", True, False),
        (7, True, False),
    ],
)
def test_an_open_stream_is_refused_where_the_gateway_is_encrypted(
    endpoint: object, encrypted: bool, found: bool
) -> None:
    """The ticket is a secret: it goes where the rest is encrypted as well, or nowhere."""
    address = frames.address_in(said(200, endpoint=endpoint, ticket="a/b"), encrypted)
    assert address == (f"{endpoint}?ticket=a%2Fb" if found else None)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"headers": 1}', '{"headers": {"messageId": 1}}']
)
def test_a_frame_without_a_number_is_no_frame(text: str) -> None:
    """Without its number it cannot be answered, nor known again."""
    with pytest.raises(CallbackRefused):
        frames.read_frame(text)


def test_a_strange_time_is_never_fresh() -> None:
    """A frame whose time cannot be read counts as of 1970."""
    frame = frames.read_frame('{"headers": {"messageId": "m", "time": "soon"}}')
    assert not frame.seal.is_fresh(1_700_000_000_000)
