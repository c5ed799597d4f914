"""How SMS texts are cut into parts, and what is read of a reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.cmpp.inbound import CODECS
from services.notifier.channels.cmpp.pdus import MsgFmt
from services.notifier.channels.line.text import Part, read_text, split
from services.notifier.channels.line.wire import MalformedPdu, WireError
from services.notifier.domain.segments import segments

# Letters of one unit and of two, so that cuts fall into the middle of some.
letters = st.text(st.sampled_from("三色预警请于3月5日前a1🙂👨\u200d👩"), max_size=400)


def _joined(parts: list[Part]) -> str:
    """What a phone makes of the parts, told by their headers alone."""
    if len(parts) == 1:
        return parts[0].content.decode("utf-16-be" if parts[0].msg_fmt else "ascii")
    for number, part in enumerate(parts, 1):
        assert part.content[:3] == bytes([5, 0, 3])
        assert part.content[4:6] == bytes([len(parts), number])
    assert len({part.content[3] for part in parts}) == 1
    return "".join(part.content[6:].decode("utf-16-be") for part in parts)


@given(letters, st.integers(0, 10_000))
def test_a_phone_joins_the_parts_to_the_whole_text(text: str, reference: int) -> None:
    """No part is longer than 140 octets, no letter is cut in two, and together they are the text."""
    parts = list(split(text, reference))
    assert all(len(part.content) <= 140 or part.msg_fmt is MsgFmt.ASCII for part in parts)
    assert _joined(parts) == text


@given(st.text("预警abc1", max_size=400))
def test_there_are_as_many_parts_as_templates_are_checked_for(text: str) -> None:
    """The count at load holds on the wire; only a plain ASCII text may need fewer."""
    parts = split(text, 1)
    assert len(parts) <= segments(text)
    assert len(parts) == segments(text) or parts[0].msg_fmt is MsgFmt.ASCII


@pytest.mark.parametrize(
    ("text", "fmt", "sizes"),
    [
        ("Case 7 is due. https://s.gov.cn/a/x_Y-1", MsgFmt.ASCII, [39]),
        ("a" * 160, MsgFmt.ASCII, [160]),
        ("a" * 161, MsgFmt.UCS2, [140, 140, 60]),
        # Not in the phones' own alphabet.
        ("[brackets]", MsgFmt.UCS2, [20]),
        ("警" * 70, MsgFmt.UCS2, [140]),
        ("警" * 71, MsgFmt.UCS2, [140, 14]),
        ("警" * 66 + "🙂" + "警" * 3, MsgFmt.UCS2, [138, 16]),
    ],
)
def test_the_limits_are_those_of_the_phones(text: str, fmt: MsgFmt, sizes: list[int]) -> None:
    """160 plain letters, 70 others, 67 a part, and never half an emoji."""
    parts = split(text, 300)
    assert {part.msg_fmt for part in parts} == {fmt}
    assert [len(part.content) for part in parts] == sizes


@pytest.mark.parametrize(
    ("content", "fmt", "text"),
    [
        (b"1", 0, "1"),
        ("收到".encode("utf-16-be"), 8, "收到"),
        ("收到".encode("gbk"), 15, "收到"),
        # A header that says nothing of parts: a port number.
        (bytes([6, 5, 4, 0, 1, 0, 2]) + b"1", 0, "1"),
        # One part of one.
        (bytes([5, 0, 3, 9, 1, 1]) + b"1", 0, "1"),
    ],
)
def test_a_reply_is_read_in_its_own_alphabet(content: bytes, fmt: int, text: str) -> None:
    """ASCII, UCS2 and GBK; a header in front is not text."""
    assert read_text(content, fmt, content[:1] in {b"\5", b"\6"}, CODECS) == text


@pytest.mark.parametrize(
    "header", [bytes([5, 0, 3, 9, 2, 2]), bytes([6, 8, 4, 0, 9, 2, 2])], ids=["8 bit", "16 bit"]
)
def test_the_end_of_a_long_reply_is_no_reply(header: bytes) -> None:
    """A long text whose last part is "1" acknowledges nothing."""
    with pytest.raises(MalformedPdu, match="part"):
        read_text(header + b"1", 0, True, CODECS)


@given(st.binary(max_size=160), st.integers(0, 255), st.booleans())
def test_any_reply_gives_a_text_or_a_named_error(content: bytes, fmt: int, header: bool) -> None:
    """Whatever comes, nothing but a WireError is raised."""
    try:
        assert isinstance(read_text(content, fmt, header, CODECS), str)
    except WireError as error:
        assert str(error)
