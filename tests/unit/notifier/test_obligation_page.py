"""The phone page of an obligation: its title and evidence, a closing once that is there, a second person decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sanse.escalation.v1 import cases_pb2
from services.common.obligation_catalogue import load_kinds
from services.common.settings import CommonSettings
from services.common.terms import Language, Level, Tier
from services.notifier.adapters.view_codec import read_view, view_bytes
from services.notifier.domain.acts import RESOLUTIONS
from services.notifier.domain.notices import NextAct
from services.notifier.domain.standing import CaseView
from services.notifier.service.obligation_page import RETURNS, papers
from services.notifier.service.page_text import View, case_page, resolutions
from tests.unit.notifier.test_templates import NOTICE

KINDS = load_kinds(CommonSettings().obligations_dir)
AT_MS = NOTICE.created_at_ms


def view(*shown: str, act: NextAct = NextAct.RESOLVE, closing_at_ms: int = 0) -> CaseView:
    """How a case stands with some evidence handed in."""
    return CaseView("case", 5, AT_MS, Tier.COUNTY, act, False, frozenset(shown), closing_at_ms)


@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
@pytest.mark.parametrize("kind_id", KINDS)
def test_a_phone_closes_what_has_all_its_papers(kind_id: str, language: Language) -> None:
    """Each paper has a form; the closing is offered once they are there, with the kind's own outcomes."""
    notice = replace(NOTICE, obligation=kind_id, level=Level.NONE)
    kind = KINDS[kind_id]
    for case in (None, view(), view(*papers(kind))):
        page = case_page(View(notice, True, case=case), language, {}, KINDS)
        assert kind.title[language] in page
        assert "未定级" not in page and "unrated" not in page
        whole = not papers(kind) or (case is not None and bool(case.shown))
        assert ('value="resolve"' in page) is whole
        assert set(resolutions(notice, KINDS, case)) == (set(kind.outcomes) if whole else set())
        for paper in papers(kind):
            assert f'name="evidence" value="{paper}"' in page
        assert ("✓ " in page.partition("<ul>")[2]) is bool(case and case.shown)


def test_a_warning_is_closed_as_before() -> None:
    """A case with a level has its five ways to end, also where a person saw a risk in what was owed."""
    for notice in (NOTICE, replace(NOTICE, obligation="hidden_hazard", level=Level.RED)):
        assert tuple(resolutions(notice, KINDS)) == RESOLUTIONS
        assert 'value="evidence"' not in case_page(View(notice, True), Language.ZH, {}, KINDS)


@pytest.mark.parametrize(
    ("case", "offered"),
    [
        (view("document", act=NextAct.APPROVE_CLOSING, closing_at_ms=AT_MS), True),
        # Returned, or decided: nothing waits.
        (view("document"), False),
        # Returned and asked for again: there is a newer message.
        (view(act=NextAct.APPROVE_CLOSING, closing_at_ms=AT_MS + 1), False),
        (None, False),
    ],
)
def test_a_second_person_decides_on_the_closing_that_waits(
    case: CaseView | None, offered: bool
) -> None:
    """The two decisions, the reasons to return it, what was handed in; and nothing that is the owner's to do."""
    notice = replace(
        NOTICE, obligation="hidden_hazard", level=Level.NONE, act=NextAct.APPROVE_CLOSING
    )
    page = case_page(View(notice, True, case=case), Language.EN, {}, KINDS)
    assert ('value="approve_closing"' in page) is offered
    assert ('value="return_closing"' in page) is offered
    assert all((f'value="{code}"' in page) is offered for code in RETURNS)
    assert ("✓ photo or document" in page) is offered
    assert 'value="visit"' not in page and 'value="evidence"' not in page


def test_what_is_kept_of_a_case_is_read_back() -> None:
    """Kinds of evidence and the closing's time, and neither hashes nor persons."""
    for one in (view(), view("visit", "document", act=NextAct.APPROVE_CLOSING, closing_at_ms=9)):
        assert read_view(view_bytes(one)) == one
    full = cases_pb2.CaseEvent(
        case_after=cases_pb2.Case(
            visits=1,
            evidence=[cases_pb2.Evidence(kind=3, sha256=b"x" * 32, added_by="TS-1")],  # type: ignore[arg-type]
        )
    )
    stored = view_bytes(read_view(full.SerializeToString()))
    assert read_view(stored).shown == {"visit", "document"}
    assert b"TS-1" not in stored and b"xxx" not in stored
