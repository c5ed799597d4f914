"""Intake's own checks accept and refuse exactly what the truth says, with the reason meant."""

import json
from collections.abc import Mapping
from datetime import datetime

from services.cli.simulate.packs import PackShape
from services.cli.simulate.reports import Mix, reports
from services.cli.simulate.sent import Fate, Fault
from services.cli.simulate.world import World
from services.common.clock import SHANGHAI, to_ms
from services.common.divisions import Divisions
from services.common.settings import REPOSITORY, CommonSettings
from services.common.support_file import load_support
from services.intake.domain.facts import Report
from services.intake.domain.problems import Reason
from services.intake.domain.rulebook import Context, Rulebook
from services.intake.domain.validate import validate
from services.intake.main import support_table

REASONS = {
    Fault.UNKNOWN_INDICATOR: Reason.INDICATOR_UNKNOWN,
    Fault.UNKNOWN_FIELD: Reason.FIELD_UNKNOWN,
    Fault.UNKNOWN_JURISDICTION: Reason.JURISDICTION_UNKNOWN,
    Fault.WRONG_CODE: Reason.CODE_UNKNOWN,
    Fault.FUTURE_DATE: Reason.DATE_IN_FUTURE,
    Fault.MISSING_FIELD: Reason.FIELD_MISSING,
}
Packs = Mapping[str, PackShape]


def test_intake_judges_the_simulated_reports_as_the_truth_does(world: World, packs: Packs) -> None:
    """At the time of sending, good reports pass and broken ones fail for their one reason."""
    divisions = Divisions({unit.code: unit.name for unit in world.divisions()})
    support = support_table(load_support(CommonSettings().support_file))
    rules = Rulebook.of({name: pack.indicators for name, pack in packs.items()}, divisions, support)
    for sent in reports(world, packs, Mix(broken=0.02)):
        found = validate(sent.report, Context(rules, sent.at_ms))
        if sent.fate is Fate.REJECTED:
            assert isinstance(found, list)
            assert {problem.reason for problem in found} == {REASONS[sent.fault]}
        else:
            assert isinstance(found, Report), found


def test_intake_judges_the_example_as_its_readme_does(packs: Packs) -> None:
    """Three of the 14 reports are refused, for the reasons told."""
    folder = REPOSITORY / "deploy" / "examples"
    divisions = Divisions.load(folder / "divisions.csv")
    rules = Rulebook.of({name: pack.indicators for name, pack in packs.items()}, divisions)
    context = Context(rules, to_ms(datetime(2026, 11, 24, tzinfo=SHANGHAI)))
    refused = {}
    for line in (folder / "reports.jsonl").read_text("utf-8").splitlines():
        report = json.loads(line)
        found = validate(report, context)
        if isinstance(found, list):
            refused[report["source_id"]] = [problem.reason for problem in found]
    assert refused == {
        "YR-2026-0006": [Reason.JURISDICTION_UNKNOWN],
        "YR-2026-0007": [Reason.DATE_IN_FUTURE],
        "YR-2026-0008": [Reason.FIELD_FORBIDDEN],
    }
    event = json.loads((folder / "cloudevent.json").read_text("utf-8"))
    assert isinstance(validate(event["data"], context), Report)
