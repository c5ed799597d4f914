"""SMPP on the wire: the octets are smpplib's, what we say with them and what is believed of the other side is ours.

Nothing is read but what a length has announced, and no length above MAX_PDU is believed.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Mapping
from typing import Any

from smpplib import command_codes, consts
from smpplib.exceptions import PDUError, UnknownCommandError
from smpplib.smpp import make_pdu, parse_pdu

from services.notifier.channels.line.wire import BrokenStream, FieldWrong, MalformedPdu
from services.notifier.channels.smpp.pdus import (
    Bind,
    BindResp,
    Deliver,
    DeliverResp,
    EnquireLink,
    EnquireLinkResp,
    Nack,
    Other,
    Pdu,
    Submit,
    SubmitResp,
    Unbind,
    UnbindResp,
    Unreadable,
)

# It warns of every parameter of a vendor's own, which are skipped and mean nothing to us.
logging.getLogger("smpplib").setLevel(logging.ERROR)
HEADER = struct.Struct(">IIII")
# A deliver_sm with all its optional parameters stays far below.
MAX_PDU = 8192
# What smpplib raises on octets that are not what they say.
_WRONG = (
    struct.error,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    PDUError,
    UnknownCommandError,
)
_HAS_HEADER = 0x40
_DELIVER_SM = "deliver_sm"
_BODILESS: Mapping[str, Pdu] = {
    "enquire_link": EnquireLink(),
    "enquire_link_resp": EnquireLinkResp(),
    "unbind": Unbind(),
    "unbind_resp": UnbindResp(),
}
_READ: Mapping[str, Callable[[Any], Pdu]] = {
    "bind_transceiver_resp": lambda pdu: BindResp(pdu.status),
    "submit_sm_resp": lambda pdu: SubmitResp(pdu.status, _word(pdu.message_id)),
    "generic_nack": lambda pdu: Nack(pdu.status),
}


def encode(sequence: int, pdu: Pdu) -> bytes:
    """The octets of a message; FieldWrong when a letter does not fit its field."""
    name, fields, status = _said(pdu)
    try:
        made = make_pdu(name, sequence=sequence, **fields)
        made.sequence, made.status = sequence, status
        octets: bytes = made.generate()
    except (*_WRONG, UnicodeError) as wrong:
        raise FieldWrong(f"a field of {name}") from wrong
    return octets


def frame_length(header: bytes) -> int:
    """The whole length that a header of 16 octets announces; BrokenStream when it cannot be."""
    total: int = HEADER.unpack(header)[0]
    if not HEADER.size <= total <= MAX_PDU:
        raise BrokenStream(f"a length of {total} octets cannot be")
    return total


def decode(data: bytes) -> tuple[int, Pdu]:
    """The number and one whole message; MalformedPdu when it cannot be read."""
    if len(data) < HEADER.size or frame_length(data[: HEADER.size]) != len(data):
        raise MalformedPdu("not as long as it says")
    _, command, status, sequence = HEADER.unpack_from(data)
    name = _NAMES.get(command)
    if name is None:
        raise MalformedPdu(f"unknown command_id {command:#010x}")
    if name == _DELIVER_SM:
        return sequence, _deliver(data)
    if status and name in ("submit_sm_resp", "bind_transceiver_resp"):
        # A refusal may come with a body or without.
        return sequence, SubmitResp(status) if name == "submit_sm_resp" else BindResp(status)
    read = _READ.get(name)
    if read is None:
        return sequence, _BODILESS.get(name) or Other(name)
    try:
        return sequence, read(_parsed(data))
    except _WRONG as wrong:
        raise MalformedPdu(f"a field of {name}") from wrong


def _said(pdu: Pdu) -> tuple[str, dict[str, Any], int]:
    """The command's name, its fields, and its status."""
    if isinstance(pdu, Submit):
        return "submit_sm", _submit(pdu), consts.SMPP_ESME_ROK
    if isinstance(pdu, Bind):
        return "bind_transceiver", _bind(pdu), consts.SMPP_ESME_ROK
    if isinstance(pdu, DeliverResp):
        return "deliver_sm_resp", {}, pdu.status
    for name, said in _BODILESS.items():
        if pdu == said:
            return name, {}, consts.SMPP_ESME_ROK
    raise FieldWrong(f"{type(pdu).__name__} is not ours to say")


def _bind(pdu: Bind) -> dict[str, Any]:
    return {
        "system_id": pdu.system_id,
        "password": pdu.password,
        "system_type": pdu.system_type,
        "address_range": "",
    }


def _submit(pdu: Submit) -> dict[str, Any]:
    source, source_ton, source_npi = pdu.source
    number, number_ton, number_npi = pdu.destination
    return {
        "service_type": pdu.service_type,
        "source_addr": source,
        "source_addr_ton": source_ton,
        "source_addr_npi": source_npi,
        "destination_addr": number,
        "dest_addr_ton": number_ton,
        "dest_addr_npi": number_npi,
        "esm_class": _HAS_HEADER if pdu.has_header else 0,
        "data_coding": pdu.data_coding,
        "registered_delivery": 1,
        "short_message": pdu.content,
    }


def _deliver(data: bytes) -> Deliver | Unreadable:
    try:
        pdu = _parsed(data)
        return Deliver(
            sender=_word(pdu.source_addr),
            content=bytes(pdu.short_message or pdu.message_payload or b""),
            data_coding=pdu.data_coding,
            esm_class=pdu.esm_class,
            receipted_id=_word(pdu.receipted_message_id),
            state=pdu.message_state,
        )
    except _WRONG:
        return Unreadable()


def _parsed(data: bytes) -> Any:
    return parse_pdu(data, allow_unknown_opt_params=True, sequence=0)


def _word(octets: bytes | None) -> str:
    return (octets or b"").rstrip(b"\0").decode("latin-1")


_NAMES: Mapping[int, str] = {code: name for name, code in command_codes.commands.items()}
