"""No text that goes to many carries a person's number, address or name; ordinary words pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.privacy import personal


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("请联系13800138000", "a mobile number"),
        ("请联系138-0013-8000", "a mobile number"),
        ("电话0878-3123456", "a telephone number"),
        ("532301199001011234", "an identity number"),
        ("写信至 a.b@gov.example", "an e-mail"),
        ("请联系李先生", "a name"),
        ("Ask Mr. Li", "a name"),
        ("东瓜镇团结路12号", "an address"),
        ("3栋2单元", "an address"),
        ("at 12 Unity Road", "an address"),
        ("姓名：{case_no}", "a field of personal data"),
        ("Phone: {case_no}", "a field of personal data"),
        ("事项{case_no}请于{due}前办结。{link}", ""),
        ("Case {case_no}: act by {due}", ""),
        ("回复1签收,2已到场,3请求支援", ""),
    ],
)
def test_personal_data_in_a_text_is_named(text: str, what: str) -> None:
    """Each kind in its usual forms, in both languages."""
    assert personal(text) == what


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text("事项请于前办结，。 ", max_size=9))
def test_no_mobile_number_hides_between_words(number: str, around: str) -> None:
    """Wherever it stands, with words on both sides."""
    assert personal(f"{around}{number}{around}")
