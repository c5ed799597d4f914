"""Writes the golden log anew: the decisions, and with "events" the events too."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from google.protobuf.json_format import MessageToDict

from sanse.intake.v1 import events_pb2
from services.cli.simulate.packs import load_shapes
from services.cli.simulate.reports import Mix, reports
from services.cli.simulate.sent import Fate, Sent
from services.cli.simulate.world import build_world
from services.common.crypto import Keys
from services.common.divisions import Divisions
from services.common.ids import derived_id
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.intake.adapters.codec import EventCodec
from services.intake.domain.facts import Report
from services.intake.domain.rulebook import Context, Rulebook
from services.intake.domain.validate import validate
from services.risk_scoring.adapters.pack_loader import load_packs
from tests.golden.replay import DECISIONS, EVENTS, as_text, decided, records

SEED, SCALE = 20200601, 0.002
TROUBLED, QUIET = 34, 8
EVENTS_PER_RECORD = 4


def main() -> None:
    """Renew what was asked for."""
    settings = CommonSettings()
    if "events" in sys.argv[1:]:
        lines = [MessageToDict(one, preserving_proto_field_name=True) for one in _batches(settings)]
        EVENTS.write_text(
            "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in lines), encoding="utf-8"
        )
    packs = load_packs(settings.packs_dir)
    DECISIONS.write_text(as_text(decided(packs, records())), encoding="utf-8")


def _batches(settings: CommonSettings) -> Iterator[events_pb2.EventBatch]:
    """The events of the chosen households in order, a few to a record."""
    waiting: dict[int, events_pb2.EventBatch] = {}
    for event in _events(settings):
        lane = lane_of(event.subject_id)
        batch = waiting.setdefault(lane, events_pb2.EventBatch(lane=lane))
        batch.events.append(event)
        if len(batch.events) == EVENTS_PER_RECORD:
            yield waiting.pop(lane)
    yield from waiting.values()


def _events(settings: CommonSettings) -> Iterator[events_pb2.Event]:
    world, shapes = build_world(SEED, SCALE), load_shapes(settings.packs_dir)
    divisions = Divisions({unit.code: unit.name for unit in world.divisions()})
    rules = Rulebook.of({name: shape.indicators for name, shape in shapes.items()}, divisions)
    codec = EventCodec(Keys("00" * 32), rules)
    sent = [
        one
        for one in reports(world, shapes, Mix(incidents=0.05, duplicates=0.02))
        if one.fate is not Fate.REJECTED
    ]
    chosen = _chosen(sent)
    for one in sent:
        found = validate(one.report, Context(rules, one.at_ms))
        if isinstance(found, Report) and found.household_no in chosen:
            yield _invented(codec, found, one.at_ms, chosen)


def _chosen(sent: list[Sent]) -> dict[str, str]:
    """Invented household numbers to golden names: those with incidents or a level above green, and some quiet ones."""
    troubled: dict[str, None] = {}
    quiet: dict[str, None] = {}
    for one in sent:
        number = str(one.report.get("household_no") or "")
        if number:
            pile = troubled if one.report.get("type") == "incident" or one.level > 1 else quiet
            pile.setdefault(number)
    calm = [number for number in quiet if number not in troubled]
    names = [*list(troubled)[:TROUBLED], *calm[:QUIET]]
    return {number: f"HGOLD{at:04d}" for at, number in enumerate(names)}


def _invented(
    codec: EventCodec, found: Report, at_ms: int, chosen: dict[str, str]
) -> events_pb2.Event:
    """The event as intake writes it, without sealed texts, under a name that stands for nobody."""
    event_id = derived_id("golden", found.source_id)
    encoded = codec.encode(found, event_id, "golden", at_ms + 60_000)
    event = events_pb2.EventBatch.FromString(encoded.entry).events[0]
    event.household_id = event.subject_id = chosen[found.household_no]
    body = getattr(event, event.WhichOneof("body") or "")
    for name in ("remarks", "narrative", "assessor_id"):
        if name in body.DESCRIPTOR.fields_by_name:
            body.ClearField(name)
    return event


if __name__ == "__main__":
    main()
