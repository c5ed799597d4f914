"""The kinds of obligation are checked before they are used: each flaw is found, and the shipped ones have none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from services.common.pack_catalogue import load_outlines
from services.common.settings import CommonSettings
from services.common.yaml_nodes import FileError
from services.escalation.adapters.obligation_checks import (
    Finding,
    Flaw,
    Surroundings,
    check_obligations,
)
from services.escalation.adapters.obligation_file import load_obligations, read_obligation
from services.escalation.domain.worktime import OfficeHours
from services.intake.domain.codes import GRIEVANCE_CHANNELS

SETTINGS = CommonSettings()
AROUND = Surroundings(
    tuple(GRIEVANCE_CHANNELS), tuple(load_outlines(SETTINGS.packs_dir)), SETTINGS.policies_dir
)
Change = Callable[[dict[str, Any]], object]


def changed(folder: Path, name: str, change: Change) -> list[Finding]:
    """What is found when one shipped file is changed."""
    kinds = copytree(SETTINGS.obligations_dir, folder / "obligations")
    file = kinds / f"{name}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return check_obligations(kinds, AROUND)


def test_the_shipped_kinds_have_no_flaw() -> None:
    """Every channel, list, triage decision and review has exactly one kind that owes an answer."""
    assert check_obligations(SETTINGS.obligations_dir, AROUND) == []


@pytest.mark.parametrize(
    ("flaw", "name", "change"),
    [
        (Flaw.UNREADABLE, "task", lambda it: it.pop("owner")),
        (Flaw.UNREADABLE, "task", lambda it: it["deadlines"].update(finish={"before_day": 31})),
        (
            Flaw.UNREADABLE,
            "task",
            lambda it: it["deadlines"].update(finish={"hours": 1, "days": 1}),
        ),
        (Flaw.UNREADABLE, "task", lambda it: it.update(evidence=["gossip"])),
        (Flaw.TEXT_MISSING, "task", lambda it: it["source"].update(en="")),
        (Flaw.TITLE_TOO_LONG, "task", lambda it: it["title"].update(zh="一二三四五六七八九")),
        (Flaw.NO_OUTCOME, "task", lambda it: it.update(outcomes=[])),
        (Flaw.APPROVAL_TOO_LOW, "hidden_hazard", lambda it: it["approval"].update(tier="township")),
        (
            Flaw.EVIDENCE_WITHOUT_TERM,
            "hidden_hazard",
            lambda it: it["deadlines"].pop("first_visit"),
        ),
        (Flaw.TERM_WITHOUT_EVIDENCE, "major_issue", lambda it: it.update(evidence=["document"])),
        (
            Flaw.ACKNOWLEDGE_AFTER_FINISH,
            "hidden_hazard",
            lambda it: it["deadlines"].update(acknowledge={"days": 31}),
        ),
        (
            Flaw.LADDER_DOES_NOT_CLIMB,
            "task",
            lambda it: it["ladder"]["rungs"].__delitem__(slice(1, 3)),
        ),
        (Flaw.COLOURS_FALL, "task", lambda it: it["ladder"]["rungs"].reverse()),
        (Flaw.LEVELS_UNKNOWN, "triage", lambda it: it.update(levels_of="triage/2019")),
        (Flaw.NAME_OF_A_PACK, "mediation", lambda it: it.update(id="household_dispute")),
        (Flaw.TWICE, "task", lambda it: it.update(id="mediation")),
        (Flaw.UNTAKEN, "task", lambda it: it.update(id="other_list")),
        (
            Flaw.TAKEN_TWICE,
            "grievance_box",
            lambda it: it["comes_from"]["details"].append("village_day"),
        ),
    ],
)
def test_each_flaw_is_found(tmp_path: Path, flaw: Flaw, name: str, change: Change) -> None:
    """A changed file is refused with the flaw, its file and its line, in both languages."""
    findings = changed(tmp_path, name, change)
    assert flaw in {one.flaw for one in findings}
    for one in findings:
        assert one.message.zh
        assert one.message.en
        assert one.fix.en
        assert one.line > 0 or one.file.is_dir()


def test_an_error_names_file_line_and_path(tmp_path: Path) -> None:
    """At start the first error stops the service and says where it is."""
    copytree(SETTINGS.obligations_dir, tmp_path / "k")
    file = tmp_path / "k" / "task.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("{days: 90}", "{days: soon}"))
    with pytest.raises(FileError, match=r"task\.yaml:\d+: deadlines\.finish\.days"):
        load_obligations(tmp_path / "k")
    with pytest.raises(FileError, match="at least one"):
        load_obligations(tmp_path)


def test_a_working_day_is_as_long_as_the_office_is_open() -> None:
    """Ten working days of a nine-hour office are ninety hours of working time."""
    kind = read_obligation(SETTINGS.obligations_dir / "grievance_box.yaml")
    assert kind.office_hours == OfficeHours(510, 1050)
    assert kind.obligation is not None
    assert kind.obligation.finish.within is not None
    assert (kind.obligation.finish.within.hours, kind.uses_working_time) == (90, True)
