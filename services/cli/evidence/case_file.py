"""The case file (案卷): all that happened in one case, in words and codes, ready to be signed and read years later.

Facts of text and whole numbers only, so that its JSON has one form. Times are ISO 8601 in Asia/Shanghai; "" is "not
set". People appear as official ids, the household as its pseudonym; what is sealed stays sealed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A text of a pack or policy in both languages; "" when that version is no longer at hand."""

    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """The case as it stands after the last entry of its ledger."""

    case_id: str
    case_no: str
    subject: str
    lane: int
    jurisdiction: str
    pack: str
    level: str
    status: str
    tier: str
    owner: str
    owner_reason: str
    policy: str
    policy_title: Words
    policy_duty: Words
    triggers: tuple[str, ...]
    opened_at: str
    resolved_at: str
    next_act: str
    next_due: str
    resolve_due: str
    ledger_length: int
    ledger_head: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger. `raw` is the protobuf (base64) over which, after `prev_hash`, the hash is made."""

    sequence: int
    type: str
    at: str
    actor: str
    cause: str
    reason: str
    level: str
    tier: str
    colour: str
    serial_no: str
    recipient: str
    duty: str
    reply_due: str
    sealed_remarks_sha256: str
    prev_hash: str
    hash: str
    raw: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """One indicator that counted, or is unknown and could count, with where it comes from."""

    indicator: str
    text: Words
    answer: str
    points: int
    floor: str
    source: str


@dataclass(frozen=True, slots=True)
class DutyBegun:
    """A duty of the law that began with a decision, and its deadline."""

    duty: str
    due: str


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one answer that would change the level."""

    indicator: str
    answer: str
    level: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A risk decision that touched the case; `pack` is id@version."""

    decision: str
    event_kind: str
    pack: str
    reason: str
    level: str
    previous_level: str
    computed_level: str
    lowest_possible: str
    highest_possible: str
    assessor_level: str
    points: int
    recency_points: int
    change_points: int
    yellow_at: int
    red_at: int
    contributions: tuple[Contribution, ...]
    unknown_count: int
    next_question: str
    would_change: tuple[Change, ...]
    triggers: tuple[str, ...]
    legal_duties: tuple[DutyBegun, ...]
    occurred_at: str
    decided_at: str
    reassess_due: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What the law demanded in the case, since which entry, by when, and whether it is fulfilled."""

    duty: str
    text: Words
    entry: int
    decision: str
    due: str
    fulfilled_at: str
    fulfilled_by: str
    fulfilled_entry: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Who had to be told what; `entry` and `rule` are the ledger entry it belongs to and that entry's reason."""

    notice: str
    kind: str
    colour: str
    serial_no: str
    recipient: str
    level: str
    tier: str
    act: str
    act_due: str
    created_at: str
    duties: tuple[str, ...]
    cause: str
    entry: int
    rule: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell, or the receipt of one: the gateway's own code, and our word for it."""

    delivery: str
    notice: str
    recipient: str
    attempt: int
    channel: str
    status: str
    reason: str
    gateway_code: str
    gateway_message: str
    at: str
    final: int


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody, or the clock, asked for, by which route, and the entries it led to."""

    command: str
    act: str
    actor: str
    via: str
    at: str
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that was recorded."""

    entry: int
    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Supervision:
    """A supervision notice and what became of it by the time of the export."""

    serial_no: str
    colour: str
    recipient: str
    issued_at: str
    entry: int
    reply_due: str
    state: str
    ended_at: str
    ended_by: str
    ended_entry: int
    ended_reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document that belongs to the case, known by its hash; it is kept elsewhere."""

    sha256: str
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What the ledger names and the topics no longer hold, since they do not keep everything for ever."""

    decisions: tuple[str, ...]
    commands: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The whole file."""

    case: Header
    exported_at: str
    exported_by: str
    ledger: tuple[Entry, ...]
    decisions: tuple[Decision, ...]
    duties: tuple[Duty, ...]
    supervision: tuple[Supervision, ...]
    notices: tuple[Notice, ...]
    deliveries: tuple[Delivery, ...]
    commands: tuple[Command, ...]
    visits: tuple[Visit, ...]
    documents: tuple[Document, ...]
    missing: Missing
