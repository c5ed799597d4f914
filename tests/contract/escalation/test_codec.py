"""Protobuf and facts say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanse.common.v1 import common_pb2
from sanse.escalation.v1 import cases_pb2 as pb
from services.common.terms import Level, NoticeColour, Tier
from services.escalation.adapters.case_codec import case_from, case_to, subject_from, subject_to
from services.escalation.adapters.command_codec import command_from, deadline_command
from services.escalation.adapters.finding_codec import finding_from
from services.escalation.domain.bulletins import Bulletin
from services.escalation.domain.cases import (
    Case,
    CaseStatus,
    LoweringWaiting,
    NextAct,
    NoticeIssued,
    SubjectCases,
)
from services.escalation.domain.messages import (
    Acknowledge,
    ApproveLowering,
    DeadlineReached,
    Owed,
    RaiseLevel,
    Reassign,
    RecordVisit,
    ReplyNotice,
    RequestLowering,
    Resolve,
    WithdrawNotice,
)
from services.escalation.domain.serials import NumberRequest
from services.escalation.service.handler import read_command
from tests.contract.escalation.records import decision

words = st.text(max_size=8)
times = st.integers(0, 1 << 50)
cases = st.builds(
    Case,
    case_id=words,
    case_no=words,
    subject_id=words,
    lane=st.integers(0, 255),
    jurisdiction_code=words,
    pack_id=words,
    level=st.sampled_from(Level),
    status=st.sampled_from(CaseStatus),
    tier=st.sampled_from(Tier),
    owner_id=words,
    owner_reason=words,
    policy_version=words,
    next_act=st.sampled_from(NextAct),
    next_due_ms=times,
    ladder_due_ms=times,
    opened_at_ms=times,
    level_set_at_ms=times,
    resolve_due_ms=times,
    decision_id=words,
    triggers=st.tuples(words),
    round_id=words,
    ladder_step=st.integers(0, 99),
    acknowledged_at_ms=times,
    first_visit_at_ms=times,
    last_visit_at_ms=times,
    resolved_at_ms=times,
    visits=st.integers(0, 99),
    notices=st.tuples(
        st.builds(
            NoticeIssued,
            words,
            st.sampled_from(NoticeColour),
            words,
            times,
            words,
            st.sampled_from(Tier),
            times,
            times,
            words,
            times,
            words,
            words,
            st.booleans(),
            st.lists(words, max_size=2).map(tuple),
            times,
            st.integers(0, 9),
            times,
        )
    ),
    lowering=st.none()
    | st.builds(LoweringWaiting, words, st.sampled_from(Level), words, times, words),
    assessment_decision_id=words,
    assessment_level=st.sampled_from(Level),
    applied_ids=st.tuples(words, words),
    ledger_length=st.integers(0, 99),
    ledger_head=st.binary(max_size=32),
)


@given(cases)
def test_case_survives_the_round_trip(case: Case) -> None:
    """Every field of a case comes back as it went."""
    assert case_from(pb.Case.FromString(case_to(case).SerializeToString())) == case


@given(st.lists(cases, max_size=3))
def test_subject_survives_the_round_trip(several: list[Case]) -> None:
    """So do all cases of a subject."""
    subject = SubjectCases("H1", 7, tuple(several))

    assert subject_from(subject_to(subject), 7) == subject


def test_no_field_of_a_case_is_forgotten() -> None:
    """A field added to the message must be added to the facts too."""
    assert {field.name for field in pb.Case.DESCRIPTOR.fields} == set(Case.__dataclass_fields__)


SEALED = common_pb2.SealedText(key_id="k", nonce=b"n", ciphertext=b"c")


@pytest.mark.parametrize(
    ("message", "act"),
    [
        (pb.Command(acknowledge=pb.Acknowledge()), Acknowledge()),
        (pb.Command(record_visit=pb.RecordVisit()), RecordVisit()),
        (
            pb.Command(record_visit=pb.RecordVisit(remarks=SEALED)),
            RecordVisit(SEALED.SerializeToString()),
        ),
        (pb.Command(resolve=pb.Resolve(how="mediated")), Resolve("mediated")),
        (
            pb.Command(reassign=pb.Reassign(to_official_id="A", reason="near")),
            Reassign("A", "near"),
        ),
        (
            pb.Command(raise_level=pb.RaiseLevel(level=common_pb2.LEVEL_RED, reason="x")),
            RaiseLevel(Level.RED, "x"),
        ),
        (
            pb.Command(
                request_lowering=pb.RequestLowering(
                    to_level=common_pb2.LEVEL_GREEN, reason="x", assessment_decision_id="d"
                )
            ),
            RequestLowering(Level.GREEN, "d", "x"),
        ),
        (pb.Command(approve_lowering=pb.ApproveLowering()), ApproveLowering()),
        (pb.Command(reply_notice=pb.ReplyNotice(serial_no="S")), ReplyNotice("S")),
        (
            pb.Command(reply_notice=pb.ReplyNotice(serial_no="S", remarks=SEALED)),
            ReplyNotice("S", SEALED.SerializeToString()),
        ),
        (
            pb.Command(withdraw_notice=pb.WithdrawNotice(serial_no="S", reason="other")),
            WithdrawNotice("S", "other"),
        ),
        (pb.Command(), None),
    ],
)
def test_each_act_is_read(message: pb.Command, act: object) -> None:
    """Every act of the protocol has its fact; none is left over."""
    assert command_from(message).act == act


def test_every_act_of_the_protocol_is_known() -> None:
    """A new act in the protocol must be given a reader."""
    for field in pb.Command.DESCRIPTOR.oneofs_by_name["act"].fields:
        message = pb.Command()
        getattr(message, field.name).SetInParent()
        if field.name == "send_bulletin":
            message.send_bulletin.kind = pb.BULLETIN_KIND_DIGEST
        found = read_command(message)
        beside = isinstance(found, NumberRequest | Bulletin | Owed)
        assert beside or found.act is not None, field.name


def test_clock_command_says_which_rung() -> None:
    """The id is derived from case, act, time and step: the same rung gives the same id."""
    case = pb.Case(
        case_id="c", subject_id="H", next_act=pb.NEXT_ACT_REVISIT, ladder_due_ms=9, ladder_step=2
    )

    one, again = deadline_command(case, 10), deadline_command(case, 99)

    assert command_from(one).act == DeadlineReached(NextAct.REVISIT, 9, 2)
    assert one.command_id == again.command_id
    case.ladder_step = 3
    assert deadline_command(case, 10).command_id != one.command_id


def test_unknowns_are_no_contribution() -> None:
    """A decision lists hits and unknowns; only hits contribute."""
    unknown = decision(1, "H1", 1)
    unknown.contributions[0].answer = common_pb2.ANSWER_UNKNOWN

    assert finding_from(decision(1, "H1", 1)).has_contribution
    assert not finding_from(unknown).has_contribution
