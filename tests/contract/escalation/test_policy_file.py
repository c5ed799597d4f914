"""Policy files: what is wrong is named, with its place and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.common.settings import REPOSITORY
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.adapters.obligation_file import load_all_policies
from services.escalation.adapters.policy_file import (
    PolicyFault,
    line_of,
    load_policies,
    read_policy,
)
from services.escalation.adapters.workdays import LOCAL_FILE, WorkdayFileWrong, Workdays
from services.escalation.domain.messages import Origin
from services.escalation.domain.policy import (
    AcknowledgeBy,
    Chased,
    PolicyMissing,
    Reassignment,
    Term,
    Unaccepted,
)

SHIPPED = REPOSITORY / "deploy" / "policies" / "household_conflict.yaml"
Change = Callable[[dict[str, Any]], object]

TERM = {"hours": 24}


def _write(folder: Path, change: Change, name: str = "policy.yaml") -> Path:
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(content)
    file = folder / name
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


def test_shipped_policy_is_complete() -> None:
    """The policy in deploy/ loads, with the tiers and colours of the regulation."""
    policy = load_policies(SHIPPED.parent).for_new_case("household_dispute", 1_770_000_000_000)

    assert [policy.duties[level].tier for level in (Level.GREEN, Level.YELLOW, Level.RED)] == [
        Tier.VILLAGE,
        Tier.TOWNSHIP,
        Tier.COUNTY,
    ]
    assert policy.duties[Level.RED].acknowledge_within == Term(2)
    assert [rung.colour for rung in policy.rungs] == [
        NoticeColour.WHITE,
        NoticeColour.YELLOW,
        NoticeColour.RED,
    ]
    assert [rung.reply_within for rung in policy.rungs] == [Term(72), Term(48), Term(24)]
    assert not policy.uses_working_time


def test_a_reply_has_a_default_term(tmp_path: Path) -> None:
    """A policy that does not say leaves 72 hours for the answer to a notice."""
    file = _write(tmp_path, lambda c: [rung.pop("reply_within") for rung in c["ladder"]["rungs"]])

    assert [rung.reply_within for rung in read_policy(file).rungs] == [Term(72)] * 3


def test_a_reply_may_be_counted_in_working_time(tmp_path: Path) -> None:
    """Then the calendar of working days is needed, and checked at start."""
    term = {"hours": 8, "counted": "working"}
    file = _write(tmp_path, lambda c: c["ladder"]["rungs"][0].update(reply_within=term))

    assert read_policy(file).uses_working_time


@pytest.mark.parametrize(
    ("change", "path", "allowed"),
    [
        (lambda c: c.update(colour="red"), "colour", "the keys id, version"),
        (lambda c: c.pop("ladder"), "ladder", "the key is missing"),
        (lambda c: c["levels"].pop("red"), "levels.red", "the key is missing"),
        (lambda c: c["levels"].update(purple={}), "levels.purple", "green, yellow, red"),
        (lambda c: c["levels"]["red"].update(tier="city"), "levels.red.tier", "village, township"),
        (lambda c: c["levels"]["red"].update(opens=True), "levels.red.opens", "always"),
        (
            lambda c: c["levels"]["red"].update(acknowledge_within={"hours": -1}),
            "levels.red.acknowledge_within.hours",
            "a number from 0.01",
        ),
        (
            lambda c: c["levels"]["red"].update(acknowledge_within={"hours": 1, "counted": "tide"}),
            "levels.red.acknowledge_within.counted",
            "calendar, working",
        ),
        (lambda c: c["ladder"].update(rungs=[]), "ladder.rungs", "at least one item"),
        (
            lambda c: c["ladder"]["rungs"][1].update(colour="blue"),
            "ladder.rungs[1].colour",
            "white, yellow, red",
        ),
        (
            lambda c: c["ladder"]["rungs"][2].update(escalates="yes"),
            "ladder.rungs[2].escalates",
            "true, false",
        ),
        (lambda c: c["office_hours"].update(closes="08:00"), "office_hours.closes", "after opens"),
        (lambda c: c.update(valid_from="soon"), "valid_from", "a date like"),
        (lambda c: c["title"].pop("en"), "title.en", "the key is missing"),
        (lambda c: c.update(id="Big Policy"), "id", "text like"),
        (
            lambda c: c["ladder"]["rungs"][0].update(copy_above="yes"),
            "ladder.rungs[0].copy_above",
            "true, false",
        ),
        (
            lambda c: c["ladder"].update(unanswered=[{"tells": "everybody", "then_wait": TERM}]),
            "ladder.unanswered[0].tells",
            "recipient, above",
        ),
        (
            lambda c: c["ladder"].update(unanswered=[]),
            "ladder.unanswered",
            "at least one item",
        ),
        (
            lambda c: c["levels"]["red"].update(remind_before=[{"hours": 1, "counted": "working"}]),
            "levels.red.remind_before[0].counted",
            "the keys hours",
        ),
        (
            lambda c: c["levels"]["red"].update(acknowledge_by="owner"),
            "levels.red.acknowledge_by",
            "[owner, deputy]",
        ),
        (
            lambda c: c["levels"]["red"].update(acknowledge_by={"count": 0}),
            "levels.red.acknowledge_by.count",
            "from 1 to 9",
        ),
        (
            lambda c: c["levels"]["red"].update(unacknowledge="yes"),
            "levels.red.unacknowledge",
            "true, false",
        ),
        (
            lambda c: c.update(
                reassignment={"accept_within": {"hours": 4}, "unaccepted": "sideways"}
            ),
            "reassignment.unaccepted",
            "back, up",
        ),
    ],
)
def test_fault_names_file_path_and_what_is_allowed(
    tmp_path: Path, change: Change, path: str, allowed: str
) -> None:
    """Whoever edits the page learns what to write instead."""
    file = _write(tmp_path, change)

    with pytest.raises(PolicyFault) as fault:
        read_policy(file)

    assert fault.value.path == path
    assert allowed in fault.value.allowed
    assert str(file) in str(fault.value)
    text = file.read_text(encoding="utf-8").splitlines()
    last = path.rsplit(".", 1)[-1].split("[")[0]
    if fault.value.found is not None:
        assert last in text[line_of(file, path) - 1] or "[" in path


def test_a_fault_names_the_line(tmp_path: Path) -> None:
    """The line of the key itself, also deep in a list; of what holds it, where the key is missing."""
    file = tmp_path / "policy.yaml"
    file.write_text("id: a\nladder:\n  rungs:\n    - colour: white\n    - colour: blue\n")

    lines = [line_of(file, path) for path in ("id", "ladder.rungs[1].colour", "ladder.repeats")]

    assert lines == [1, 5, 2]


def test_the_second_version_copies_and_chases() -> None:
    """What 2026-2 adds: copies of yellow and red, the recipient reminded, then the tier above told."""
    policy = load_policies(SHIPPED.parent).of_case("household_conflict/2026-2")

    assert [rung.copy_above for rung in policy.rungs] == [False, True, True]
    assert [(step.tells, step.then_wait) for step in policy.chase] == [
        (Chased.RECIPIENT, Term(24)),
        (Chased.ABOVE, Term(48)),
    ]
    assert load_policies(SHIPPED.parent).of_case("household_conflict/2026-1").chase == ()


def test_broken_yaml_names_the_file(tmp_path: Path) -> None:
    """A file that is no YAML is named."""
    file = tmp_path / "policy.yaml"
    file.write_text("id: [", encoding="utf-8")

    with pytest.raises(PolicyFault, match="YAML in UTF-8"):
        read_policy(file)


def test_folder_needs_a_policy_for_every_pack(tmp_path: Path) -> None:
    """No case may find itself without a policy."""
    with pytest.raises(PolicyFault, match="at least one policy file"):
        load_policies(tmp_path)
    _write(tmp_path, lambda c: c.update(packs=["partner_violence"]))
    with pytest.raises(PolicyFault, match=r'packs: \["\*"\]'):
        load_policies(tmp_path)


def test_same_version_twice_is_refused(tmp_path: Path) -> None:
    """A version is one text for ever."""
    _write(tmp_path, lambda c: None, "a.yaml")
    _write(tmp_path, lambda c: None, "b.yaml")

    with pytest.raises(PolicyFault, match="each id and version once"):
        load_policies(tmp_path)


def test_new_cases_take_the_newest_valid_version(tmp_path: Path) -> None:
    """A version begins on its day; the pack's own policy goes before the general one."""
    _write(tmp_path, lambda c: None, "old.yaml")
    _write(tmp_path, lambda c: c.update(version="2", valid_from=date(2026, 7, 1)), "new.yaml")
    _write(tmp_path, lambda c: c.update(id="violence", packs=["partner_violence"]), "own.yaml")
    policies = load_policies(tmp_path)
    june, july = 1_781_000_000_000, 1_784_000_000_000

    assert policies.for_new_case("household_dispute", june).key == "household_conflict/2026-1"
    assert policies.for_new_case("household_dispute", july).key == "household_conflict/2"
    assert policies.for_new_case("partner_violence", july).key == "violence/2026-1"
    assert policies.for_new_case("household_dispute", 0).key == "household_conflict/2026-1"
    with pytest.raises(PolicyMissing, match="put its file back"):
        policies.of_case("household_conflict/2019")


def test_local_holidays_are_read_and_checked(tmp_path: Path) -> None:
    """The local calendar lies beside the policies; a wrong key or date is named."""
    file = tmp_path / LOCAL_FILE
    file.write_text("holidays: [2026-03-03]\nworkdays: [2026-03-07]\n", encoding="utf-8")
    local = Workdays.load(tmp_path)
    assert not local.is_workday(date(2026, 3, 3))
    assert local.is_workday(date(2026, 3, 7))

    file.write_text("holidays: [someday]\n", encoding="utf-8")
    with pytest.raises(WorkdayFileWrong, match="2027-01-01"):
        Workdays.load(tmp_path)
    file.write_text("days: []\n", encoding="utf-8")
    with pytest.raises(WorkdayFileWrong, match="holidays, workdays, complete_years"):
        Workdays.load(tmp_path)


def test_what_an_incident_handed_over_demands() -> None:
    """The shipped kind for triage owes no visit, old cases find theirs, and rated levels of every policy owe visits."""
    policies = load_all_policies(SHIPPED.parent, SHIPPED.parents[1] / "obligations")
    policy = policies.for_obligation(Origin.TRIAGE, "", 1_770_000_000_000)
    assert policy is not None
    assert (policy.key, policy.duties[Level.NONE].visits_owed) == ("triage/2026-2", False)
    assert policies.of_case("triage/2026-1").duties[Level.NONE].visits_owed is False
    for one in policies:
        assert all(duty.visits_owed for level, duty in one.duties.items() if level)


def test_the_example_of_promises_reads_and_others_say_nothing_of_them() -> None:
    """The shipped example has every key; a policy without them asks for one acknowledgement and no acceptance."""
    policy = read_policy(REPOSITORY / "deploy" / "examples" / "policy_with_promises.yaml")
    red, green = policy.duties[Level.RED], policy.duties[Level.GREEN]

    assert red.remind_before == (Term(12), Term(2))
    assert red.acknowledge_by == AcknowledgeBy(("owner", "deputy"))
    assert (red.unacknowledge, red.idle_after_read) == (True, Term(1))
    assert policy.reassignment == Reassignment(Term(4), Unaccepted.BACK)
    assert (green.remind_before, green.acknowledge_by, green.unacknowledge) == ((), None, False)
