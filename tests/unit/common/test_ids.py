"""Laws of ids: deterministic, standard, and different for different causes."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from services.common.ids import NAMESPACE, derived_id, readable_code

_TEXTS = st.lists(st.text(), min_size=1, max_size=4)


@given(_TEXTS)
def test_derived_id_is_the_standard_uuid5(causes: list[str]) -> None:
    """Any UUIDv5 implementation gives the same id from the same causes."""
    assert derived_id(*causes) == str(uuid5(NAMESPACE, "\x1f".join(causes)))
    assert UUID(derived_id(*causes)).version == 5


@given(st.text(), st.integers(4, 12))
def test_readable_codes_leave_out_letters_that_look_alike(source: str, length: int) -> None:
    """No I, L, O or U: a code read out over the phone is written down right."""
    code = readable_code(source, length)
    assert len(code) == length
    assert not set("ILOU") & set(code)
    assert code == readable_code(source, length)
