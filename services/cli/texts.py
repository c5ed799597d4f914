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
