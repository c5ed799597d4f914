"""A provider's receipt code is told in our own words, and one that nobody mapped stands out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.settings import REPOSITORY
from services.notifier.adapters.receipt_file import load_words
from services.notifier.adapters.sms_callbacks import VENDORS
from services.notifier.domain.results import Reason
from services.notifier.domain.templates import TemplateWrong

FILE = REPOSITORY / "deploy/templates/receipts.yaml"
WORDS = load_words(FILE)


@pytest.mark.parametrize(
    ("channel", "code", "reason"),
    [
        ("aliyun_sms", "UNDELIV", Reason.RECEIPT_FAILED),
        ("aliyun_sms", "mk:0010 ", Reason.PHONE_UNREACHABLE),
        ("tencent_sms", "MI:0210", Reason.NO_SUCH_NUMBER),
        ("tencent_sms", "-106", Reason.CONTENT_BLOCKED),
        ("huawei_sms", "TSBLACK", Reason.NUMBER_BLOCKED),
        ("huawei_sms", "ACCEPTD", Reason.UNSETTLED),
        ("huawei_sms", "E200027", Reason.CARRIER_FAULT),
        ("cmpp", "EXPIRED", Reason.PHONE_UNREACHABLE),
        ("cmpp", "ID:0076", Reason.CONTENT_BLOCKED),
        ("cmpp", "CB:0099", Reason.CARRIER_FAULT),
        ("cmpp", "ODD", Reason.RECEIPT_CODE_UNKNOWN),
        ("cmpp", "", Reason.RECEIPT_CODE_UNKNOWN),
        ("aliyun_voice", "200010", Reason.PHONE_UNREACHABLE),
        # A carrier's SMS word has no meaning in a call.
        ("tencent_voice", "UNDELIV", Reason.RECEIPT_CODE_UNKNOWN),
        ("tencent_voice", "1", Reason.NOT_ANSWERED),
    ],
)
def test_a_code_becomes_our_word(channel: str, code: str, reason: Reason) -> None:
    """As written before a beginning, a platform's own before the carriers'; else unknown."""
    assert WORDS.of(channel, code) is reason


def test_every_platform_that_pushes_has_a_table() -> None:
    """A platform without a table would make every failure unknown."""
    channels = {vendor.channel for vendor in VENDORS.values()} | {"cmpp"}
    assert channels <= WORDS.by_channel.keys()


@given(st.sampled_from(sorted(WORDS.by_channel)), st.text(max_size=9))
def test_no_code_makes_a_failure_a_success(channel: str, code: str) -> None:
    """Whatever a platform writes beside its no, the message is not taken as delivered."""
    assert WORDS.of(channel, code) not in (Reason.OK, Reason.NONE)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("EXPIRED: phone_unreachable", "EXPIRED: delivered", "carriers.codes.EXPIRED"),
        ('"-106": content_blocked', "-106: content_blocked", "must be in quotes"),
        ("  tencent_voice:\n    sources: [", "  tencent_voice:\n    sources: [] #", "sources"),
        ("    carriers: false\n", "    carrier: false\n", "unknown 'carrier'"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The error names the file, the place and what is allowed."""
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "receipts.yaml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(TemplateWrong, match=said) as refused:
        load_words(wrong)
    assert str(wrong) in str(refused.value)
