"""Reads what the topics hold of one case, and the words that packs and policy have for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sanse.escalation.v1 import cases_pb2 as pb
from sanse.notify.v1 import notify_pb2
from sanse.risk.v1 import risk_pb2
from services.cli.evidence.build import Found, Indicator, Texts, referenced
from services.cli.evidence.case_file import Words
from services.cli.topic_reader import read_topic
from services.common.pack_catalogue import load_duties
from services.common.settings import CommonSettings
from services.common.terms import Language, Level
from services.common.topics import Topic
from services.escalation.adapters.obligation_file import load_all_policies
from services.escalation.domain.policy import Policies, PolicyMissing
from services.risk_scoring.adapters.pack_loader import load_packs


def collect(settings: CommonSettings, case: pb.Case, events: Sequence[pb.CaseEvent]) -> Found:
    """Everything on the topics about a case whose ledger is known."""
    lane, wanted = case.lane, referenced(events)
    risk = _messages(settings, Topic.RISK, lane, risk_pb2.RiskBatch, "decisions")
    notices = _messages(settings, Topic.NOTICES, lane, notify_pb2.NoticeBatch, "notices")
    deliveries = _messages(settings, Topic.DELIVERIES, lane, notify_pb2.DeliveryBatch, "deliveries")
    commands = _messages(settings, Topic.COMMANDS, lane, pb.CommandBatch, "commands")
    told = list(_of(notices, case.case_id))
    return Found(
        events=events,
        decisions=[one for one in risk if one.decision_id in wanted],
        notices=told,
        deliveries=list(_unique(_of(deliveries, case.case_id), "delivery_id")),
        commands=list(_unique(_of(commands, case.case_id), "command_id")),
    )


def texts_for(settings: CommonSettings, case: pb.Case) -> Texts:
    """Words of the packs and policies at hand; another version's words are not used for an indicator."""
    packs = load_packs(settings.packs_dir)
    indicators = {
        (f"{pack.id}@{pack.version}", one.id): Indicator(
            Words(one.text.zh, one.text.en),
            f"{one.provenance.cited} [{one.provenance.mark.value}]",
        )
        for pack in packs.values()
        for _, one in pack.rules
    }
    duties = {
        duty: Words(text[Language.ZH], text[Language.EN])
        for (pack_id, duty), text in load_duties(settings.packs_dir).items()
        if pack_id == case.pack_id
    }
    policies = load_all_policies(settings.policies_dir, settings.obligations_dir)
    return _with_policy(Texts(indicators, duties), policies, case)


def _with_policy(texts: Texts, policies: Policies, case: pb.Case) -> Texts:
    try:
        policy = policies.of_case(case.policy_version)
    except PolicyMissing:
        return texts
    duty = policy.duties.get(Level(case.level))
    return Texts(
        texts.indicators,
        texts.duties,
        Words(**policy.title),
        Words(**duty.text) if duty else Words(),
    )


def _messages(
    settings: CommonSettings, topic: Topic, lane: int, batch: Any, field: str
) -> Iterator[Any]:
    for record in read_topic(settings, topic, lane):
        yield from getattr(batch.FromString(record.value), field)


def _of(messages: Iterable[Any], case_id: str) -> Iterator[Any]:
    return (one for one in messages if one.case_id == case_id)


def _unique(messages: Iterable[Any], key: str) -> Iterable[Any]:
    """Each message once: a crash may have written one again, under the same id."""
    found: dict[str, Any] = {}
    for one in messages:
        found.setdefault(getattr(one, key), one)
    return found.values()
