"""Texts are checked, bound to their approvals, and shown as they will be sent, before anybody gets one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from services.cli.main import app
from services.common.settings import REPOSITORY
from services.notifier.adapters.template_file import load_templates, read_lock
from services.notifier.channels.catalogue import channel_forms
from services.notifier.domain.approved import fingerprints

SHIPPED = REPOSITORY / "deploy/templates"
ENGLISH = {"SANSE_LANG": "en", "COLUMNS": "200"}
OVERDUE = "{colour}督办:事项{case_no}已逾期,请于{due}前办结。{link}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped texts, to be spoilt."""
    for name in ("notices.yaml", "approved.lock"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    return tmp_path


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["templates", *arguments], env=ENGLISH)
    return done.exit_code, done.output


def _change(folder: Path, old: str, new: str) -> None:
    file = folder / "notices.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_texts_are_clean_and_all_approved() -> None:
    """Nothing found, every template id in the lock, each SMS with its length."""
    code, said = _run("check")
    assert code == 0
    assert "nothing found" in said
    assert "not locked yet" not in said
    ids = fingerprints(load_templates(SHIPPED / "notices.yaml", 85))
    assert ids.keys() == read_lock(SHIPPED / "approved.lock").keys()


def test_changed_words_under_an_old_approval_are_refused(folder: Path) -> None:
    """The platform would send the words it approved, or nothing: a new id is asked for, and then a lock."""
    _change(folder, OVERDUE, OVERDUE.replace("已逾期", "已经逾期"))
    code, said = _run("check", str(folder))
    assert code == 1
    assert "SMS_100000002: the text changed since it was approved" in said
    assert _run("lock", str(folder))[0] == 1
    for old, new in (("SMS_100000002", "SMS_9"), ('"1000002"', '"9"'), ("huawei-10000002", "h-9")):
        _change(folder, old, new)
    code, said = _run("check", str(folder))
    assert code == 0
    assert "not locked yet: SMS_9, h-9, 9" in said
    assert "3 new templates locked" in _run("lock", str(folder))[1]
    assert "not locked yet" not in _run("check", str(folder))[1]
    # The old approval stays known.
    assert ("aliyun_sms", "SMS_100000002") in read_lock(folder / "approved.lock")


def test_one_id_for_two_texts_is_refused(folder: Path) -> None:
    """An id pasted twice is found, lock or no lock."""
    (folder / "approved.lock").unlink()
    _change(folder, "SMS_100000002", "SMS_100000001")
    code, said = _run("check", str(folder))
    assert code == 1
    assert "SMS_100000001: stands for two different texts" in said


def test_a_preview_shows_every_channel_as_text_and_picture(tmp_path: Path) -> None:
    """Signature, length, parts and template of an SMS, the button of an IM message; a picture that is not blank."""
    code, said = _run("preview", "supervision", "--colour", "red", "--png", str(tmp_path))
    assert code == 0
    assert all(f"{name} (" in said for name in channel_forms())
    assert "【三色预警】红色督办:事项532301-7K3Q9D已逾期" in said
    assert "part(s) · template SMS_100000002" in said
    with Image.open(tmp_path / "supervision.red.zh.aliyun_sms.png") as picture:
        assert picture.width == 480
        assert len(picture.getcolors(100_000) or ()) > 4
    text = "one_that_is_none"
    assert _run("preview", "supervision", "--channel", text)[0] == 2


def test_without_an_approved_template_a_preview_says_so() -> None:
    """Huawei has none for a copy: the notice is not sent there."""
    code, said = _run("preview", "supervision_copy", "--lang", "en", "--channel", "huawei_sms")
    assert code == 0
    assert "no approved template: not sent here" in said
