"""What "sanse league" says, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from services.cli.texts import Words

TEXTS: Mapping[str, tuple[str, str]] = {
    "title": ("责任落实通报", "How duties were fulfilled"),
    "heading": (
        "{unit} · {since} 至 {until}，截至 {as_of}",
        "{unit} · {since} to {until}, as of {as_of}",
    ),
    "rounds": ("本期开始的评估轮次：{rounds}", "Rounds that began in the period: {rounds}"),
    "no_rounds": ("本期没有评估轮次开始", "No round began in the period"),
    "reading": (
        "按时率：本期到期的签收、走访、化解和法定职责中按时完成的比例，记在到期时的责任单位名下；"
        "一级只对本级及以下负责。评估率、化解率按轮次名册计算。",
        "On time: of the acknowledgements, visits, resolutions and legal duties that fell due in the period, those "
        "done by then, counted for whoever held them when due; a unit answers for itself and those below it. "
        "Coverage and resolution are of the rounds' registers.",
    ),
    "branched": (
        "注意：{count} 件的台账有分叉，须人工核对",
        "Note: {count} cases have a ledger that branches; a person should look at them",
    ),
    "branch": (
        "{case_id}：自第 {from_sequence} 条起有两种记录，按较长的（{length} 条）计算，另一种 {other_length} 条；"
        "无处可归的 {orphans} 条",
        "{case_id}: two ledgers differ from entry {from_sequence} on; that of {length} entries is counted, the other "
        "has {other_length}; {orphans} entries fit neither",
    ),
    "orphans": (
        "{case_id}：{orphans} 条记录与台账（{length} 条）不相接，未计算",
        "{case_id}: {orphans} entries do not continue its ledger of {length} entries, and are not counted",
    ),
    "saved": ("已写入 {path}", "Written to {path}"),
    "unit": ("单位", "unit"),
    "place": ("名次", "place"),
    "code": ("区划代码", "code"),
    "name": ("单位", "unit"),
    "on_time_percent": ("按时率%", "on time %"),
    "on_time": ("按时", "on time"),
    "due": ("到期", "due"),
    "white": ("白单", "white"),
    "yellow": ("黄单", "yellow"),
    "red": ("红单", "red"),
    "answered": ("已回执", "answered"),
    "answered_late": ("逾期回执", "answered late"),
    "unanswered": ("未回执", "unanswered"),
    "opened": ("立案", "opened"),
    "resolved": ("结案", "closed"),
    "open": ("在办", "open"),
    "reopened": ("再次立案", "re-opened"),
    "coverage_percent": ("评估率%", "coverage %"),
    "assessed": ("已评估户", "assessed"),
    "target": ("应评估户", "to be assessed"),
    "resolution_percent": ("化解率%", "resolution %"),
    "cases_resolved": ("化解", "resolved"),
    "cases_opened": ("轮次立案", "round's cases"),
    "homicides": ("命案", "homicides"),
    "homicides_before": ("上年同期命案", "homicides a year before"),
}
_WORDS = Words(TEXTS)
say, both = _WORDS.say, _WORDS.both
