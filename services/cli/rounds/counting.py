"""Counts rounds from the log, as of any time: the same fold that the running service answers from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from services.common.clock import SHANGHAI, to_ms
from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.risk_scoring.adapters.round_file import load_rounds
from services.risk_scoring.adapters.rounds_codec import FOREVER_MS, TOPICS, RoundsReader
from services.risk_scoring.adapters.rounds_log import RoundsLog
from services.risk_scoring.domain.rounds import Round, RoundsFold


def rounds_of(settings: CommonSettings) -> Mapping[str, Round]:
    """The rounds of the settings, by their start; PackError for the first that cannot be used."""
    return load_rounds(settings.rounds_dir, load_outlines(settings.packs_dir))


def count(
    settings: CommonSettings, rounds: Mapping[str, Round], as_of_ms: int = FOREVER_MS
) -> RoundsReader:
    """Everything on the log that was known at a time, folded; KafkaError when no broker answers."""
    reader = RoundsReader(RoundsFold(rounds.values()), as_of_ms)
    with RoundsLog(settings, TOPICS, reader.take) as log:
        log.catch_up()
    return reader


def moment(text: str) -> int:
    """Milliseconds of a date (its end) or a time, local unless it names a zone; ValueError for another text."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return to_ms(at if at.tzinfo else at.replace(tzinfo=SHANGHAI))
    return to_ms(datetime.combine(day + timedelta(days=1), time(), SHANGHAI)) - 1
