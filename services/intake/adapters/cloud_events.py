"""Unwraps CloudEvents 1.0 in JSON: structured (the whole event is the value) and binary (ce_ headers)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from services.intake.adapters.json_text import read_json, read_report, too_large
from services.intake.domain.incoming import Format, Incoming
from services.intake.domain.limits import MAX_REPORT_BYTES
from services.intake.domain.messages import problem, type_problem
from services.intake.domain.problems import Problem, Reason

STRUCTURED = "application/cloudevents+json"
_REQUIRED = ("specversion", "id", "source", "type")
_ENVELOPE_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The report inside, and who the event says it is from ("" when it does not say)."""

    source: str
    incoming: Incoming


def unwrap(headers: Mapping[str, str], value: bytes) -> Unwrapped:
    """The report in an event; its sender's number defaults to the event's id."""
    if "ce_specversion" in headers:
        return _binary(headers, value)
    return _structured(value)


def _binary(headers: Mapping[str, str], value: bytes) -> Unwrapped:
    attributes = {name.removeprefix("ce_"): text for name, text in headers.items()}
    fault = _fault(attributes)
    if fault is not None:
        return Unwrapped(attributes.get("source", ""), _refused(fault, value, Format.JSON))
    incoming = read_report(value)
    return Unwrapped(attributes["source"], _numbered(incoming, attributes["id"]))


def _structured(value: bytes) -> Unwrapped:
    if len(value) > MAX_REPORT_BYTES + _ENVELOPE_BYTES:
        return Unwrapped("", _refused(too_large(len(value)), value, Format.CLOUDEVENT))
    event = read_json(value)
    if isinstance(event, Problem):
        return Unwrapped("", _refused(event, value, Format.CLOUDEVENT))
    if not isinstance(event, dict):
        fault: Problem | None = type_problem("", dict, event)
    else:
        fault = _fault(event)
    if fault is not None:
        named = event.get("source") if isinstance(event, dict) else ""
        source = named if isinstance(named, str) else ""
        return Unwrapped(source, _refused(fault, value, Format.CLOUDEVENT))
    return Unwrapped(event["source"], _data(event, value))


def _data(event: Mapping[str, object], value: bytes) -> Incoming:
    number = str(event["id"])
    if "data" in event:
        return _numbered(Incoming(event["data"]), number)
    encoded = event.get("data_base64")
    try:
        if isinstance(encoded, str):
            return _numbered(read_report(base64.b64decode(encoded, validate=True)), number)
    except binascii.Error:
        pass
    return _refused(_missing("data"), value, Format.CLOUDEVENT)


def _fault(attributes: Mapping[str, object]) -> Problem | None:
    for name in _REQUIRED:
        given = attributes.get(name)
        if not isinstance(given, str) or not given:
            return _missing(name)
    return _missing("specversion") if attributes["specversion"] != "1.0" else None


def _missing(name: str) -> Problem:
    return problem(Reason.CLOUDEVENT_MALFORMED, name)


def _refused(fault: Problem, value: bytes, kept_as: Format) -> Incoming:
    return Incoming(None, fault, value, kept_as)


def _numbered(incoming: Incoming, number: str) -> Incoming:
    report = incoming.report
    if isinstance(report, dict) and "source_id" not in report:
        return Incoming({"source_id": number, **report}, incoming.problem, incoming.original)
    return incoming
