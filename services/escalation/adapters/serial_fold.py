"""Puts the registers of official numbers together again from the ledger.

The lane of a register reads one partition of one topic, so a crash can only write the same entries again, byte for
byte: no branch arises. An entry that neither extends its register nor repeats it is counted as strange and has no
effect; `sanse serials check` tells of it.
"""

from __future__ import annotations

from sanse.escalation.v1 import cases_pb2 as pb
from services.common import log
from services.escalation.adapters.serial_codec import number_key, register_key, register_to
from services.escalation.domain.serials import Register

_log = log.get("serials")


class RegisterFold:
    """The entries of all registers seen, and the state their lanes keep of them."""

    def __init__(self) -> None:
        self.entries: dict[str, list[pb.SerialEntry]] = {}
        self.strange: list[pb.SerialEntry] = []
        self._lane_of: dict[str, int] = {}

    def take(self, batch: pb.CaseEventBatch) -> None:
        """Take the entries of one record of the ledger."""
        for entry in batch.serials:
            self._lane_of[entry.register_id] = batch.lane
            known = self.entries.setdefault(entry.register_id, [])
            head = known[-1].hash if known else b""
            if entry.number == len(known) + 1 and entry.prev_hash == head:
                known.append(entry)
            elif not _repeats(known, entry):
                self.strange.append(entry)
                _log.error("serials.strange_entry", register=entry.register_id, number=entry.number)

    def state(self, lane: int) -> dict[str, bytes]:
        """What the lane keeps: each register, and the number of each notice."""
        found: dict[str, bytes] = {}
        for register_id, entries in self.entries.items():
            if self._lane_of[register_id] != lane or not entries:
                continue
            newest = entries[-1]
            register = Register(register_id, newest.number, newest.hash)
            found[register_key(register_id)] = register_to(register)
            found.update((number_key(one.notice_id), one.official_no.encode()) for one in entries)
        return found


def _repeats(known: list[pb.SerialEntry], entry: pb.SerialEntry) -> bool:
    at = entry.number - 1
    return 0 <= at < len(known) and known[at].hash == entry.hash
