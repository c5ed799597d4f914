"""What the command says, in Chinese and English; SANSE_LANG or the locale chooses, Chinese by default."""

from __future__ import annotations

import os
from collections.abc import Mapping

from services.cli.obligation_texts import OBLIGATION_TEXTS

TEXTS: Mapping[str, tuple[str, str]] = {
    **OBLIGATION_TEXTS,
    "parts.starting": ("正在启动 Kafka 与 Redis…", "Starting Kafka and Redis…"),
    "parts.found": ("消息代理：{kafka}；Redis：{redis}", "Broker: {kafka}; Redis: {redis}"),
    "parts.trial_only": (
        "注意：{what} 只供试用，不得用于真实数据，也不能据此判断故障时的表现。",
        "Note: {what}: never for real data, and it shows nothing about behaviour under faults.",
    ),
    "services.starting": ("正在启动四个服务…", "Starting the four services…"),
    "services.ready": ("四个服务已就绪", "The four services are ready"),
    "up.doors": ("入口：", "Doors:"),
    "up.hint": ("用 sanse down（或 make down）结束。", "End it with: sanse down (or make down)."),
    "up.running": (
        "已在运行；先用 sanse down 结束。",
        "Already running; end it first with: sanse down",
    ),
    "down.none": ("没有正在运行的实例。", "Nothing is running."),
    "down.done": ("已结束 {count} 个进程。", "Ended {count} processes."),
    "not.running": (
        "没有正在运行的实例：先执行 sanse up，或设置 SANSE_… 环境变量。",
        "Nothing is running: run sanse up first, or set the SANSE_… variables.",
    ),
    "world.building": (
        "正在生成模拟州（种子 {seed}，比例 {scale}）…",
        "Building a simulated prefecture (seed {seed}, scale {scale})…",
    ),
    "world.built": (
        "{households} 户，{officials} 名责任人",
        "{households} households, {officials} officials",
    ),
    "publish.progress": ("上报", "Publishing"),
    "publish.done": (
        "上报 {sent} 条：接收 {accepted}，重复 {duplicates}，退回 {rejected}",
        "{sent} reports: {accepted} accepted, {duplicates} duplicates, {rejected} rejected",
    ),
    "demo.days": (
        "模拟时间 {date}（第 {day} 天，共 {days} 天）",
        "Simulated time {date} (day {day} of {days})",
    ),
    "demo.phones": ("手机收到的信息", "Messages on phones"),
    "demo.settling": ("等待最后的回执并核对…", "Waiting for the last receipts, then reconciling…"),
    "demo.summary": ("汇总", "Summary"),
    "summary.events_in": ("上报", "events in"),
    "summary.accepted": ("接收", "accepted"),
    "summary.duplicate_reports": ("重复上报", "duplicate reports"),
    "summary.rejected": ("退回", "rejected"),
    "summary.decisions": ("评定", "decisions"),
    "summary.triage": ("事件分流", "triage of incidents"),
    "figure.dispatch": ("移交部门", "to departments"),
    "figure.report_up": ("上报", "reported up"),
    "figure.keep": ("当场处理", "kept"),
    "summary.cases_opened": ("立案", "cases opened"),
    "summary.notices": ("督办单", "supervision notices"),
    "summary.messages_delivered": ("信息送达", "messages delivered"),
    "summary.messages_unconfirmed": ("送达未确认", "messages unconfirmed"),
    "summary.messages_failed": ("信息失败", "messages failed"),
    "summary.acknowledged": ("已签收", "acknowledged"),
    "summary.visited": ("已走访", "visited"),
    "summary.resolved": ("已办结", "resolved"),
    "summary.lost": ("丢失", "lost"),
    "summary.duplicates": ("多出", "duplicates"),
    "summary.coverage_rate": ("评估覆盖率", "coverage rate"),
    "summary.resolution_rate": ("办结率", "resolution rate"),
    "summary.cadre_acts": ("责任人办理", "acts of officials"),
    "summary.example_file": ("样例文件", "example file"),
    "summary.households": ("户数", "households"),
    "summary.broker": ("消息代理", "broker"),
    "summary.redis": ("Redis", "Redis"),
    "figure.green": ("绿", "green"),
    "figure.yellow": ("黄", "yellow"),
    "figure.red": ("红", "red"),
    "figure.white": ("白", "white"),
    "figure.acknowledge": ("签收", "acknowledge"),
    "figure.visit": ("走访", "visit"),
    "figure.fulfil": ("履行法定义务", "legal duties fulfilled"),
    "figure.resolve": ("办结", "resolve"),
    "figure.accepted": ("接收", "accepted"),
    "figure.duplicate": ("重复", "duplicate"),
    "figure.rejected": ("退回", "rejected"),
    "demo.saved": ("已写入 {path}", "Written to {path}"),
    "demo.unbalanced": (
        "核对不平：丢失 {lost}，重复 {duplicates}",
        "The balance is not even: {lost} lost, {duplicates} duplicates",
    ),
    "rules.clean": ("{packs} 个规则包，未发现问题。", "{packs} rule packs, nothing found."),
    "case.duty": (
        "法定义务 {duty}：期限 {due}，履行 {done}",
        "legal duty {duty}: due {due}, done {done}",
    ),
    "risk.duty": (
        "法定义务：{text}（{hours} 小时内，{source}）",
        "legal duty: {text} (within {hours} hours, {source})",
    ),
    "triage.clean": (
        "{sets} 套分流规则，未发现问题。",
        "{sets} sets of triage rules, nothing found.",
    ),
    "triage.lead": ("牵头", "lead"),
    "triage.joint": ("协同", "co-handling"),
    "triage.rule": ("规则列明", "named by a rule"),
    "triage.catch_all": ("兜底", "left to the last rule"),
    "route.dispatch": ("移交部门", "to departments"),
    "route.report_up": ("上报", "reported up"),
    "route.keep": ("当场处理", "kept on the spot"),
    "column.category": ("类别", "kind"),
    "column.route": ("去向", "route"),
    "column.departments": ("部门或层级", "departments or tier"),
    "column.accept_due": ("签收期限", "accept by"),
    "column.finish_due": ("办结期限", "finish by"),
    "column.rule": ("规则", "rule"),
    "rules.fix": ("改法", "fix"),
    "column.case": ("案件", "case"),
    "column.case_no": ("案号", "no."),
    "column.level": ("等级", "level"),
    "column.tier": ("层级", "tier"),
    "column.owner": ("责任人", "owner"),
    "column.status": ("状态", "status"),
    "column.next": ("下一步", "next"),
    "column.due": ("期限", "due"),
    "column.subject": ("对象", "subject"),
    "column.rated": ("已评户", "rated"),
    "column.soon": ("即将到期", "soon"),
    "column.overdue": ("逾期", "overdue"),
    "column.level_red": ("其中红色", "of them red"),
    "column.level_yellow": ("黄色", "yellow"),
    "column.level_green": ("绿色", "green"),
    "column.oldest": ("最早到期", "oldest due"),
    "column.time": ("时间", "time"),
    "column.event": ("事项", "event"),
    "column.actor": ("办理人", "actor"),
    "column.reason": ("原因", "reason"),
    "column.notice": ("督办单", "notice"),
    "column.indicator": ("指标", "indicator"),
    "column.answer": ("回答", "answer"),
    "column.points": ("分值", "points"),
    "column.source": ("依据", "source"),
    "column.unit": ("单位", "unit"),
    "column.version": ("规则包版本", "pack version"),
    "column.assessments": ("评估数", "assessments"),
    "column.agreed": ("一致", "agreed"),
    "column.upward": ("评得更高", "own level higher"),
    "column.downward": ("评得更低", "own level lower"),
    "column.flags": ("提示", "flags"),
    "column.review": ("复盘", "review"),
    "column.kind": ("类别", "kind"),
    "column.decisions": ("评定数", "decisions"),
    "column.missed": ("漏判 / 严重事件", "missed / serious events"),
    "column.of_green": ("绿色户中 / 绿色户数", "in green homes / green homes"),
    "column.of_yellow": ("黄色户中 / 黄色户数", "in yellow homes / yellow homes"),
    "column.never_rated": ("从未评级", "never rated"),
    "agreement.near_total": ("几乎全部一致", "near total agreement"),
    "agreement.one_level": ("只有一种结论", "one level only"),
    "agreement.reading": (
        "满 {number} 次评估且一致率达 {share} 时提示；不足 {shown} 次的单位不显示。仅供人工核查。",
        "Flagged from {number} assessments and {share} agreement; units below {shown} are not shown."
        " For people to look at; the number alone says nothing of anybody.",
    ),
    "review.rated_green": ("90 天内曾为绿色", "green within the 90 days"),
    "review.rated_yellow": ("90 天内曾为黄色", "yellow within the 90 days"),
    "review.never_rated": ("从未评级", "never rated"),
    "misses.reading": (
        "漏判：发生前 90 天内曾为绿色、黄色或从未评级的户发生的严重事件；户数按该版本最后一次评定计。",
        "Missed: serious events in homes at green or yellow at some time in the 90 days before, or never"
        " rated; homes are counted at the last level the version gave.",
    ),
    "column.plan": ("计划", "plan"),
    "column.grid": ("网格", "grid"),
    "column.days_overdue": ("逾期天数", "days overdue"),
    "column.note": ("备注", "note"),
    "column.jurisdiction": ("辖区", "jurisdiction"),
    "support.clean": (
        "{categories} 个帮扶类别无问题，没有规则用到类别",
        "{categories} support categories, nothing wrong; no rule names one",
    ),
    "support.no_file": (
        "没有帮扶类别文件 {file}；请设置 SANSE_SUPPORT_FILE",
        "there is no file of support categories at {file}; set SANSE_SUPPORT_FILE",
    ),
    "support.jurisdiction": (
        "{code} 不是区划代码：州、县 6 位，乡镇 9 位，村 12 位，网格 15 位",
        "{code} is no division code: prefecture and county 6 digits, township 9, village 12, grid 15",
    ),
    "support.unopened": (
        "有 {count} 份计划报告的类别无法解密（未设置主密钥或密钥不符），未能核对类别是否提前终止",
        "the category of {count} plan reports could not be opened (no master key, or another): whether it ended"
        " early was not checked",
    ),
    "support.active": ("执行中", "active"),
    "support.due": ("将到期", "due"),
    "support.overdue": ("逾期", "overdue"),
    "support.offer_to_end": ("多次谢绝，征求是否结束", "declined repeatedly: ask whether to end"),
    "support.needs_help": ("需要进一步帮助", "more help needed"),
    "support.ended": ("已终止", "ended"),
    "level.none": ("未评级", "not rated"),
    "level.green": ("绿色", "green"),
    "level.yellow": ("黄色", "yellow"),
    "level.red": ("红色", "red"),
    "tier.none": ("", ""),
    "tier.village": ("村", "village"),
    "tier.township": ("乡镇", "township"),
    "tier.county": ("县", "county"),
    "tier.prefecture": ("州", "prefecture"),
    "answer.yes": ("是", "yes"),
    "answer.no": ("否", "no"),
    "answer.unknown": ("不清楚", "unknown"),
    "answer.not_asked": ("未问", "not asked"),
    "argument.wrong": (
        "{field} 的值 {value} 不正确；允许：{allowed}",
        "{field} is {value}; allowed: {allowed}",
    ),
    "call.failed": ("服务没有完成请求：{why}", "The service did not do it: {why}"),
    "call.tls_hint": (
        "若服务启用了 TLS，请设置 SANSE_TLS_CA（双向认证另设 SANSE_TLS_CLIENT_CERTIFICATE、SANSE_TLS_CLIENT_KEY）",
        "if the service speaks TLS, set SANSE_TLS_CA (for mutual TLS also SANSE_TLS_CLIENT_CERTIFICATE, "
        "SANSE_TLS_CLIENT_KEY)",
    ),
    "command.sent": ("指令已记录：{command_id}", "Command recorded: {command_id}"),
    "risk.own_level_first": (
        "请先用 --own-level 写下自己的判断（green、yellow、red），再看系统评级：先看评级，判断就不再独立",
        "give your own level first with --own-level (green, yellow, red): who sees the computed one first judges"
        " no more",
    ),
    "case.lowering_from": ("最早可申请降级：{date}", "a lowering may be asked for from {date}"),
    "chain.whole": ("台账链完整", "The ledger chain is whole"),
    "chain.broken": ("台账链不完整！", "The ledger chain is BROKEN"),
    "evidence.no_key": (
        "未设置签名密钥：请设置 SANSE_EVIDENCE_KEY，可用 sanse evidence-key 生成",
        "No signing key: set SANSE_EVIDENCE_KEY; sanse evidence-key makes one",
    ),
    "evidence.key_wrong": ("{path} 不是可用的 Ed25519 密钥", "{path} holds no usable Ed25519 key"),
    "evidence.key_exists": ("{path} 已存在，未覆盖", "{path} exists already; it was left alone"),
    "evidence.key_made": (
        "私钥 {path}（请妥善保管）；公钥 {public}（请公布）",
        "Private key {path} (keep it safe); public key {public} (publish it)",
    ),
    "evidence.no_notice": (
        "没有编号为 {serial} 的督办单；现有：{allowed}",
        "There is no notice {serial}; there are: {allowed}",
    ),
    "evidence.no_font": (
        "没有可用的中文字体（{missing}）。请安装：apt-get install {packages}，或用 SANSE_PRINT_FONT 指定字体文件",
        "No font with Chinese letters ({missing}). Install: apt-get install {packages}, "
        "or name a font file in SANSE_PRINT_FONT",
    ),
    "evidence.no_letters": (
        "字体缺少这些字：{letters}。请安装 {packages}，或用 SANSE_PRINT_FONT 指定更全的字体",
        "The fonts lack these letters: {letters}. Install {packages}, or name a fuller font in SANSE_PRINT_FONT",
    ),
    "evidence.written": ("已写入 {path}", "Written to {path}"),
    "doctor.ok": ("正常", "ok"),
    "doctor.bad": ("异常", "wrong"),
    "doctor.calendar": ("工作日历", "Calendar of working days"),
    "doctor.calendar_reaches": ("还有 {days} 天", "reaches {days} more days"),
    "doctor.calendar_unused": (
        "（现行政策均不按工作时间计算）",
        "(no policy counts working time)",
    ),
    "doctor.certificate_ends": (
        "证书剩余 {days} 天，请更换",
        "the certificate has {days} days left: renew it",
    ),
    "rounds.clean": ("{rounds} 个轮次，未发现问题。", "{rounds} rounds, nothing found."),
    "rounds.allowed": ("允许", "allowed"),
    "rounds.list": ("评估轮次", "Assessment rounds"),
    "rounds.mean": (
        "{rounds} 轮：平均评估率 {coverage}，合计化解率 {resolution}",
        "{rounds} rounds: mean coverage {coverage}, resolution of all together {resolution}",
    ),
    "rounds.none_counted": ("还没有登记任何住户。", "No household is registered yet."),
    "rounds.strangers": (
        "有报告或名册提到未定义的轮次：{rounds}",
        "Reports or registers name rounds that are not defined: {rounds}",
    ),
    "rounds.unreadable": (
        "有 {count} 条记录无法读取，未计入。",
        "{count} records could not be read and are not counted.",
    ),
    "rounds.report": (
        "{title}（{round}），{name}，截至 {as_of}",
        "{title} ({round}), {name}, as of {as_of}",
    ),
    "rounds.now": ("现在", "now"),
    "rounds.above": ("（未指明下级）", "(no smaller place named)"),
    "rounds.definition": (
        "评估率 = 已评估 ÷ 应评估户；化解率 = 已化解 ÷ 本轮住户立案。名册外评估、其他案件不计入两率。",
        "coverage = assessed ÷ target; resolution = resolved ÷ cases opened of the round's households. "
        "Unregistered households and other cases are in neither rate.",
    ),
    "rounds.known": (
        "同一文件已于 {at} 登记：{entries} 户，退回 {refused} 行；没有任何改变。"
        "若要使它覆盖之后登记的文件，请加 --again。",
        "This very file was registered at {at}: {entries} households, {refused} rows refused; nothing changed. "
        "To make it count over files registered since, add --again.",
    ),
    "rounds.registered": (
        "轮次 {round}：读取 {rows} 行，登记 {entries} 户（其中撤销 {retracted}），退回 {refused} 行，"
        "本次写入 {written} 条",
        "round {round}: {rows} rows read, {entries} households registered ({retracted} of them retracted), "
        "{refused} rows refused, {written} entries written now",
    ),
    "rounds.resumed": ("从第 {rows} 行之后继续", "went on behind row {rows}"),
    "rounds.missing": (
        "{name}：{count} 户没有任何报告",
        "{name}: {count} households without any report",
    ),
    "rounds.missing_more": (
        "其中 {count} 户不在所给名册文件中（只显示假名）",
        "{count} of them are not in the given register file (shown by pseudonym)",
    ),
    "rounds.saved": ("已写入 {path}", "Written to {path}"),
    "rounds.unknown_round": (
        "没有轮次 {value}；允许：{allowed}",
        "there is no round {value}; allowed: {allowed}",
    ),
    "rounds.unknown_unit": (
        "没有区划代码 {value}；允许：{allowed}",
        "there is no division code {value}; allowed: {allowed}",
    ),
    "rounds.wrong_time": (
        "{value} 不是日期或时间，例如 2026-03-31 或 2026-03-31T18:00+08:00",
        "{value} is no date or time, such as 2026-03-31 or 2026-03-31T18:00+08:00",
    ),
    "rounds.wrong_level": (
        "{unit} 以下没有层级 {value}；允许：{allowed}",
        "there is no level {value} below {unit}; allowed: {allowed}",
    ),
    "column.round": ("轮次", "round"),
    "column.title": ("名称", "title"),
    "column.dates": ("起止", "dates"),
    "column.carries": ("对比", "compared with"),
    "column.set_by": ("确定单位", "set by"),
    "column.basis": ("依据文件", "basis"),
    "column.code": ("区划代码", "code"),
    "column.target": ("应评估户", "target"),
    "column.assessed": ("已评估", "assessed"),
    "column.refused": ("拒绝", "refused"),
    "column.away": ("外出", "away"),
    "column.moved": ("迁走", "moved"),
    "column.missing": ("未报", "missing"),
    "column.assessed_unregistered": ("名册外评估", "unregistered"),
    "column.coverage": ("评估率", "coverage"),
    "column.cases_opened": ("立案", "cases"),
    "column.cases_resolved": ("化解", "resolved"),
    "column.resolution": ("化解率", "resolution"),
    "column.other_cases": ("其他案件", "other cases"),
    "column.carried_coverage": ("上轮评估率", "coverage before"),
    "column.household": ("住户", "household"),
    "simulate.done": (
        "已写入 {folder}：{reports} 条上报",
        "Written to {folder}: {reports} reports",
    ),
    "bench.measuring": ("测量 {name} …", "Measuring {name} …"),
    "replay.done": (
        "重放 {count} 条：接收 {accepted}，重复 {duplicates}，退回 {rejected}",
        "{count} replayed: {accepted} accepted, {duplicates} duplicates, {rejected} rejected",
    ),
}


def english() -> bool:
    """Whether to speak English: SANSE_LANG=en, or an English locale when SANSE_LANG is not set."""
    chosen = os.environ.get("SANSE_LANG")
    if chosen:
        return chosen.lower().startswith("en")
    return os.environ.get("LC_ALL", os.environ.get("LANG", "")).lower().startswith("en")


class Words:
    """Texts by key, each in Chinese and English; KeyError for an unknown key."""

    def __init__(self, texts: Mapping[str, tuple[str, str]]) -> None:
        self._texts = texts

    def say(self, key: str, **values: object) -> str:
        """The text in the chosen language."""
        return self._texts[key][1 if english() else 0].format(**values)

    def both(self, key: str, **values: object) -> tuple[str, str]:
        """The text in Chinese and in English."""
        zh, en = self._texts[key]
        return zh.format(**values), en.format(**values)


say = Words(TEXTS).say
