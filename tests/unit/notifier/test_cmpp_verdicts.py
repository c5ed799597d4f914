"""What a carrier's codes mean for the next step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.cmpp.pdus import Version
from services.notifier.channels.cmpp.verdicts import arrived, read_connect, read_result
from services.notifier.domain.results import Reason, SendStatus

BOTH = [Version.V20, Version.V30]


@pytest.mark.parametrize("version", BOTH)
def test_only_zero_is_a_yes(version: Version) -> None:
    """Of all results only 0 counts as taken, and every refusal keeps its code."""
    for code in range(1, 256):
        found = read_result(code, version)
        assert found.status not in {SendStatus.ACCEPTED, SendStatus.DELIVERED}
        assert found.provider_code == str(code)
    assert read_result(0, version).status is SendStatus.ACCEPTED


@pytest.mark.parametrize(
    ("code", "version", "status", "reason"),
    [
        (8, Version.V20, SendStatus.RETRY, Reason.THROTTLED),
        (6, Version.V30, SendStatus.GIVE_UP, Reason.TOO_LONG),
        (9, Version.V20, SendStatus.RETRY, Reason.GATEWAY_ERROR),
        (9, Version.V30, SendStatus.SWITCH_PROVIDER, Reason.REFUSED),
        (11, Version.V30, SendStatus.MISCONFIGURED, Reason.BAD_CREDENTIALS),
        (13, Version.V30, SendStatus.GIVE_UP, Reason.BAD_ADDRESS),
        (14, Version.V30, SendStatus.MISCONFIGURED, Reason.UNKNOWN_CODE),
        (0xDEADBEEF, Version.V30, SendStatus.MISCONFIGURED, Reason.UNKNOWN_CODE),
    ],
)
def test_a_refusal_says_what_to_do_next(
    code: int, version: Version, status: SendStatus, reason: Reason
) -> None:
    """Later, elsewhere, never, or a person must look; a code nobody has mapped is loud."""
    found = read_result(code, version)
    assert (found.status, found.reason) == (status, reason)


@given(st.integers(1, 2**32 - 1))
def test_no_refused_sign_in_passes(status: int) -> None:
    """Only 0 lets us in; a wrong secret asks for a person, other errors are tried again."""
    found = read_connect(status)
    assert found is not None
    assert found.status in {SendStatus.RETRY, SendStatus.MISCONFIGURED}
    assert read_connect(0) is None


@given(st.text(max_size=7))
def test_nothing_but_delivrd_has_arrived(stat: str) -> None:
    """No other word is taken for the phone's yes."""
    assert arrived(stat) == (stat.strip().upper() == "DELIVRD")
