"""CMPP octets: by hand from the specification's tables, as an independent implementation writes them, and at random."""

from __future__ import annotations

from dataclasses import replace
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.cmpp import codec
from services.notifier.channels.cmpp.pdus import (
    ActiveTest,
    ActiveTestResp,
    Connect,
    ConnectResp,
    Deliver,
    DeliverResp,
    Frame,
    MsgFmt,
    Pdu,
    Report,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
    Version,
)
from services.notifier.channels.line.wire import BrokenStream, FieldWrong, MalformedPdu, WireError
from tests.unit.notifier import cmpp_recorded as recorded

V20, V30 = Version.V20, Version.V30
BOTH = pytest.mark.parametrize("version", [V20, V30], ids=["2.0", "3.0"])
# printf '901234\0\0\0\0\0\0\0\0\0test-cmpp-secret1126120000' | md5sum
DIGEST = bytes.fromhex("35103d4fb1ef74162c87f35ae2315da0")
ASKED = Submit(
    msg_src="901234",
    src_id="1069012345",
    destinations=("13800138000",),
    content="收到".encode("utf-16-be"),
    service_id="SANSE",
)


def _octets(*fields: str) -> bytes:
    """Octets in hexadecimal, with spaces for reading; "00*8" stands for eight."""
    found = b""
    for word in " ".join(fields).split():
        digits, _, count = word.partition("*")
        found += bytes.fromhex(digits) * int(count or 1)
    return found


# Written down field by field from the tables of the two specifications; no program made them.
BY_HAND: dict[str, tuple[Version, Frame, bytes]] = {
    "CONNECT 2.0": (
        V20,
        Frame(1, Connect("901234", DIGEST, 0x20, 1126120000)),
        _octets(
            "00000027 00000001 00000001",  # 12 + 6 + 16 + 1 + 4 = 39
            "39 30 31 32 33 34",  # Source_Addr 901234
            "35103d4fb1ef74162c87f35ae2315da0",  # AuthenticatorSource
            "20",  # Version: high four bits 2, low four bits 0
            "431f3a40",  # Timestamp 11-26 12:00:00 as the number 1126120000
        ),
    ),
    "CONNECT_RESP 2.0": (
        V20,
        Frame(1, ConnectResp(3, bytes(16), 0x20)),
        _octets("0000001e 80000001 00000001", "03", "00*16", "20"),
    ),
    "CONNECT_RESP 3.0": (
        V30,
        Frame(1, ConnectResp(3, bytes(16), 0x30)),
        _octets("00000021 80000001 00000001", "00000003", "00*16", "30"),
    ),
    "SUBMIT 2.0": (
        V20,
        Frame(258, ASKED),
        _octets(
            "000000a3 00000004 00000102",  # 12 + 126 + 21 + 4 = 163
            "00*8",  # Msg_Id, empty
            "01 01 01 00",  # Pk_total, Pk_number, Registered_Delivery, Msg_level
            "53 41 4e 53 45 00*5",  # Service_Id SANSE
            "02",  # Fee_UserType
            "00*21",  # Fee_terminal_Id
            "00 00 08",  # TP_pId, TP_udhi, Msg_Fmt UCS2
            "39 30 31 32 33 34",  # Msg_src
            "30 31",  # FeeType 01
            "30*6",  # FeeCode 000000
            "00*17",  # ValId_Time
            "00*17",  # At_Time
            "31 30 36 39 30 31 32 33 34 35 00*11",  # Src_Id 1069012345
            "01",  # DestUsr_tl
            "31 33 38 30 30 31 33 38 30 30 30 00*10",  # Dest_terminal_Id
            "04 65 36 52 30",  # Msg_Length, 收 U+6536 到 U+5230
            "00*8",  # Reserve
        ),
    ),
    "SUBMIT 3.0": (
        V30,
        Frame(258, ASKED),
        _octets(
            "000000c7 00000004 00000102",  # 163 + 11 + 1 + 11 + 1 + 12 = 199
            "00*8",
            "01 01 01 00",
            "53 41 4e 53 45 00*5",
            "02",
            "00*32 00",  # Fee_terminal_Id, Fee_terminal_type
            "00 00 08",
            "39 30 31 32 33 34",
            "30 31",
            "30*6",
            "00*17",
            "00*17",
            "31 30 36 39 30 31 32 33 34 35 00*11",
            "01",
            "31 33 38 30 30 31 33 38 30 30 30 00*21",
            "00",  # Dest_terminal_type
            "04 65 36 52 30",
            "00*20",  # LinkID
        ),
    ),
    "SUBMIT_RESP 2.0": (
        V20,
        Frame(258, SubmitResp(0x0102030405060708, 8)),
        _octets("00000015 80000004 00000102", "0102030405060708", "08"),
    ),
    "SUBMIT_RESP 3.0": (
        V30,
        Frame(258, SubmitResp(0x0102030405060708, 8)),
        _octets("00000018 80000004 00000102", "0102030405060708", "00000008"),
    ),
    "DELIVER_RESP 2.0": (
        V20,
        Frame(9, DeliverResp(0x0102030405060708)),
        _octets("00000015 80000005 00000009", "0102030405060708", "00"),
    ),
    "DELIVER_RESP 3.0": (
        V30,
        Frame(9, DeliverResp(0x0102030405060708)),
        _octets("00000018 80000005 00000009", "0102030405060708", "00000000"),
    ),
    "DELIVER 2.0": (
        V20,
        Frame(9, Deliver(1, "1069012345", "13800138000", b"1", msg_fmt=MsgFmt.ASCII)),
        _octets(
            "0000 0056 00000005 00000009",  # 12 + 8 + 21 + 10 + 3 + 21 + 1 + 1 + 1 + 8 = 86
            "00*7 01",
            "31 30 36 39 30 31 32 33 34 35 00*11",  # Dest_Id
            "00*10",  # Service_Id
            "00 00 00",  # TP_pid, TP_udhi, Msg_Fmt ASCII
            "31 33 38 30 30 31 33 38 30 30 30 00*10",  # Src_terminal_Id
            "00",  # Registered_Delivery: not a report
            "01 31",  # Msg_Length, 1
            "00*8",  # Reserved
        ),
    ),
    "ACTIVE_TEST": (V20, Frame(7, ActiveTest()), _octets("0000000c 00000008 00000007")),
    "ACTIVE_TEST_RESP": (
        V30,
        Frame(7, ActiveTestResp()),
        _octets("0000000d 80000008 00000007 00"),
    ),
    "TERMINATE": (V20, Frame(7, Terminate()), _octets("0000000c 00000002 00000007")),
    "TERMINATE_RESP": (V30, Frame(7, TerminateResp()), _octets("0000000c 80000002 00000007")),
}
RECORDED = {name: value for name, value in vars(recorded).items() if isinstance(value, bytes)}


@pytest.mark.parametrize("name", BY_HAND)
def test_octets_are_those_of_the_specification(name: str) -> None:
    """What the tables say is what is written, and read back."""
    version, frame, octets = BY_HAND[name]
    assert codec.encode(frame, version) == octets
    assert codec.decode(octets, version) == frame


@pytest.mark.parametrize("name", RECORDED)
def test_an_independent_implementations_octets_are_read_and_written_alike(name: str) -> None:
    """What SMSGate wrote is understood whole: written again it is the same, octet for octet."""
    version = V30 if name.startswith("V30") else V20
    octets = RECORDED[name]
    assert codec.encode(codec.decode(octets, version), version) == octets


def _recorded(name: str, version: Version) -> Any:
    return codec.decode(RECORDED[name], version).pdu


@pytest.mark.parametrize(("prefix", "version"), [("V20", V20), ("V30", V30)])
def test_an_independent_implementations_fields_have_the_values_it_was_given(
    prefix: str, version: Version
) -> None:
    """Account, numbers and texts stand where SMSGate put them."""
    submit = _recorded(f"{prefix}_SUBMIT", version)
    assert (submit.msg_src, submit.src_id, submit.service_id) == ("901234", "1069012345", "SANSE")
    assert submit.destinations == ("13800138000",)
    assert submit.content.decode("utf-16-be") == "短的消息 one"
    plain = _recorded(f"{prefix}_SUBMIT_ASCII", version)
    assert (plain.msg_fmt, plain.content) == (MsgFmt.ASCII, b"Plain ASCII text 123")
    parts = [_recorded(f"{prefix}_SUBMIT_PART_{n}", version) for n in (1, 2)]
    assert [(part.tp_udhi, part.pk_total, part.pk_number) for part in parts] == [
        (1, 2, 1),
        (1, 2, 2),
    ]
    assert [part.content[:3] + part.content[4:6] for part in parts] == [
        bytes([5, 0, 3, 2, 1]),
        bytes([5, 0, 3, 2, 2]),
    ]


@pytest.mark.parametrize(("prefix", "version"), [("V20", V20), ("V30", V30)])
def test_an_independent_servers_report_and_reply_are_understood(
    prefix: str, version: Version
) -> None:
    """Msg_Id of the SUBMIT_RESP, Stat, times and number come out of the report; the words out of the reply."""
    brought = _recorded(f"{prefix}_REPORT", version)
    report = codec.decode_report(brought.content)
    assert brought.registered_delivery == 1
    assert report == Report(
        msg_id=_recorded(f"{prefix}_SUBMIT_RESP", version).msg_id,
        stat="DELIVRD",
        submit_time="2611261200",
        done_time="2611261201",
        dest_terminal_id="13800138000",
        smsc_sequence=7,
    )
    reply = _recorded(f"{prefix}_REPLY", version)
    assert (reply.registered_delivery, reply.content.decode("utf-16-be")) == (0, "收到")


@pytest.mark.parametrize(("prefix", "version"), [("V20", V20), ("V30", V30)])
def test_our_digest_is_the_one_an_independent_client_sent(prefix: str, version: Version) -> None:
    """MD5 of address, nine zeros, secret and ten digits, as SMSGate's client makes it."""
    connect = _recorded(f"{prefix}_CONNECT", version)
    made = codec.authenticator_source("901234", "test-cmpp-secret", connect.timestamp)
    assert connect.authenticator == made
    assert connect.version == version


def test_our_digest_is_the_one_of_the_command_line() -> None:
    """The same text through md5sum gives the same digest; a month below ten keeps its zero."""
    assert codec.authenticator_source("901234", "test-cmpp-secret", 1126120000) == DIGEST
    early = md5(b"901234" + bytes(9) + b"s" + b"0102030405").digest()
    assert codec.authenticator_source("901234", "s", 102030405) == early


def test_the_timestamp_is_beijing_time() -> None:
    """2026-01-02 03:04:05 in Beijing, the evening before in Greenwich, is 0102030405."""
    assert codec.timestamp_of(1_767_294_245_000) == 102030405


def _u(octets: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2 ** (8 * octets) - 1)


def _short(width: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=0xFF), max_size=width)


def _pdus(version: Version) -> st.SearchStrategy[Pdu]:
    wide, result = (21, _u(1)) if version is V20 else (32, _u(4))
    new = version is V30
    kind = _u(1) if new else st.just(0)
    link = _short(20) if new else st.just("")
    reserve = st.just("") if new else _short(8)
    submits = st.builds(
        Submit,
        msg_src=_short(6),
        src_id=_short(21),
        destinations=st.lists(_short(wide), min_size=1, max_size=5).map(tuple),
        content=st.binary(max_size=255),
        msg_fmt=_u(1),
        tp_udhi=_u(1),
        pk_total=_u(1),
        pk_number=_u(1),
        service_id=_short(10),
        registered_delivery=_u(1),
        msg_level=_u(1),
        fee_user_type=_u(1),
        fee_terminal_id=_short(wide),
        fee_terminal_type=kind,
        fee_type=_short(2),
        fee_code=_short(6),
        tp_pid=_u(1),
        valid_time=_short(17),
        at_time=_short(17),
        dest_terminal_type=kind,
        msg_id=_u(8),
        reserve=reserve,
        link_id=link,
    )
    delivers = st.builds(
        Deliver,
        msg_id=_u(8),
        dest_id=_short(21),
        src_terminal_id=_short(wide),
        content=st.binary(max_size=255),
        msg_fmt=_u(1),
        tp_udhi=_u(1),
        registered_delivery=_u(1),
        service_id=_short(10),
        tp_pid=_u(1),
        src_terminal_type=kind,
        reserve=reserve,
        link_id=link,
    )
    proof = st.binary(min_size=16, max_size=16)
    return st.one_of(
        submits,
        delivers,
        st.builds(Connect, _short(6), proof, _u(1), _u(4)),
        st.builds(ConnectResp, result, proof, _u(1)),
        st.builds(SubmitResp, _u(8), result),
        st.builds(DeliverResp, _u(8), result),
        st.builds(ActiveTestResp, _u(1)),
        st.sampled_from([Terminate(), TerminateResp(), ActiveTest()]),
    )


frames = st.sampled_from([V20, V30]).flatmap(
    lambda version: st.tuples(st.just(version), st.builds(Frame, _u(4), _pdus(version)))
)


@given(frames)
def test_what_is_written_is_read_back(written: tuple[Version, Frame]) -> None:
    """Every message of both versions survives the wire, and is as long as its header says."""
    version, frame = written
    octets = codec.encode(frame, version)
    assert codec.frame_length(octets[:12]) == len(octets) <= codec.MAX_PDU
    assert codec.decode(octets, version) == frame


@given(
    st.sampled_from([V20, V30]),
    st.builds(Report, _u(8), _short(7), _short(10), _short(10), _short(21), _u(4)),
)
def test_a_report_survives_the_wire(version: Version, report: Report) -> None:
    """Both lengths of report are told apart and read back."""
    assert codec.decode_report(codec.encode_report(report, version)) == report


@given(st.sampled_from([V20, V30]), st.binary(max_size=400))
def test_any_octets_give_a_message_or_a_named_error(version: Version, octets: bytes) -> None:
    """Whatever comes, nothing but a WireError is raised."""
    for read in (
        lambda: codec.decode(octets, version),
        lambda: codec.decode_report(octets),
        lambda: codec.frame_length(octets[:12].ljust(12, b"\0")),
    ):
        try:
            read()
        except WireError as error:
            assert str(error)


@given(frames, st.data())
def test_damaged_messages_give_a_message_or_a_named_error(
    written: tuple[Version, Frame], data: st.DataObject
) -> None:
    """A true message with octets changed, cut or added, under its own header, never breaks the reader."""
    version, frame = written
    body = bytearray(codec.encode(frame, version)[12:])
    for _ in range(data.draw(st.integers(0, 4))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(body[: data.draw(st.integers(0, len(body)))]) + data.draw(st.binary(max_size=9))
    command = codec.encode(frame, version)[4:8]
    whole = (12 + len(cut)).to_bytes(4, "big") + command + bytes(4) + cut
    for spoken in (V20, V30):
        try:
            codec.decode(whole, spoken)
        except WireError as error:
            assert str(error)


@pytest.mark.parametrize("length", [0, 11, 4097, 2**31, 2**32 - 1])
def test_no_impossible_length_is_believed(length: int) -> None:
    """A header can make nobody wait for, or set aside, more than the longest message."""
    with pytest.raises(BrokenStream):
        codec.frame_length(length.to_bytes(4, "big") + bytes(8))


@BOTH
def test_the_longest_submit_fits_the_limit(version: Version) -> None:
    """99 numbers and 255 octets are below the limit in both versions."""
    longest = replace(ASKED, destinations=("1" * 21,) * 99, content=bytes(255))
    assert len(codec.encode(Frame(1, longest), version)) < codec.MAX_PDU


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"msg_src": "9012345"}, "msg_src"),
        ({"src_id": "接入号"}, "src_id"),
        ({"service_id": "a\0b"}, "service_id"),
        ({"content": bytes(256)}, "content"),
        ({"destinations": ()}, "destinations"),
        ({"pk_total": 256}, "pk_total"),
    ],
)
def test_a_value_that_does_not_fit_names_its_field_only(
    changed: dict[str, Any], field: str
) -> None:
    """The error says which field, and never what was in it."""
    with pytest.raises(FieldWrong, match=field) as wrong:
        codec.encode(Frame(1, replace(ASKED, **changed)), V20)
    assert not any(str(value) in str(wrong.value) for value in changed.values() if value)


def test_a_refusal_in_the_other_versions_form_is_understood() -> None:
    """A gateway that knows only 2.0 refuses a 3.0 CONNECT in its own form."""
    octets = BY_HAND["CONNECT_RESP 2.0"][2]
    assert codec.decode(octets, V30).pdu == ConnectResp(3, bytes(16), 0x20)


def test_the_other_versions_submit_answer_is_no_answer() -> None:
    """SUBMIT_RESP of 2.0 on a 3.0 connection is malformed, not a yes."""
    with pytest.raises(MalformedPdu, match="result"):
        codec.decode(BY_HAND["SUBMIT_RESP 2.0"][2], V30)


def test_messages_show_no_secret_number_or_text() -> None:
    """Digests, telephone numbers and texts are not in a message's own words."""
    connect = Connect("901234", DIGEST, 0x20, 1)
    deliver = Deliver(1, "1069", "13800138000", "收到".encode("utf-16-be"))
    report = Report(1, "DELIVRD", "", "", "13800138000")
    told = f"{connect!r}{ASKED!r}{deliver!r}{report!r}"
    for hidden in ("13800138000", repr(DIGEST), repr(ASKED.content)):
        assert hidden not in told
