"""A backtest over a real log: events of intake's form in, an exact report out, byte for byte again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sanse.intake.v1 import events_pb2
from services.cli.bench.candidate import with_thresholds
from services.cli.main import app
from services.common.kafka_admin import ensure_topics
from services.common.kafka_out import LaneProducer
from services.common.lane_types import Outgoing
from services.common.lanes import lane_of
from services.common.settings import CommonSettings
from services.common.topics import Topic
from tests.contract.risk_scoring.batches import assessment, event, incident, value
from tests.unit.risk_scoring.makers import HOUSEHOLD, PACKS_DIR

ALL_NO = {one.id: "no" for one in HOUSEHOLD.indicators}
HOMES = [f"HBACK{number:03d}" for number in range(30)]
AS_OF = "2026-03-01T00:00+08:00"


async def _write(settings: CommonSettings, events: Sequence[events_pb2.Event]) -> None:
    producer = LaneProducer(settings)
    await producer.start()
    by_lane: dict[int, list[events_pb2.Event]] = {}
    for one in events:
        by_lane.setdefault(lane_of(one.subject_id), []).append(one)
    await producer.send(
        (lane, Outgoing(Topic.EVENTS, value(*some, lane=lane))) for lane, some in by_lane.items()
    )
    await producer.send([(3, Outgoing(Topic.EVENTS, b"\xff\xff not a batch"))])
    await producer.stop()


def _events() -> list[events_pb2.Event]:
    """30 households: 12 with a debt dispute; a grievance; an event of a pack nobody has; a late one; a double."""
    made = [
        assessment(home, ALL_NO | ({"debt_dispute": "yes"} if at < 12 else {}), home)
        for at, home in enumerate(HOMES)
    ]
    made.append(assessment("gone", {}, "HBACK-X", pack_id="another_pack"))
    made.append(event("g", "HBACK-G", grievance=events_pb2.Grievance(category="road")))
    made.append(incident("late", "household_dispute", {}, HOMES[0], day=3650))
    return [*made, made[0]]


@pytest.fixture
async def settings(
    kafka: str, redis_url: str, sanse_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> CommonSettings:
    """A log of its own, which the command finds by the environment."""
    settings = CommonSettings(kafka=kafka, redis=redis_url, prefix=sanse_prefix, partitions=3)
    ensure_topics(settings)
    await _write(settings, _events())
    for name, text in (("KAFKA", kafka), ("PREFIX", sanse_prefix), ("LANG", "en")):
        monkeypatch.setenv(f"SANSE_{name}", text)
    monkeypatch.setattr("services.cli.context.RUN_FILE", Path("/nonexistent/stack.json"))
    return settings


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """The household pack with red from the weight of one debt dispute."""
    live = PACKS_DIR / "household_dispute.yaml"
    weight = HOUSEHOLD.indicators[HOUSEHOLD.tables.index["debt_dispute"]].weight
    return with_thresholds(live, tmp_path, "9.0.0", max(1, weight - 1), max(2, weight))


def _run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["rules", "backtest", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


async def test_the_report(settings: CommonSettings, candidate: Path, tmp_path: Path) -> None:
    """Exactly the households with the answer that now weighs more go up, and the JSON is the same when run again."""
    first, second, html = tmp_path / "1.json", tmp_path / "2.json", tmp_path / "page.html"
    wanted = (candidate, "--as-of", AS_OF, "--capacity", "3")
    shown = _run(*wanted, "--json", first, "--html", html, "--workers", "2")
    _run(*wanted, "--json", second, "--workers", "1")
    assert first.read_bytes() == second.read_bytes()

    report = json.loads(first.read_text())
    assert report["subjects"] == len(HOMES)
    assert report["read"] == {
        "records": report["read"]["records"],
        "events": 33,
        "later": 1,
        "unreadable_live": 1,
        "unreadable_candidate": 1,
        "broken_records": 1,
    }
    whole, county, township = report["flow"]["in_force"]
    assert (whole["raised"], whole["lowered"], whole["same"]) == (12, 0, 18)
    assert whole["newly_red"] == 12 and whole["matrix"]["green"]["green"] == 18
    assert county["unit"] == "532301" and township["unit"] == "532301001"
    assert report["flow"]["other_packs"] == {}
    assert [load["over"] for load in report["capacity"]] == [0, 9]
    assert report["deadlines"][0]["first_visit"]["missed"] == 12
    assert report["subgroups"]["columns"] == {}
    assert "household_dispute@9.0.0" in shown

    page = html.read_text(encoding="utf-8")
    assert not re.search(r"<script|https?://|<link|@import|url\(", page)
    assert page.count("<svg role=") == 5 and 'lang="zh-CN"' in page and 'lang="en"' in page


async def test_small_groups_are_hidden(
    settings: CommonSettings, candidate: Path, tmp_path: Path
) -> None:
    """A group below the minimum is hidden with a second one, in the JSON, the table and the page."""
    groups, out, html = tmp_path / "groups.csv", tmp_path / "r.json", tmp_path / "page.html"
    rows = [
        f"{home},{'f' if at < 14 else 'm' if at < 27 else 'x'}" for at, home in enumerate(HOMES)
    ]
    groups.write_text("household_id,sex\n" + "\n".join(rows), encoding="utf-8")
    shown = _run(candidate, "--as-of", AS_OF, "--subgroups", groups, "--json", out, "--html", html)
    rated = json.loads(out.read_text())["subgroups"]["columns"]["sex"]["rated"]
    assert rated["total"] == 30 and rated["groups"] == {"f": 14, "m": None, "x": None}
    assert "hidden" in shown and "不显示 hidden" in html.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("header", "line", "said"),
    [
        ("household_id,民族", "H1,汉", ("民族", "ethnicity")),
        ("household_id,religion", "H1,x", ("宗教", "religion")),
        ("household_id,district", "H1,残疾", ("残疾", "disability")),
        ("household_id,income", "H1,x", ("income", "sex, age_band")),
        ("household_id", "H1", ("household_id", "sex, age_band")),
        ("household_id,sex", "H1,f,x", ("2 列", "2 columns")),
        ("household_id,sex", "H1,f\nH1,m", ("第 3 行", "line 3")),
    ],
)
async def test_a_bad_subgroup_file_is_refused(
    settings: CommonSettings,
    candidate: Path,
    tmp_path: Path,
    header: str,
    line: str,
    said: tuple[str, ...],
) -> None:
    """Who somebody is, is never a group; every refusal names the line in both languages, and nothing is re-scored."""
    groups = tmp_path / "groups.csv"
    groups.write_text(f"{header}\n{line}\n", encoding="utf-8")
    done = CliRunner().invoke(
        app, ["rules", "backtest", str(candidate), "--subgroups", str(groups)]
    )
    assert done.exit_code == 1
    assert all(word in done.output for word in said)
    assert "Re-scoring" not in done.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("jurisdiction_code,capacity\n5323,4\n", "532"),
        ("jurisdiction_code,capacity\n532301,-4\n", "不小于 0 的整数"),
        ("code,capacity\n532301,4\n", "jurisdiction_code"),
        ("", "jurisdiction_code"),
    ],
)
async def test_a_bad_capacity_file_is_refused(
    settings: CommonSettings, candidate: Path, tmp_path: Path, content: str, said: str
) -> None:
    """A capacity file with a wrong code, number or header is refused."""
    file = tmp_path / "capacity.csv"
    file.write_text(content, encoding="utf-8")
    done = CliRunner().invoke(app, ["rules", "backtest", str(candidate), "--capacity", str(file)])
    assert done.exit_code == 1 and said in done.output
