"""The roster: which official holds which post where, and how the official is reached."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from services.common.divisions import code_at
from services.common.duty.facts import DutyRoster
from services.common.duty.folder import LiveRoster, is_roster_of_posts
from services.common.duty.on_duty import posts_at
from services.common.duty.person_rules import NO_RULES, PersonRules
from services.common.duty.person_text import RuleWrong, read_rules
from services.common.terms import Language, Tier
from services.common.text import Text
from services.common.yaml_nodes import FileError

COLUMNS = (
    "official_id",
    "jurisdiction_code",
    "tier",
    "post",
    "language",
    "channels",
    "mobile",
    "wecom_id",
    "email",
    "department",
    "dingtalk_id",
    "feishu_id",
    "quiet",
    "substitute",
)


class OwnerReason(Enum):
    """Why this official is the owner; written into the case."""

    ON_ROSTER = "on_roster"
    ROSTER_GAP_NEXT_TIER = "roster_gap_next_tier"
    NOBODY_ON_ROSTER = "nobody_on_roster"
    DEPARTMENT_GAP_TO_CENTRE = "department_gap_to_centre"


@dataclass(frozen=True, slots=True)
class Official:
    """One post-holder. Contact data is personal: it never leaves the roster and the notifier's request.

    An address may be several, see `person_rules.devices`.
    department: the id of the department it speaks for; "" for an official of the tiers themselves.
    """

    official_id: str
    jurisdiction_code: str
    tier: Tier
    post: str
    language: Language
    channels: tuple[str, ...]
    mobile: str = field(repr=False, default="")
    wecom_id: str = field(repr=False, default="")
    email: str = field(repr=False, default="")
    department: str = ""
    dingtalk_id: str = field(repr=False, default="")
    feishu_id: str = field(repr=False, default="")
    rules: PersonRules = NO_RULES


@dataclass(frozen=True, slots=True)
class Owner:
    """The official found, the tier where found, and why."""

    official: Official | None
    tier: Tier
    reason: OwnerReason


class Roster:
    """Look-up by id, by (unit, tier), and by (department, unit)."""

    def __init__(self, officials: Iterable[Official]) -> None:
        self._by_id: dict[str, Official] = {}
        self._by_unit: dict[tuple[str, Tier], Official] = {}
        self._by_department: dict[tuple[str, str], Official] = {}
        self._deputies: dict[tuple[str, Tier], Official] = {}
        for official in officials:
            self._by_id[official.official_id] = official
            if official.department:
                place = (official.department, official.jurisdiction_code)
                self._by_department.setdefault(place, official)
                continue
            unit = (official.jurisdiction_code, official.tier)
            if self._by_unit.setdefault(unit, official) is not official:
                self._deputies.setdefault(unit, official)

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, official_id: str) -> Official | None:
        """The official with this id, or None."""
        return self._by_id.get(official_id)

    def owner(self, jurisdiction_code: str, tier: Tier) -> Owner:
        """The official responsible at `tier` for a place; where the roster has a gap, the next tier up."""
        reason = OwnerReason.ON_ROSTER
        for step in range(tier, Tier.PREFECTURE + 1):
            unit = code_at(jurisdiction_code, Tier(step))
            official = self._by_unit.get((unit, Tier(step)))
            if official is not None:
                return Owner(official, Tier(step), reason)
            reason = OwnerReason.ROSTER_GAP_NEXT_TIER
        return Owner(None, Tier.PREFECTURE, OwnerReason.NOBODY_ON_ROSTER)

    def places(self, official_id: str, at_ms: int) -> tuple[str, ...] | None:
        """The units an official is over at a moment; none for a department, None for who holds no post then.

        A CSV says the same at all times.
        """
        official = self.get(official_id)
        if official is None:
            return None
        return () if official.department else (official.jurisdiction_code,)

    def deputy(self, jurisdiction_code: str, tier: Tier) -> Official | None:
        """The second official of a unit, if it has one."""
        return self._deputies.get((code_at(jurisdiction_code, tier), tier))

    def department(self, jurisdiction_code: str, department: str, tier: Tier) -> Owner:
        """Who speaks for a department that sits at `tier`; where nobody does, the centre's official hands it on."""
        unit = code_at(jurisdiction_code, tier)
        official = self._by_department.get((department, unit))
        if official is not None:
            return Owner(official, tier, OwnerReason.ON_ROSTER)
        found = self.owner(jurisdiction_code, tier)
        if found.official is None:
            return found
        return Owner(found.official, found.tier, OwnerReason.DEPARTMENT_GAP_TO_CENTRE)

    def officials(self) -> Mapping[str, Official]:
        """All officials by id."""
        return self._by_id

    @classmethod
    def load(cls, path: Path) -> Roster:
        """Read a CSV with the columns of COLUMNS, or a roster of posts as it stands at present.

        ValueError names file, line and what is wrong. A CSV is read once: a change of it needs a restart.
        """
        if is_roster_of_posts(path):
            return LiveOfficials(LiveRoster(path))
        with path.open(encoding="utf-8-sig", newline="") as lines:
            roster = cls(
                [_official(path, n, row) for n, row in enumerate(csv.DictReader(lines), 2)]
            )
        _check_substitutes(path, roster)
        return roster


class LiveOfficials(Roster):
    """The persons of a roster of posts as officials; who is added or reached otherwise is known without a restart."""

    def __init__(self, live: LiveRoster) -> None:
        self._live = live
        self._seen = live.folder
        super().__init__(_officials(self._seen.roster))

    def get(self, official_id: str) -> Official | None:
        """The official with this id, or None."""
        self._follow()
        return super().get(official_id)

    def places(self, official_id: str, at_ms: int) -> tuple[str, ...] | None:
        """The units of the posts a person may act for at a moment; None without a post."""
        posts = posts_at(self._live.roster.as_known(at_ms), official_id, at_ms)
        if not posts:
            return None
        return tuple(one.jurisdiction_code for one in posts if not one.department)

    def officials(self) -> Mapping[str, Official]:
        """All officials by id."""
        self._follow()
        return super().officials()

    def _follow(self) -> None:
        now = self._live.folder
        if now is not self._seen:
            self._seen = now
            super().__init__(_officials(now.roster))


def _officials(roster: DutyRoster) -> Iterator[Official]:
    """Each person at the highest post that a list names the person for; without one, without a place."""
    for person in roster.persons.values():
        posts = roster.posts_of(person.person_id)
        post = max(posts, key=lambda one: one.tier) if posts else None
        yield Official(
            official_id=person.person_id,
            jurisdiction_code=post.jurisdiction_code if post else "",
            tier=post.tier if post else Tier.NONE,
            post=person.name,
            language=person.language,
            channels=person.channels,
            mobile=person.mobile,
            wecom_id=person.wecom_id,
            email=person.email,
            department=post.department if post else "",
            dingtalk_id=person.dingtalk_id,
            feishu_id=person.feishu_id,
            rules=person.rules,
        )


def _check_substitutes(path: Path, roster: Roster) -> None:
    """A substitute is somebody else on the same roster."""
    for official in roster.officials().values():
        name = official.rules.substitute
        if name and (roster.get(name) is None or name == official.official_id):
            problem = Text(
                f"{official.official_id} 的 substitute {name} 不可用",
                f"the substitute {name} of {official.official_id} is not usable",
            )
            raise FileError(
                path, "substitute", problem, Text("另一人的编号", "another official_id")
            )


def _official(path: Path, line: int, row: Mapping[str, str]) -> Official:
    try:
        channels, rules = read_rules(
            [name for name in row["channels"].split("|") if name],
            row.get("quiet") or "",
            row.get("substitute") or "",
        )
        return Official(
            official_id=row["official_id"],
            jurisdiction_code=row["jurisdiction_code"],
            tier=Tier[row["tier"].upper()],
            post=row["post"],
            language=Language[(row.get("language") or "zh").upper()],
            channels=channels,
            rules=rules,
            mobile=row.get("mobile") or "",
            wecom_id=row.get("wecom_id") or "",
            email=row.get("email") or "",
            department=row.get("department") or "",
            dingtalk_id=row.get("dingtalk_id") or "",
            feishu_id=row.get("feishu_id") or "",
        )
    except RuleWrong as wrong:
        raise FileError(path, f"{line}: channels, quiet", wrong.problem, wrong.allowed) from wrong
    except KeyError as wrong:
        allowed = ", ".join(tier.name.lower() for tier in Tier if tier is not Tier.NONE)
        raise ValueError(
            f"{path}:{line}: {wrong} is missing or wrong; columns are {', '.join(COLUMNS)}; "
            f"tier is one of {allowed}; language is zh or en"
        ) from wrong
