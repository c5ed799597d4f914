"""Whether a pack says where its rules come from, who answers for them, and on which days they hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.risk_scoring.domain.pack import Pack, Text
from services.risk_scoring.domain.pack_flaws import Flaw, Problem


def provenance(pack: Pack) -> Iterator[Problem]:
    known = {one.id for one in pack.sources}
    cited: set[str] = set()
    for path, one in pack.rules:
        for cite in one.provenance.cites:
            source = cite.split(" ")[0]
            cited.add(source)
            if source and source not in known:
                names = ", ".join(sorted(known))
                yield Problem(
                    Flaw.SOURCE_UNKNOWN,
                    f"{path}.provenance.cites",
                    Text(f"sources 中没有 {source}", f"sources has no {source}"),
                    Text(names, names),
                )
    for at, source_ in enumerate(pack.sources):
        if source_.id not in cited:
            yield Problem(
                Flaw.SOURCE_UNUSED,
                f"sources[{at}].id",
                Text(f"来源 {source_.id} 没有被引用", f"nothing cites the source {source_.id}"),
                Text("删除或引用", "delete it, or cite it"),
            )


def periods(pack: Pack) -> Iterator[Problem]:
    """A version is judged by the rules of its own days: each indicator holds as long as the pack."""
    until = pack.effective.until
    if until is not None and until < pack.effective.begins:
        yield Problem(
            Flaw.PERIOD_ORDER,
            "effective.until",
            Text("结束早于开始", "it ends before it begins"),
            Text(f"不早于 {pack.effective.begins}", f"not before {pack.effective.begins}"),
        )
    for path, one in pack.rules:
        own = one.provenance.effective
        if own is not None and not own.covers(pack.effective):
            yield Problem(
                Flaw.PERIOD_GAP,
                f"{path}.provenance.effective",
                Text(
                    f"{one.id} 不在整个版本期内有效", f"{one.id} does not hold as long as the pack"
                ),
                Text("结束本版本，另立新版本", "end this version, and make a new one without it"),
            )
    if pack.review.reviewed_on > pack.effective.begins:
        yield Problem(
            Flaw.REVIEW_LATE,
            "review.reviewed_on",
            Text("生效后才评审", "reviewed after it took effect"),
            Text(f"不晚于 {pack.effective.begins}", f"by {pack.effective.begins}"),
        )
    for name, days in (("red", pack.dwell.red_days), ("yellow", pack.dwell.yellow_days)):
        if days < 1:
            yield Problem(
                Flaw.DWELL_ZERO,
                f"lowering.dwell_days.{name}",
                Text("当天即可降级", "the level could be lowered on the day it was set"),
                Text("至少 1 天", "at least 1 day"),
            )


def expiry(pack: Pack, today: date) -> Iterator[Problem]:
    """A pack past its days goes on scoring, since silence would be worse; whoever keeps it must hear of it."""
    until = pack.effective.until
    if until is not None and until < today:
        yield Problem(
            Flaw.EXPIRED,
            "effective.until",
            Text(f"已于 {until} 到期", f"it ended on {until}"),
            Text("启用新版本", "put a new version in force"),
        )
