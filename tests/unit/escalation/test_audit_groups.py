"""Groups of services: nobody there for too long is found, and so is work that waits while nothing moves."""

from __future__ import annotations

import pytest

from services.common.spans import MINUTE_MS
from services.escalation.domain.audit import ENGINE, Fault, Finding
from services.escalation.domain.audit_course import Course
from services.escalation.domain.audit_groups import GroupLook, GroupWatch, Waiting

SILENT_MS, STILL_MS = 3 * MINUTE_MS, 2 * MINUTE_MS
PART = ("t.notices.v1", 0)


def watch() -> GroupWatch:
    """A watch that has seen nothing."""
    return GroupWatch(SILENT_MS, STILL_MS)


def look(members: int = 1, worked: int = 0, end: int = 0, service: str = "notifier") -> GroupLook:
    """A group with one partition."""
    return GroupLook(service, members, {PART: Waiting(worked, end)})


@pytest.mark.parametrize(
    ("service", "found"),
    [
        ("escalation", [Finding(Fault.ENGINE_SILENT, ENGINE, "no_member")]),
        ("notifier", [Finding(Fault.SERVICE_SILENT, "notifier", "no_member")]),
        ("intake", []),
    ],
)
def test_a_service_without_any_process_is_found_though_nothing_is_due(
    service: str, found: list[Finding]
) -> None:
    """From the limit on, counted from when somebody was seen last; a service that need not run is left alone."""
    groups = watch()
    assert list(groups.faults(look(0, service=service), 1)) == []
    assert list(groups.faults(look(1, service=service), 2)) == []
    assert list(groups.faults(look(0, service=service), 1 + SILENT_MS)) == []
    assert list(groups.faults(look(0, service=service), 2 + SILENT_MS)) == found
    assert list(groups.faults(look(1, service=service), 3 + SILENT_MS)) == []


def test_a_group_that_stands_still_while_records_wait_is_found() -> None:
    """From the limit on; one that moves, however slowly, or has nothing to do, is not."""
    standing, moving, idle = watch(), watch(), watch()
    found = [
        (
            list(standing.faults(look(worked=5, end=6 + n), n * STILL_MS)),
            list(moving.faults(look(worked=5 + n, end=100), n * STILL_MS)),
            list(idle.faults(look(worked=6, end=6), n * STILL_MS)),
        )
        for n in range(3)
    ]
    still = [Finding(Fault.GROUP_STANDS_STILL, "notifier", PART[0])]
    assert found == [([], [], []), (still, [], []), (still, [], [])]


def test_each_partition_has_a_time_of_its_own() -> None:
    """One that begins to wait while another has waited long is not found with it."""
    groups = watch()
    one, two = (PART[0], 0), (PART[0], 1)
    first = GroupLook("notifier", 1, {one: Waiting(0, 1), two: Waiting(1, 1)})
    later = GroupLook("notifier", 1, {one: Waiting(1, 1), two: Waiting(1, 2)})
    assert list(groups.faults(first, 0)) == []
    assert list(groups.faults(later, STILL_MS)) == []
    assert len(list(groups.faults(later, 2 * STILL_MS))) == 1


def test_what_waits_is_counted_by_topic() -> None:
    """All partitions together; one that was worked past a shortened end waits for nothing."""
    parts = {("a", 0): Waiting(1, 4), ("a", 1): Waiting(0, 2), ("b", 0): Waiting(9, 3)}
    assert GroupLook("notifier", 1, parts).waiting() == {"a": 5, "b": 0}


def test_an_auditor_that_cannot_look_says_so_after_its_limit() -> None:
    """Counted from the last complete pass, or from the start; a slow first pass that does not fail says nothing."""
    course = Course(began_ms=1000)
    assert list(course.faults(10_000, 500)) == []
    course.broke_off("ConnectionError")
    assert list(course.faults(1499, 500)) == []
    assert [one.detail for one in course.faults(1500, 500)] == ["ConnectionError"]
    course.completed([], 1600)
    course.broke_off("TimeoutError")
    assert list(course.faults(2099, 500)) == []
    assert [one.fault for one in course.faults(2100, 500)] == [Fault.AUDIT_INCOMPLETE]
    assert (course.clean_ms, course.failed) == (1600, 1)
