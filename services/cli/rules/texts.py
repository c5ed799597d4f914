"""What "sanse rules" says, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from services.cli.texts import Words

TEXTS: Mapping[str, tuple[str, str]] = {
    "title": ("规则包回测", "Rule pack backtest"),
    "running": ("正在用 {candidate} 重评全部记录…", "Re-scoring the whole log with {candidate} …"),
    "against": (
        "{candidate} 对比 {live}，截至 {as_of}",
        "{candidate} against {live}, as of {as_of}",
    ),
    "no_live": ("（新规则包）", "(a new pack)"),
    "read": (
        "{subjects} 户；{events} 条事件，晚于该时刻 {later} 条；无法读取：现行 {unreadable_live} 条，"
        "候选 {unreadable_candidate} 条；损坏 {broken_records} 条记录",
        "{subjects} households; {events} events, {later} later than that; unreadable: {unreadable_live} "
        "live, {unreadable_candidate} candidate; {broken_records} broken records",
    ),
    "in_force": ("生效等级（只升不降）", "Level in force (raised only, never lowered)"),
    "computed": ("规则自身给出的等级", "Level the rules alone give"),
    "household": ("每户最高等级（全部规则包）", "Highest level of each household (all packs)"),
    "matrix": ("现行（行）→ 候选（列）", "live (rows) → candidate (columns)"),
    "flow": ("各辖区流向", "Flow per jurisdiction"),
    "capacity": ("红色户与承接能力", "Red households and capacity"),
    "deadlines": ("时限", "Deadlines"),
    "subgroups": (
        "分组报告（小于 {min_cell} 户的数不显示）",
        "Subgroups (counts below {min_cell} are hidden)",
    ),
    "unit": ("辖区", "unit"),
    "total": ("户数", "total"),
    "whole": ("全部", "all"),
    "raised": ("上升", "up"),
    "raised_other": ("升至黄或绿", "up, not to red"),
    "lowered": ("下降", "down"),
    "same": ("不变", "same"),
    "newly_red": ("新增红色", "newly red"),
    "red_live": ("现行红色", "red, live"),
    "red_candidate": ("候选红色", "red, candidate"),
    "rated": ("已评定", "rated"),
    "limit": ("承接能力", "capacity"),
    "over": ("超出", "over"),
    "hidden": ("不显示", "hidden"),
    "group": ("分组", "group"),
    "live": ("现行", "live"),
    "candidate": ("候选", "candidate"),
    "reassessment": ("复评", "re-assessment"),
    "first_visit": ("首次走访（因上升新增）", "first visit (newly raised)"),
    "missed": ("已逾期", "missed already"),
    "in_7_days": ("7 日内", "in 7 days"),
    "in_30_days": ("30 日内", "in 30 days"),
    "sex": ("联系人性别", "sex of contact"),
    "age_band": ("年龄段", "age band"),
    "urban_rural": ("城乡", "urban or rural"),
    "district": ("县市", "district"),
    "took": (
        "用时 {seconds:.1f} 秒，内存 {mib} MiB",
        "Took {seconds:.1f} s and {mib} MiB of memory",
    ),
    "written": ("已写入 {path}", "Written to {path}"),
    "bad_number": (
        "{field} 的值 {value} 不可用；允许：{allowed}",
        "{field}: {value} is not usable; allowed: {allowed}",
    ),
    "a_time": (
        "带时区的 ISO 8601 时间，例如 2026-06-01T00:00+08:00",
        "an ISO 8601 time with its zone, such as 2026-06-01T00:00+08:00",
    ),
    "a_capacity": ("CSV 文件或不小于 0 的整数", "a CSV file or a whole number from 0"),
    "equal": ("一致", "equal"),
    "differs": ("不一致", "DIFFERS"),
    "missing": ("日志中没有对应事件", "no such event on the log"),
    "replay.summary": (
        "{subject}：{equal} 个决定逐字节一致，{different} 个不一致",
        "{subject}: {equal} decisions equal byte for byte, {different} not",
    ),
    "replay.none": (
        "{subject} 在该时刻前没有决定",
        "{subject} has no decision up to that moment",
    ),
    "replay.field": (
        "{field}：记录为 {stands}，重放为 {replayed}",
        "{field}: stands {stands}, replayed {replayed}",
    ),
    "fix": ("改法", "fix"),
    "lock.added": ("已锁定 {names}", "Locked {names}"),
    "lock.nothing": ("没有新版本", "No new version"),
    "shadow.title": ("影子运行对比", "Shadow comparison"),
    "shadow.summary": (
        "{candidate}：比较 {compared} 个决定，一致 {agree}，仅影子上升 {rises}，影子更低 {falls}，未配对 {alone}",
        "{candidate}: {compared} decisions compared, {agree} agree, {rises} rises found only by the shadow, "
        "{falls} lower, {alone} without a counterpart",
    ),
    "shadow.rise": (
        "仅影子上升：{subject} {live} → {shadow}",
        "only the shadow rises: {subject} {live} → {shadow}",
    ),
    "shadow.complete": (
        "观察期已满（至少 {wanted} 个）",
        "The trial is complete (at least {wanted})",
    ),
    "shadow.waiting": (
        "观察期未满：{compared} / {wanted}",
        "The trial goes on: {compared} of {wanted}",
    ),
    "shadow.none": ("影子目录没有候选规则包：{folder}", "There is no candidate in {folder}"),
    "signed": ("{signer} 已签署 {candidate}", "{signer} has signed {candidate}"),
    "promoted": (
        "{candidate} 已上线；旧版本在 {archive}",
        "{candidate} is live; the old version is in {archive}",
    ),
    "promoted.restart": ("请重启评定服务以使用新版本。", "Restart the scoring service to use it."),
    "none": ("无", "none"),
    "level.none": ("未评级", "not rated"),
    "level.green": ("绿", "green"),
    "level.yellow": ("黄", "yellow"),
    "level.red": ("红", "red"),
}

_WORDS = Words(TEXTS)
say, both = _WORDS.say, _WORDS.both
