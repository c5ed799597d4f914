"""A pack is immutable by id@version: what counts as its content, and what is said when it changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.cli.main import app
from services.risk_scoring.adapters.pack_versions import LOCK, archived, identity
from services.risk_scoring.domain.pack_identity import canonical, hash_of
from services.risk_scoring.service.rules_lock import CHANGED, LOST, UNLOCKED, check_lock, lock
from tests.unit.risk_scoring.candidates import small_pack, written

DATA = st.recursive(
    st.integers() | st.text() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), DATA))
def test_the_order_of_keys_does_not_count(data: dict[str, object]) -> None:
    """The same data has the same canonical bytes in any order of its keys."""
    assert canonical(dict(reversed(data.items()))) == canonical(data)


def test_looks_do_not_count_and_meaning_does(tmp_path: Path) -> None:
    """Comments, blank lines, quoting and the order of keys keep the hash; a weight or a text changes it."""
    content = small_pack()
    first = identity(written(tmp_path, content, "a"))
    shuffled = dict(reversed(content.items()))
    text = yaml.safe_dump(shuffled, default_flow_style=True, sort_keys=False, width=40)
    other = tmp_path / "b.yaml"
    other.write_text(f"# a comment\n\n{text}\n", encoding="utf-8")
    assert identity(other) == first
    for change in (
        {"recency": {**content["recency"], "cap": 5}},
        {"title": {"zh": "别名", "en": "Small"}},
    ):
        assert hash_of({**content, **change}) != first.content_sha256


def test_lock_adds_new_versions_only(tmp_path: Path) -> None:
    """A second run adds nothing; a new version is added beside the old one, which moved to the archive."""
    old = written(tmp_path, small_pack("1.0.0"))
    assert lock(tmp_path).added == ("small@1.0.0",)
    before = (tmp_path / LOCK).read_bytes()
    assert lock(tmp_path).added == () and (tmp_path / LOCK).read_bytes() == before
    home = archived(tmp_path, "small", "1.0.0")
    home.parent.mkdir()
    old.rename(home)
    written(tmp_path, small_pack("2.0.0", red_at=5))
    assert lock(tmp_path).added == ("small@2.0.0",)
    assert check_lock(tmp_path) == []


def test_a_changed_pack_is_named_with_its_cure(tmp_path: Path) -> None:
    """Changed under the same version: check and lock name the file and say to raise the version; nothing is written."""
    written(tmp_path, small_pack())
    lock(tmp_path)
    before = (tmp_path / LOCK).read_bytes()
    file = written(tmp_path, small_pack(red_at=5))
    (finding,) = check_lock(tmp_path)
    assert finding.code == CHANGED and finding.file == str(file)
    assert "raise the version" in finding.fix and "提高 version" in finding.fix
    assert lock(tmp_path).changed == (finding,) and (tmp_path / LOCK).read_bytes() == before


def test_new_and_lost_versions_are_found(tmp_path: Path) -> None:
    """A version not locked yet, and a locked one whose file is gone, are findings; without a lock nothing is."""
    file = written(tmp_path, small_pack())
    assert check_lock(tmp_path) == []
    lock(tmp_path)
    file.unlink()
    written(tmp_path, small_pack("2.0.0"))
    assert [finding.code for finding in check_lock(tmp_path)] == [UNLOCKED, LOST]


def test_one_version_with_two_contents_is_refused(tmp_path: Path) -> None:
    """The live file and one of the archive may not claim the same version with other content."""
    written(tmp_path, small_pack())
    home = archived(tmp_path, "small", "1.0.0")
    written(home.parent, small_pack(red_at=5), home.stem)
    done = lock(tmp_path)
    assert [finding.file for finding in done.changed] == [str(home)]
    assert not (tmp_path / LOCK).exists()


def test_check_and_lock_as_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After "sanse rules lock", "check" passes; after a change both leave with 1 and name the file."""
    monkeypatch.setenv("SANSE_LANG", "zh")
    written(tmp_path, small_pack())
    assert CliRunner().invoke(app, ["rules", "lock", str(tmp_path)]).exit_code == 0
    assert CliRunner().invoke(app, ["rules", "check", str(tmp_path)]).exit_code == 0
    file = written(tmp_path, small_pack(red_at=5))
    for command in ("lock", "check"):
        done = CliRunner().invoke(app, ["rules", command, str(tmp_path)])
        assert done.exit_code == 1
        assert "内容变了" in done.output and file.name in "".join(done.output.split())
