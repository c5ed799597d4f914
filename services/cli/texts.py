"""What the command says, in Chinese and English; SANSE_LANG or the locale chooses, Chinese by default."""

from __future__ import annotations

import os
from collections.abc import Mapping

TEXTS: Mapping[str, tuple[str, str]] = {
    "parts.starting": ("正在启动 Kafka 与 Redis…", "Starting Kafka and Redis…"),
    "parts.found": ("消息代理：{kafka}；Redis：{redis}", "Broker: {kafka}; Redis: {redis}"),
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
    "rules.fix": ("改法", "fix"),
    "column.case": ("案件", "case"),
    "column.case_no": ("案号", "no."),
    "column.level": ("等级", "level"),
    "column.tier": ("层级", "tier"),
    "column.owner": ("责任人", "owner"),
    "column.status": ("状态", "status"),
    "column.next": ("下一步", "next"),
    "column.due": ("期限", "due"),
    "column.time": ("时间", "time"),
    "column.event": ("事项", "event"),
    "column.actor": ("办理人", "actor"),
    "column.reason": ("原因", "reason"),
    "column.notice": ("督办单", "notice"),
    "column.indicator": ("指标", "indicator"),
    "column.answer": ("回答", "answer"),
    "column.points": ("分值", "points"),
    "column.source": ("依据", "source"),
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
    "command.sent": ("指令已记录：{command_id}", "Command recorded: {command_id}"),
    "chain.whole": ("台账链完整", "The ledger chain is whole"),
    "chain.broken": ("台账链不完整！", "The ledger chain is BROKEN"),
    "doctor.ok": ("正常", "ok"),
    "doctor.bad": ("异常", "wrong"),
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


def say(key: str, **values: object) -> str:
    """The text of a key in the chosen language; KeyError for an unknown key."""
    return TEXTS[key][1 if english() else 0].format(**values)
