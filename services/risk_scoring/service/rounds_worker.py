"""The process that holds the rounds' fold for the API: it follows the log, and answers one question at a time.

A process of its own, at low priority, so that counting 3.3 million reports takes no time from scoring. It keeps
nothing on disk or in Redis: started anew, it reads the log again. Questions come on standard input, answers go
to standard output, each behind its length; the end of the input is the end of the process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from sanse.common.v1 import common_pb2
from sanse.risk.v1 import rounds_service_pb2 as api
from services.common import log
from services.common.divisions import Divisions
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.risk_scoring.adapters.round_file import load_rounds
from services.risk_scoring.adapters.rounds_codec import TOPICS, RoundsReader
from services.risk_scoring.adapters.rounds_log import RoundsLog
from services.risk_scoring.adapters.rounds_process import LENGTH_BYTES, Ask, Question
from services.risk_scoring.domain.round_counts import Rate
from services.risk_scoring.domain.rounds import RoundsFold
from services.risk_scoring.service.round_units import Unit, UnitsOfRound

NICENESS = 10
_log = log.get("rounds_worker")


class Counting:
    """The fold, the log it follows, and the sums made since the log last grew."""

    def __init__(self, settings: CommonSettings) -> None:
        rounds = load_rounds(settings.rounds_dir, load_outlines(settings.packs_dir))
        self._divisions = Divisions.load(settings.divisions_file)
        self._reader = RoundsReader(RoundsFold(rounds.values()))
        self._log = RoundsLog(settings, TOPICS, self._reader.take)
        self._sums: dict[str, UnitsOfRound] = {}

    def answer(self, question: Question) -> bytes:
        """Read what is new on the log, then answer from everything on it."""
        read = self._log.catch_up()
        if read:
            self._sums.clear()
        _log.debug("rounds.caught_up", records=read)
        if question.ask is Ask.ROUND:
            return self._round(api.GetRoundRequest.FromString(question.message))
        return self._missing(api.ListMissingRequest.FromString(question.message))

    def _round(self, asked: api.GetRoundRequest) -> bytes:
        sums = self._sums.get(asked.round_id)
        if sums is None:
            counts = self._reader.fold.counts(asked.round_id)
            sums = self._sums[asked.round_id] = UnitsOfRound(counts, self._divisions)
        top = sums.unit(asked.jurisdiction_code)
        units = [top]
        for step in range(1, asked.depth + 1):
            units += sums.below(top.code, top.depth + step)
        positions = [
            common_pb2.SourcePosition(topic=topic, partition=partition, offset=offset)
            for topic, partition, offset in self._log.positions()
        ]
        return api.GetRoundResponse(
            round_id=asked.round_id, units=map(_message, units), counted_until=positions
        ).SerializeToString()

    def _missing(self, asked: api.ListMissingRequest) -> bytes:
        found = self._reader.fold.missing(asked.round_id, asked.grid_code)
        rest = [one for one in found if one > asked.page_token]
        page = rest[: asked.page_size]
        return api.ListMissingResponse(
            household_ids=page,
            next_page_token=page[-1] if len(rest) > len(page) else "",
            total=len(found),
        ).SerializeToString()


def _message(unit: Unit) -> api.UnitCounts:
    counts = unit.counts
    return api.UnitCounts(
        jurisdiction_code=unit.code,
        name=unit.name,
        missing=counts.missing,
        coverage=_rate(counts.coverage),
        resolution=_rate(counts.resolution),
        **counts._asdict(),
    )


def _rate(rate: Rate) -> api.Rate:
    return api.Rate(numerator=rate.numerator, denominator=rate.denominator)


def serve(make: Callable[[], Counting], questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer one question after the other. The end of the questions ends the process, whatever it is doing."""
    asked: SimpleQueue[Question] = SimpleQueue()
    Thread(target=_listen, args=(questions, asked), daemon=True).start()
    counting = make()
    while True:
        answer = counting.answer(asked.get())
        answers.write(len(answer).to_bytes(LENGTH_BYTES) + answer)
        answers.flush()


def _listen(questions: BinaryIO, asked: SimpleQueue[Question]) -> None:
    """A service that was killed closes its end: nobody waits for an answer any more."""
    while head := questions.read(LENGTH_BYTES):
        asked.put(Question.read(questions.read(int.from_bytes(head))))
    os._exit(0)


def main() -> None:
    """Run until the input ends."""
    settings = CommonSettings()
    log.configure("rounds_worker", settings.log_level, as_json=settings.log_json)
    os.nice(NICENESS)
    serve(lambda: Counting(settings), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
