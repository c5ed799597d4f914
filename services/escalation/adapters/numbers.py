"""Enum members by their number in the protocol, for the codecs of this folder."""

from __future__ import annotations

from typing import Any

from services.common.terms import Level, NoticeColour, Tier
from services.escalation.domain.bulletins import BulletinKind
from services.escalation.domain.cases import CaseStatus, EvidenceKind, NextAct
from services.escalation.domain.messages import Alarm

# A dictionary is several times faster than calling the enum, and a number of a newer protocol is a
# KeyError, which the handler reports as a poison record.
LEVELS = {level.value: level for level in Level}
TIERS = {tier.value: tier for tier in Tier}
COLOURS = {colour.value: colour for colour in NoticeColour}
EVIDENCE = {kind.value: kind for kind in EvidenceKind}
STATUSES = {status.value: status for status in CaseStatus}
BULLETINS = {kind.value: kind for kind in BulletinKind}
ALARMS = {alarm.value: alarm for alarm in Alarm}
NEXT_ACTS = {0: NextAct.NONE} | {act.value: act for act in NextAct}


def number(member: Any) -> Any:
    """An enum member as the typed stubs want it: they know their own enums only, whose numbers are the same."""
    return member
