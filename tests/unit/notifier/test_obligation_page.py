"""The phone page of an obligation: its title, and a closing only where no paper is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.common.obligation_catalogue import load_kinds
from services.common.settings import CommonSettings
from services.common.terms import Language, Level
from services.notifier.domain.acts import RESOLUTIONS
from services.notifier.service.page_text import View, case_page, resolutions
from tests.unit.notifier.test_templates import NOTICE

KINDS = load_kinds(CommonSettings().obligations_dir)


@pytest.mark.parametrize("kind_id", KINDS)
def test_a_phone_closes_only_what_asks_for_no_paper(kind_id: str) -> None:
    """An incident handed over is finished from the phone with its own outcomes; a grievance's reply is not."""
    notice = replace(NOTICE, obligation=kind_id, level=Level.NONE)
    page = case_page(View(notice, acknowledged=True), Language.ZH, {}, KINDS)
    kind = KINDS[kind_id]
    assert kind.title[Language.ZH] in page
    assert "未定级" not in page
    paperless = kind_id in ("triage", "support_request")
    assert ('value="resolve"' in page) is paperless
    assert set(resolutions(notice, KINDS)) == (set(kind.outcomes) if paperless else set())


def test_a_warning_is_closed_as_before() -> None:
    """A case with a level has its five ways to end, also where a person saw a risk in what was owed."""
    for notice in (NOTICE, replace(NOTICE, obligation="triage", level=Level.RED)):
        assert tuple(resolutions(notice, KINDS)) == RESOLUTIONS
