"""What "sanse doctor" says of the auditor: its findings in words, cases for a person, its blindness."""

from __future__ import annotations

from typing import cast

import pytest

from sanse.escalation.v1 import audit_service_pb2 as api
from services.cli.audit_status import ABOUT_SHOWN, LATE_MS, findings
from services.common.calls import Call
from services.escalation.auditor.audit_api import AuditApi
from services.escalation.domain.audit import Fault, Finding
from services.escalation.domain.audit_course import Course

NOW_MS = 1_800_000_000_000


def shown(**values: object) -> api.ShowAuditResponse:
    """An auditor that began long ago, completed a clean pass just now, and tells an address."""
    common = {"began_at_ms": 1, "complete_at_ms": NOW_MS - 2000, "tells_outside": True}
    return api.ShowAuditResponse(**{**common, **values})  # type: ignore[arg-type]


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each language in turn."""
    monkeypatch.setenv("SANSE_LANG", request.param)
    return str(request.param)


async def test_what_a_pass_found_reaches_the_doctor(language: str) -> None:
    """The auditor's own door tells each reason with what it is about, once, and how the passes go."""
    course = Course(began_ms=1)
    spent, missed = Fault.REDRIVES_SPENT, Fault.DEADLINE_MISSED
    found = [Finding(missed, "002-b", "reply"), Finding(missed, "002-b"), Finding(spent, "001-a")]
    course.completed(found, NOW_MS)
    course.broke_off("TimeoutError")
    call = cast(Call, None)
    told = await AuditApi(course, tells_outside=False).ShowAudit(api.ShowAuditRequest(), call)
    lines = [*findings(told, NOW_MS)]
    assert [what for what, _ in lines[1:3]] == [
        "deadline_missed (2): 002-b",
        "redrives_spent (1): 001-a",
    ]
    assert "TimeoutError" in lines[0][1] and not told.tells_outside


def test_a_clean_auditor_needs_nothing(language: str) -> None:
    """One line without advice; a second where nobody outside is told, still without."""
    [line] = findings(shown(), NOW_MS)
    assert "2 s ago" in line[0] or "2 秒前" in line[0]
    assert [advice for _, advice in findings(shown(tells_outside=False), NOW_MS)] == ["", ""]


def test_each_case_whose_redrives_are_spent_is_named(language: str) -> None:
    """All of them, since a person must look at each; of other reasons the first few."""
    ids = [f"{number:03d}-a" for number in range(ABOUT_SHOWN + 1)]
    found = shown(
        reasons=[
            api.AuditReason(reason=reason, count=len(ids), about=ids)
            for reason in ("redrives_spent", "state_differs")
        ]
    )
    (spent, must_look), (other, _) = [*findings(found, NOW_MS)][1:]
    assert all(one in spent for one in ids) and must_look
    assert [one in other for one in ids] == [True] * ABOUT_SHOWN + [False] and "…" in other


@pytest.mark.parametrize(
    "course",
    [
        {"failed_passes": 3, "error": "ConnectionError"},
        {"complete_at_ms": NOW_MS - LATE_MS - 1},
        {"complete_at_ms": 0, "began_at_ms": NOW_MS - LATE_MS - 1},
    ],
)
def test_an_auditor_that_does_not_get_on_is_wrong(language: str, course: dict[str, object]) -> None:
    """It fails, stands still, or never came to an end of its first pass: each asks for somebody."""
    [(_, advice)] = findings(shown(**course), NOW_MS)
    assert advice and ("error" not in course or "ConnectionError" in advice)


def test_an_auditor_that_reads_the_log_for_the_first_time_is_left_alone(language: str) -> None:
    """A first pass may take its time."""
    [(what, advice)] = findings(shown(complete_at_ms=0, began_at_ms=NOW_MS - 9000), NOW_MS)
    assert what and advice == ""


def test_a_reason_of_a_newer_auditor_is_shown_as_it_is(language: str) -> None:
    """Its code stands where its words would."""
    assert [*findings(shown(reasons=[api.AuditReason(reason="of_tomorrow", count=1)]), NOW_MS)][1][
        1
    ] == "of_tomorrow"
