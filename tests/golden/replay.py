"""Replays the golden log through the scoring handler, and tells in words what differs from what is on file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict

from sanse.intake.v1 import events_pb2
from sanse.risk.v1 import risk_pb2
from services.common.lane_types import LaneRecord, Outgoing
from services.common.settings import CommonSettings
from services.common.topics import Topic
from services.risk_scoring.adapters.triage_loader import load_triage
from services.risk_scoring.domain.pack import Pack
from services.risk_scoring.service.handler import ScoringHandler

FOLDER = Path(__file__).parent
EVENTS, DECISIONS = FOLDER / "events.jsonl", FOLDER / "decisions.jsonl"
TOPIC = "golden.events.v1"
Line = dict[str, Any]


def records(file: Path = EVENTS) -> Iterator[LaneRecord]:
    """The records of the log, as if read from one partition."""
    for offset, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        batch = ParseDict(json.loads(line), events_pb2.EventBatch())
        yield LaneRecord(TOPIC, 0, offset, batch.lane, batch.SerializeToString())


def decided(packs: Mapping[str, Pack], log: Iterable[LaneRecord]) -> Iterator[Line]:
    """A line for each decision, and one for each record with the hashes of its exact bytes."""
    triage = load_triage(CommonSettings().triage_dir)
    handler, state = ScoringHandler(packs, triage), dict[str, bytes]()
    for record in log:
        facts = handler.decode(record)
        wanted = {key: state[key] for key in handler.wanted(facts) if key in state}
        outcome = handler.decide(record, facts, wanted, 0)
        state.update({key: put for key, put in outcome.puts.items() if put is not None})
        for batch in _values(outcome.outputs, Topic.RISK):
            for one in risk_pb2.RiskBatch.FromString(batch).decisions:
                content = MessageToDict(one, preserving_proto_field_name=True)
                yield {"record": record.offset, "decision": content}
        yield {
            "record": record.offset,
            "risk": _hash(_values(outcome.outputs, Topic.RISK)),
            "profiles": _hash(_values(outcome.outputs, Topic.PROFILES)),
        }


def as_text(lines: Iterable[Line]) -> str:
    """The file's text."""
    return "".join(f"{json.dumps(line, ensure_ascii=False, sort_keys=True)}\n" for line in lines)


def differences(expected: Iterable[Line], found: Iterable[Line]) -> list[str]:
    """What differs, decision by decision and field by field; bytes alone when the meaning is the same."""
    before, after = list(expected), list(found)
    old, new = _by_id(before), _by_id(after)
    said = [f"decision {name} is gone: {old[name]}" for name in old.keys() - new.keys()]
    said += [f"decision {name} is new: {new[name]}" for name in new.keys() - old.keys()]
    for name in old.keys() & new.keys():
        was, now = old[name], new[name]
        said += [
            f"decision {name} (subject {was.get('subject_id')}): {field} was {was.get(field)!r}, is {now.get(field)!r}"
            for field in sorted(was.keys() | now.keys())
            if was.get(field) != now.get(field)
        ]
    if not said:
        hashes = zip(_hashes(before), _hashes(after), strict=True)
        said = [
            f"record {was['record']}: same meaning, other bytes: {was} became {now}"
            for was, now in hashes
            if was != now
        ]
    return sorted(said)


def on_file() -> list[Line]:
    """The lines as they were renewed last."""
    return [json.loads(line) for line in DECISIONS.read_text(encoding="utf-8").splitlines()]


def _values(outputs: Iterable[Outgoing], topic: Topic) -> list[bytes]:
    return [one.value for one in outputs if one.topic is topic]


def _hash(values: list[bytes]) -> str:
    return hashlib.sha256(b"\0".join(values)).hexdigest()


def _by_id(lines: list[Line]) -> dict[str, Line]:
    found = [line["decision"] for line in lines if "decision" in line]
    return {one["decision_id"]: one for one in found}


def _hashes(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "risk" in line]
