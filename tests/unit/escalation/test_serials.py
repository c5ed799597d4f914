"""Official numbers: 1, 2, 3 … per place, colour and year, whatever the order and however often a notice asks."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanse.escalation.v1 import cases_pb2 as pb
from services.common.terms import NoticeColour, Tier
from services.escalation.adapters.serial_codec import entry_to, verify_entries
from services.escalation.domain.ledger import ChainVerdict
from services.escalation.domain.serials import (
    Allotted,
    FormFault,
    Numbering,
    NumberRequest,
    fault_of,
    register_id_for,
    register_lane,
)
from services.escalation.service.numbers import Allotter, NumberingMissing, state_wanted
from tests.unit.escalation.desk import GRID, START_MS

DAY_MS = 86_400_000
FORM = "{county_short}{colour}督字〔{year}〕第{n:03}号"
NUMBERING = Numbering(FORM, Tier.COUNTY, {"532301": "楚市", "532322": "双"})
COLOURS = [NoticeColour.WHITE, NoticeColour.YELLOW, NoticeColour.RED]
PLACES = ["532301001", "532301002003", "532322001", "532300"]

asked = st.lists(
    st.tuples(st.integers(0, 15), st.sampled_from(PLACES), st.sampled_from(COLOURS), st.booleans()),
    max_size=60,
)


def request(notice: str, place: str, colour: NoticeColour, at_ms: int = START_MS) -> NumberRequest:
    """A notice asks."""
    register_id = register_id_for(NUMBERING, place, colour, at_ms)
    return NumberRequest(f"ask-{notice}", register_id, notice, "017-abc", "HSUBJECT", at_ms)


class Lane:
    """The state of a lane between records, as the store keeps it."""

    def __init__(self) -> None:
        self.state: dict[str, bytes] = {}
        self.entries: list[pb.SerialEntry] = []

    def takes(self, *requests: NumberRequest, stored: bool = True) -> Allotter:
        """One record; `stored` says whether the worker lived to store what it did."""
        wanted = {key for one in requests for key in state_wanted(one)}
        state = {key: value for key, value in self.state.items() if key in wanted}
        allotter = Allotter(state, NUMBERING)
        for one in requests:
            allotter.take(one)
        if stored:
            self.state.update({k: v for k, v in allotter.puts().items() if v is not None})
            self.entries += allotter.entries
        return allotter


@given(asked)
def test_numbers_run_from_one_without_gap_or_repeat(
    steps: list[tuple[int, str, NoticeColour, bool]],
) -> None:
    """Any requests, repeated, and any crash before the store: each register is 1 … n, its chain whole."""
    lane, kept = Lane(), dict[str, NumberRequest]()
    for number, place, colour, lives in steps:
        # A notice has one place and one colour for ever.
        one = kept.setdefault(f"N{number}", request(f"N{number}", place, colour))
        crashed = [] if lives else lane.takes(one, stored=False).entries
        again = lane.takes(one)
        if crashed:
            assert again.entries == crashed
    registers = defaultdict(list)
    for entry in lane.entries:
        registers[entry.register_id].append(entry)
    for entries in registers.values():
        assert [one.number for one in entries] == list(range(1, len(entries) + 1))
        assert verify_entries(entries) is ChainVerdict.WHOLE
    numbers = [one.official_no for entries in registers.values() for one in entries]
    assert len(set(numbers)) == len(numbers) == len(kept)


@given(asked)
def test_one_record_or_many_give_the_same_numbers(
    steps: list[tuple[int, str, NoticeColour, bool]],
) -> None:
    """How requests lie in records does not matter, only their order."""
    requests = [request(f"N{n}", place, colour) for n, place, colour, _ in steps]
    seen = dict[str, NumberRequest]()
    requests = [seen.setdefault(one.notice_id, one) for one in requests]
    together, one_by_one = Lane(), Lane()
    together.takes(*requests)
    for one in requests:
        one_by_one.takes(one)

    assert together.state == one_by_one.state
    assert together.entries == one_by_one.entries


def test_a_number_reads_as_in_the_county() -> None:
    """Short name, colour, year of issue in China and three digits; each new year begins at one."""
    lane = Lane()
    last_day = START_MS - 6 * DAY_MS
    lane.takes(request("a", GRID, NoticeColour.RED, last_day))
    lane.takes(request("b", GRID, NoticeColour.RED))
    lane.takes(request("c", GRID, NoticeColour.RED, last_day))

    assert [one.official_no for one in lane.entries] == [
        "楚市红督字〔2025〕第001号",
        "楚市红督字〔2026〕第001号",
        "楚市红督字〔2025〕第002号",
    ]


def test_places_above_the_keeper_have_their_own_register() -> None:
    """The prefecture's own notices are not numbered among a county's; all registers of a place share a lane."""
    own = register_id_for(NUMBERING, "532300", NoticeColour.WHITE, START_MS)
    county = register_id_for(NUMBERING, GRID, NoticeColour.WHITE, START_MS)

    assert (own, county) == ("532300/2026/white", "532301/2026/white")
    assert NUMBERING.write(own, 12) == "532300白督字〔2026〕第012号"
    red = register_id_for(NUMBERING, GRID, NoticeColour.RED, START_MS + 400 * DAY_MS)
    assert register_lane(county) == register_lane(red)


def test_a_request_without_a_rule_is_loud() -> None:
    """A missing file of numbers must not number anything by chance."""
    with pytest.raises(NumberingMissing, match="SANSE_NUMBERING_FILE"):
        Allotter({}, None).take(request("a", GRID, NoticeColour.RED))


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        (FORM, None),
        ("{county_short}{colour}〔{year}〕", FormFault.MISSING_FIELD),
        ("{colour}{year}{n}", FormFault.MISSING_FIELD),
        (FORM + "{name}", FormFault.UNKNOWN_FIELD),
        ("{county_short}{colour}{year}{n:>9}", FormFault.UNKNOWN_FIELD),
        ("{county_short}{colour}{year}{n.real}", FormFault.UNKNOWN_FIELD),
        ("{county_short}{colour}{year}{n", FormFault.NO_FORM),
    ],
)
def test_a_form_that_could_repeat_a_number_is_refused(form: str, fault: FormFault | None) -> None:
    """Place, colour, year and count all stand in it, and nothing else."""
    found = fault_of(form)
    assert (found[0] if found else None) is fault


def test_the_hash_covers_the_number() -> None:
    """An entry rewritten to another number breaks its register."""
    lane = Lane()
    (entry,) = lane.takes(request("a", GRID, NoticeColour.RED)).entries
    assert entry == entry_to(
        Allotted(entry.register_id, 1, entry.official_no, "a", "017-abc", START_MS, "ask-a", b"")
    )
    entry.official_no = "楚市红督字〔2026〕第007号"
    assert verify_entries([entry]) is ChainVerdict.CHANGED_ENTRY
