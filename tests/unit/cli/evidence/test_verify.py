"""A case file is believed only as it was signed, and only where its ledger bears it out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.cli.evidence.case_file import CaseFile
from services.cli.evidence.seal import ShapeWrong, read, sign
from services.cli.evidence.verify import Check, Fault, Result, verify
from services.cli.evidence.verify_words import CHECKS, FAULTS, lines
from tests.unit.cli.evidence.sample import KEY, KEY_ID, OTHER_KEY, case_file, signed_file

PUBLIC = KEY.public_key()
FILE = case_file()
SIGNED = signed_file()


def _failed(results: tuple[Result, ...]) -> set[Check]:
    return {one.check for one in results if not one.holds}


def _resigned(file: CaseFile) -> set[Check]:
    """What fails in a file changed by somebody who has the signing key."""
    return _failed(verify(sign(file, KEY, KEY_ID), PUBLIC))


def test_an_untouched_file_holds() -> None:
    """All checks run, and all hold."""
    results = verify(SIGNED, PUBLIC)

    assert [one.check for one in results] == list(Check)
    assert _failed(results) == set()


def test_the_same_case_gives_the_same_bytes() -> None:
    """An export can be repeated and compared."""
    assert signed_file() == SIGNED
    assert read(SIGNED).case_file == FILE


def test_the_file_tells_the_whole_story() -> None:
    """Decision, duty, notices, deliveries, visit, answer and withdrawal are in it, each tied to an entry."""
    assert [(one.state, one.colour) for one in FILE.supervision] == [
        ("answered", "white"),
        ("withdrawn", "yellow"),
    ]
    assert [one.source for one in FILE.decisions[0].contributions] == ["LAP 1 [V]"]
    assert FILE.duties[0].fulfilled_entry and FILE.duties[0].due
    assert all(one.entry and one.rule for one in FILE.notices)
    assert {one.gateway_code for one in FILE.deliveries} == {"DELIVRD"}
    assert [one.actor for one in FILE.visits] == ["CT-1"]
    assert {one.via for one in FILE.commands} == {"clock", "test"}
    assert not any(dataclasses.astuple(FILE.missing))
    assert FILE.case.status == "resolved"


def test_supervision_notices_belong_to_the_entry_that_issued_them() -> None:
    """By which rule somebody was told is the reason of the very entry."""
    issued = [one for one in FILE.notices if one.kind == "supervision"]
    rules = {one.serial_no: one.rule for one in issued}

    assert sorted(rules.values()) == ["white_notice", "yellow_notice"]


def test_another_key_does_not_fit() -> None:
    """Who signs with a key of their own convinces nobody."""
    assert _failed(verify(SIGNED, OTHER_KEY.public_key())) == {Check.SIGNATURE}


def test_without_a_key_nothing_is_believed() -> None:
    """A file cannot vouch for itself."""
    (failed,) = [one for one in verify(SIGNED, None) if not one.holds]

    assert (failed.check, failed.findings[0].fault) == (Check.SIGNATURE, Fault.NO_KEY)


@settings(max_examples=300)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(at: int, flip: int) -> None:
    """No byte of the file is without effect: not a space, not the case of a letter."""
    changed = bytearray(SIGNED)
    changed[at] ^= flip

    assert _failed(verify(bytes(changed), PUBLIC))


@given(st.binary(max_size=200))
@example(b"[]")
@example(b'{"a":1e400}')
@example(b"[" * 100_000)
def test_nonsense_is_refused_not_a_crash(content: bytes) -> None:
    """Whatever is handed in gets an answer."""
    assert _failed(verify(content, PUBLIC)) == {Check.FORM}


def test_floats_and_extra_fields_have_no_form() -> None:
    """What the format does not know could say anything."""
    loaded = json.loads(SIGNED)
    for change in ({"extra": 1}, {"key_id": 1.5}):
        content = json.dumps({**loaded, **change}, sort_keys=True, separators=(",", ":"))
        with pytest.raises(ShapeWrong):
            read(content.encode() + b"\n")


ENTRY_FIELDS = [field.name for field in dataclasses.fields(FILE.ledger[0])]


@given(st.integers(0, len(FILE.ledger) - 1), st.sampled_from(ENTRY_FIELDS), st.data())
def test_the_key_alone_cannot_change_an_entry(at: int, field: str, data: st.DataObject) -> None:
    """Signed again by who has the key, a changed field still differs from the bytes under the hash."""
    old = getattr(FILE.ledger[at], field)
    texts = st.text(alphabet="0123456789abcdef+/=AZ", max_size=40)
    new: Any = data.draw(st.integers(0, 99) if isinstance(old, int) else texts)
    assume(new != old)
    ledger = list(FILE.ledger)
    ledger[at] = dataclasses.replace(ledger[at], **{field: new})

    assert _resigned(dataclasses.replace(FILE, ledger=tuple(ledger))) & {
        Check.CHAIN,
        Check.ENTRIES,
    }


@given(st.sets(st.integers(0, len(FILE.ledger) - 1), min_size=1))
def test_removed_entries_are_missed(gone: set[int]) -> None:
    """First, middle or last: the chain or the case's head tells."""
    ledger = tuple(one for at, one in enumerate(FILE.ledger) if at not in gone)

    assert _resigned(dataclasses.replace(FILE, ledger=ledger))


@given(st.permutations(range(len(FILE.ledger))))
def test_reordered_entries_are_noticed(order: list[int]) -> None:
    """The order is in the chain."""
    assume(order != sorted(order))
    ledger = tuple(FILE.ledger[at] for at in order)

    assert Check.CHAIN in _resigned(dataclasses.replace(FILE, ledger=ledger))


def _first(field: str, **changes: Any) -> Callable[[CaseFile], CaseFile]:
    """The file with the first item of a list changed."""

    def change(file: CaseFile) -> CaseFile:
        first, *rest = getattr(file, field)
        items = (dataclasses.replace(first, **changes), *rest)
        return dataclasses.replace(file, **{field: items})

    return change


def _case(**changes: Any) -> Callable[[CaseFile], CaseFile]:
    return lambda file: dataclasses.replace(file, case=dataclasses.replace(file.case, **changes))


def _without(field: str) -> Callable[[CaseFile], CaseFile]:
    return lambda file: dataclasses.replace(file, **{field: getattr(file, field)[1:]})


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (_case(level="green"), Check.CASE),
        (_case(owner="PF-1"), Check.CASE),
        (_case(status="opened"), Check.CASE),
        (_case(subject="HANOTHERHOUSEHOLD0000"), Check.CASE),
        (_case(case_no="532301-000000"), Check.CASE),
        (_case(resolved_at=""), Check.CASE),
        (_case(ledger_length=3), Check.CASE),
        (_first("decisions", decision="d9"), Check.DECISIONS),
        (_without("decisions"), Check.DECISIONS),
        (_without("commands"), Check.DECISIONS),
        (_first("duties", fulfilled_by="PF-1"), Check.DUTIES),
        (_without("duties"), Check.DUTIES),
        (_first("supervision", state="unanswered"), Check.SUPERVISION),
        (_without("supervision"), Check.SUPERVISION),
        (_first("notices", recipient="PF-1"), Check.NOTICES),
        (_first("notices", kind="supervision"), Check.NOTICES),
        (_first("deliveries", notice="n9"), Check.DELIVERIES),
        (_first("deliveries", recipient="PF-1"), Check.DELIVERIES),
        (_first("commands", actor="PF-1"), Check.COMMANDS),
        (_first("commands", entries=()), Check.COMMANDS),
        (_first("visits", actor="PF-1"), Check.VISITS),
        (_without("visits"), Check.VISITS),
    ],
)
def test_what_the_ledger_does_not_bear_out_is_named(
    change: Callable[[CaseFile], CaseFile], check: Check
) -> None:
    """Even when signed again, the parts must agree; the check that fails says which does not."""
    assert check in _resigned(change(FILE))


def test_impossible_times_are_a_finding() -> None:
    """A forged export time is answered, not crashed on."""
    assert Check.ENTRIES in _resigned(dataclasses.replace(FILE, exported_at="yesterday"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_finding_has_words(monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    """What holds and what does not is said in the reader's language."""
    monkeypatch.setenv("SANSE_LANG", lang)
    assert set(CHECKS) == set(Check)
    assert set(FAULTS) == set(Fault)
    *said, summed_up = lines(verify(SIGNED, None))

    assert len([line for line in said if line[0] in "✓✗"]) == len(Check)
    assert ("NOT verified: 1" if lang == "en" else "1 项不符") in summed_up
