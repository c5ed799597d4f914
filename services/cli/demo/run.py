"""sanse demo: sets everything up, lets simulated weeks pass in about two minutes, and counts."""

from __future__ import annotations

import heapq
import json
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime

from rich.console import Console
from rich.table import Table

from services.cli.commands.reports import settings_from
from services.cli.demo.cadres import Cadres
from services.cli.demo.desk import Desk
from services.cli.demo.obligations import list_reports
from services.cli.demo.prefecture import (
    EXAMPLE_KEY,
    EXAMPLE_SOURCE,
    example_reports,
    with_example_posts,
    write_world_files,
)
from services.cli.demo.publisher import Publisher, TimedReport
from services.cli.demo.rounds import rates, register_all, write_rounds
from services.cli.demo.screen import Screen
from services.cli.demo.summary import Summary, summarize
from services.cli.gateways import Gateways, channel_env, start_gateways
from services.cli.reconcile import balance, read_records
from services.cli.simulate.keys import key_entries, test_key
from services.cli.simulate.packs import load_shapes
from services.cli.simulate.reports import Mix, reports
from services.cli.simulate.schedule import ROUNDS, Schedule
from services.cli.simulate.world import build_world
from services.cli.stack import Parts, Stack, found_parts
from services.cli.texts import say
from services.common.clock import SHANGHAI, SharedClock, to_ms
from services.common.settings import REPOSITORY, CommonSettings
from services.common.spans import DAY_MS

FIRST_DAY = date(2026, 3, 1)
# While reports come in, a simulated day takes so many real seconds; afterwards fewer.
DAY_S, TAIL_DAY_S = 5.0, 1.5
ROUND_DAYS, TAIL_DAYS = 3, 18
TICK_S = 0.05
SETTLE_S = 45.0
_FOLDER = REPOSITORY / "var" / "demo"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Which prefecture, and how large."""

    seed: int = 2026
    scale: float = 0.002


def run_demo(console: Console, options: DemoOptions) -> Summary:
    """Run it all; everything started is ended, the summary is shown and written."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    with ExitStack() as stack:
        console.print(say("parts.starting"))
        parts = stack.enter_context(found_parts(_FOLDER / "parts", last_resort=True))
        console.print(say("parts.found", kafka=parts.kafka_origin, redis=parts.redis_origin))
        for origin in parts.trial_only:
            console.print(say("parts.trial_only", what=origin), style="bold red")
        gateways = start_gateways(_FOLDER, live_for_s=900)
        stack.callback(gateways.stop)
        demo = Demo(console, options, parts, gateways)
        stack.callback(demo.stack.stop)
        summary = demo.run()
    _show(console, summary)
    path = _FOLDER / "summary.json"
    path.write_text(json.dumps(summary.as_json(), indent=2, ensure_ascii=False))
    console.print(say("demo.saved", path=path.relative_to(REPOSITORY)))
    return summary


class Demo:
    """One run over one simulated prefecture."""

    def __init__(
        self, console: Console, options: DemoOptions, parts: Parts, gateways: Gateways
    ) -> None:
        self._console = console
        self._options = options
        self._gateways = gateways
        console.print(say("world.building", seed=options.seed, scale=options.scale))
        self._world = with_example_posts(build_world(options.seed, options.scale))
        self._mix = Mix(schedule=Schedule(FIRST_DAY, ROUND_DAYS))
        self._shapes = load_shapes(CommonSettings().packs_dir)
        self._clock = SharedClock(_FOLDER / "clock.json")
        self._first_ms = to_ms(datetime.combine(FIRST_DAY, datetime.min.time(), SHANGHAI))
        self._clock.set(self._first_ms, 0.0)
        self._callback_token = secrets.token_hex(16)
        self.stack = Stack(parts, _FOLDER, self._env(), "sanse")

    def _env(self) -> dict[str, str]:
        return {
            "SANSE_MASTER_KEY": secrets.token_hex(32),
            "SANSE_CLOCK_FILE": str(_FOLDER / "clock.json"),
            "SANSE_CALLBACK_TOKEN": self._callback_token,
            "SANSE_RATE_LIMITS": "false",
            # A simulated morning lasts a moment: its messages would be sent or missed by chance.
            "SANSE_MORNINGS_FILE": "none",
            **write_world_files(_FOLDER / "world", self._world),
            **write_rounds(_FOLDER / "world", self._world, self._mix.schedule, self._shapes),
            **channel_env(self._gateways.control),
        }

    def run(self) -> Summary:
        """Start the services, let time pass, wait until all is settled, and reconcile."""
        world = self._world
        self._console.print(
            say("world.built", households=world.households, officials=len(world.officials))
        )
        self._console.print(say("services.starting"))
        self.stack.prepare()
        self.stack.start_all()
        self._console.print(say("services.ready"))
        register_all(self._settings(), _FOLDER / "world")
        self._connect_callbacks()
        publisher = self._publisher()
        days = ROUNDS * ROUND_DAYS + TAIL_DAYS
        with Screen(self._console, days) as screen:
            desk = Desk(self.stack.address("escalation"), world.officials, self._clock.now_ms)
            control, seed = self._gateways.control, self._options.seed
            cadres = Cadres(control, desk, seed, screen.message)
            self._let_time_pass(publisher, cadres, screen)
        publisher.close()
        cadres.close()
        self._console.print(say("demo.settling"))
        return self._settle(publisher, cadres)

    def _connect_callbacks(self) -> None:
        page = f"http://{self.stack.address('notifier', 'page')}"
        token = f"?token={self._callback_token}"
        for gateway, path in (("aliyun-sms", "aliyun"), ("tencent-sms", "tencent")):
            self._gateways.control.receipts(
                gateway,
                f"{page}/callbacks/{path}/receipt{token}",
                reply_url=f"{page}/callbacks/{path}/reply{token}",
            )

    def _publisher(self) -> Publisher:
        seed = self._options.seed
        keys = {entry.source: test_key(seed, entry.source) for entry in key_entries(seed)}
        keys[EXAMPLE_SOURCE] = EXAMPLE_KEY
        url = f"http://{self.stack.address('intake', 'http')}"
        last_ms = self._first_ms + ROUNDS * ROUND_DAYS * DAY_MS
        told = heapq.merge(
            self._simulated(),
            example_reports(self._first_ms, last_ms),
            list_reports(self._world, self._first_ms),
            key=lambda one: one.at_ms,
        )
        return Publisher(url, keys, told)

    def _simulated(self) -> Iterator[TimedReport]:
        for sent in reports(self._world, self._shapes, self._mix):
            yield TimedReport(sent.at_ms, sent.source.value, sent.report)

    def _let_time_pass(self, publisher: Publisher, cadres: Cadres, screen: Screen) -> None:
        busy = ROUNDS * ROUND_DAYS
        last_ms = self._first_ms + (busy + TAIL_DAYS) * DAY_MS
        self._clock.set(self._first_ms, DAY_MS / (DAY_S * 1000))
        quick = False
        while (now_ms := self._clock.now_ms()) < last_ms:
            if not quick and publisher.finished and now_ms > self._first_ms + busy * DAY_MS:
                self._clock.set(now_ms, DAY_MS / (TAIL_DAY_S * 1000))
                quick = True
            publisher.send_until(now_ms)
            cadres.read_phones(now_ms)
            cadres.act_until(now_ms)
            screen.at(now_ms)
            time.sleep(TICK_S)
        self._clock.set(last_ms, 0.0)

    def _settle(self, publisher: Publisher, cadres: Cadres) -> Summary:
        """Time stands still: what is under way arrives; then count."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            records = read_records(self.stack.settings())
            even = balance(records, publisher.told.accepted_ids, self._on_phones())
            if even.lost == 0 or time.monotonic() > deadline:
                found = rates(self._settings())
                return summarize(records, even, publisher.told, cadres, found, self.stack.parts)
            time.sleep(1.0)

    def _settings(self) -> CommonSettings:
        """The settings of the services, with their files and key."""
        own = self.stack.settings().model_dump(include={"kafka", "redis", "prefix", "partitions"})
        given = settings_from(CommonSettings, self.stack.env)
        return given.model_copy(update=own)

    def _on_phones(self) -> list[str]:
        return [message.notice_id for message in self._gateways.control.messages()]


def _show(console: Console, summary: Summary) -> None:
    table = Table(title=say("demo.summary"), show_header=False)
    for key, value in summary.as_json().items():
        table.add_row(say(f"summary.{key}"), _in_words(value))
    console.print(table)
    if summary.lost or summary.duplicates:
        console.print(
            f"[red]{say('demo.unbalanced', lost=summary.lost, duplicates=summary.duplicates)}"
        )


def _in_words(value: object) -> str:
    """A figure, or figures by name."""
    if isinstance(value, dict):
        return "  ".join(f"{say(f'figure.{name}')} {number}" for name, number in value.items())
    return str(value)
