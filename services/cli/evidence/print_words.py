"""The words of prints, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from services.cli import words
from services.cli.evidence.codes import ms_of
from services.cli.sending import texts as sending
from services.cli.texts import english
from services.common.clock import to_local

TEXTS: Mapping[str, tuple[str, str]] = {
    "notice.white": ("白色督办通知单", "White supervision notice"),
    "notice.yellow": ("黄色督办通知单", "Yellow supervision notice"),
    "notice.red": ("红色督办通知单", "Red supervision notice"),
    "notice.number": ("编号：{serial}", "No. {serial}"),
    "notice.to": ("{unit}{post}：", "To: {unit}, {post}"),
    "notice.what": (
        "你处包保的事项（案号 {case_no}，现为{level}预警）经核{overdue}，现予以{colour}督办。",
        "The case in your charge (no. {case_no}, now a {level} warning) was {overdue}. "
        "You receive this {colour} notice.",
    ),
    "notice.act": (
        "请于 {due} 前{act}，并将办理情况如实登记。",
        "Please {act} by {due}, and record truly what was done.",
    ),
    "notice.act_now": (
        "请立即{act}，并将办理情况如实登记。",
        "Please {act} at once, and record truly what was done.",
    ),
    "notice.basis": (
        "督办依据：{title}（{version}）。{duty}。",
        "Basis: {title} ({version}). {duty}.",
    ),
    "notice.reply": (
        "请于 {due} 前填写回执并报送本中心。逾期不回执的，记为“未回执”。",
        "Fill in the reply slip and return it by {due}. After that the notice counts as unanswered.",
    ),
    "notice.no_reply": ("请填写回执并报送本中心。", "Fill in the reply slip and return it."),
    "notice.withdrawn": (
        "（本单已于 {at} 撤销：{why}）",
        "(This notice was withdrawn on {at}: {why})",
    ),
    "notice.answered": (
        "（本督办单已于 {at} 由 {by} 回执：{how}）",
        "(This notice was answered on {at} by {by}: {how})",
    ),
    "notice.unanswered": (
        "（本督办单逾期未回执）",
        "(This notice has had no answer in time)",
    ),
    "notice.seal": ("（盖章）", "(seal)"),
    "centre": ("{unit}综治中心", "Social-governance centre, {unit}"),
    "slip": ("督办通知单回执", "Reply slip"),
    "slip.received": ("收到时间", "Received"),
    "slip.done": ("办理情况", "What was done"),
    "slip.signed": ("负责人签字", "Signature"),
    "slip.date": ("回执日期", "Date"),
    "slip.number": ("督办单编号", "Notice no."),
    "slip.due": ("回执期限", "Reply due"),
    "told": ("附：送达记录", "Annex: who was told"),
    "file": ("案卷", "Case file"),
    "file.digest": ("签名案卷文件 SHA-256：{digest}", "SHA-256 of the signed case file: {digest}"),
    "file.exported": ("{at} 由 {by} 导出", "Exported {at} by {by}"),
    "file.case": ("一、案件概况", "1. The case"),
    "file.ledger": ("二、台账（{n} 条，链首尾相接）", "2. Ledger ({n} entries, chained)"),
    "file.decisions": ("三、风险评定", "3. Risk decisions"),
    "file.duties": ("四、法定义务", "4. Legal duties"),
    "file.supervision": ("五、督办单", "5. Supervision notices"),
    "file.notices": ("六、通知", "6. Who was told"),
    "file.deliveries": ("七、送达", "7. Deliveries"),
    "file.commands": ("八、指令", "8. Commands"),
    "file.visits": ("九、走访", "9. Visits"),
    "file.documents": ("十、文书", "10. Documents"),
    "file.missing": ("十一、已不留存", "11. No longer kept"),
    "none": ("无", "none"),
    "decision": (
        "{at}　{pack}　{level}预警，{points} 分（黄 {yellow}，红 {red}）；{reason}",
        "{at}  {pack}  {level}, {points} points (yellow {yellow}, red {red}); {reason}",
    ),
    "decision.unknown": ("不清楚 {n} 项；", "{n} unknown; "),
    "decision.change": ("若“{what}”为{answer}，则为{level}", "if {what} were {answer}: {level}"),
    "c.no": ("号", "no."),
    "c.case_id": ("案件编号", "case id"),
    "c.case_no": ("案号", "case no."),
    "c.subject": ("户（假名）", "household (pseudonym)"),
    "c.jurisdiction": ("辖区", "jurisdiction"),
    "c.level": ("等级", "level"),
    "c.status": ("状态", "status"),
    "c.owner": ("责任人", "owner"),
    "c.policy": ("政策版本", "policy"),
    "c.opened": ("立案", "opened"),
    "c.resolved": ("办结", "resolved"),
    "c.head": ("链尾散列", "chain head"),
    "c.time": ("时间", "time"),
    "c.event": ("事项", "event"),
    "c.actor": ("办理人", "actor"),
    "c.reason": ("原因", "reason"),
    "c.recipient": ("接收人", "recipient"),
    "c.hash": ("散列前 16 位", "hash, first 16"),
    "c.indicator": ("指标", "indicator"),
    "c.answer": ("回答", "answer"),
    "c.points": ("分值", "points"),
    "c.source": ("依据", "source"),
    "c.duty": ("义务", "duty"),
    "c.due": ("期限", "due"),
    "c.fulfilled": ("履行", "fulfilled"),
    "c.serial": ("编号", "number"),
    "c.reply_due": ("回执期限", "reply due"),
    "c.state": ("结果", "state"),
    "c.kind": ("类别", "kind"),
    "c.rule": ("依据（台账号）", "rule (entry)"),
    "c.channel": ("渠道", "channel"),
    "c.attempt": ("次", "try"),
    "c.result": ("结果", "result"),
    "c.code": ("平台代码", "gateway code"),
    "c.act": ("指令", "command"),
    "c.via": ("途径", "route"),
    "c.entries": ("台账号", "entries"),
    "c.name": ("名称", "name"),
    "c.type": ("类型", "type"),
}
CODES: Mapping[str, tuple[str, str]] = {
    "white": ("白色", "white"),
    "yellow": ("黄色", "yellow"),
    "red": ("红色", "red"),
    "green": ("绿色", "green"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "unknown": ("不清楚", "unknown"),
    "awaiting_reply": ("待回执", "awaiting reply"),
    "answered": ("已回执", "answered"),
    "answered_late": ("逾期回执", "answered late"),
    "withdrawn": ("已撤销", "withdrawn"),
    "unanswered": ("未回执", "unanswered"),
    "duty_assigned": ("新任务", "duty assigned"),
    "supervision": ("督办单", "supervision notice"),
    "supervision_copy": ("抄送督办单", "copy of a notice"),
    "reply_overdue": ("催回执", "answer overdue"),
    "notice_unanswered": ("下级未回执", "unanswered below"),
    "taken_over": ("上级接办", "taken over"),
    "lowering_waits": ("待批降级", "lowering waits"),
    "roster_gap": ("花名册空缺", "roster gap"),
    "legal_duty": ("法定义务", "legal duty"),
    "closing_waits": ("待批办结", "closing waits"),
    "add_evidence": ("上传证据", "evidence handed in"),
    "approve_closing": ("批准办结", "agree to the closing"),
    "return_closing": ("退回办结", "closing returned"),
    "ask_support": ("请求支援", "support asked"),
    "note_read": ("已读", "read"),
    "accept_reassignment": ("接办", "accept"),
    "decline_reassignment": ("不接办", "decline"),
    "fill_roster": ("值班空缺", "fill the roster"),
    "reminder": ("到期提醒", "reminder"),
    "reassignment_ended": ("移交未成", "reassignment ended"),
    "level_raised": ("升级", "level raised"),
    "sent": ("已提交", "sent"),
    "delivered": ("已送达", "delivered"),
    "retrying": ("重试中", "retrying"),
    "failed": ("失败", "failed"),
    "unconfirmed": ("送达未确认", "unconfirmed"),
    "acknowledge": ("签收", "acknowledge"),
    "record_visit": ("登记走访", "record a visit"),
    "fulfil_duty": ("履行法定义务", "fulfil a legal duty"),
    "resolve": ("办结", "resolve"),
    "reassign": ("移交", "reassign"),
    "raise_level": ("提高等级", "raise the level"),
    "request_lowering": ("申请降级", "ask to lower"),
    "approve_lowering": ("批准降级", "approve the lowering"),
    "reply_notice": ("督办单回执", "answer a notice"),
    "withdraw_notice": ("撤销督办单", "withdraw a notice"),
    "deadline_reached": ("到期", "deadline reached"),
    "allot_number": ("申请文号", "ask for a number"),
    "number_allotted": ("编发文号", "number allotted"),
    "change_policy": ("变更政策", "change the policy"),
    "register": ("文号簿", "register"),
    "clock": ("时钟", "clock"),
    "machine": ("系统", "machine"),
    "first_rating": ("首次评定", "first rating"),
    "raised": ("上升", "raised"),
    "unchanged": ("不变", "unchanged"),
    "fall_recorded": ("记录下降，等级不变", "fall recorded, the level stays"),
    "cannot_rate": ("无法评定", "cannot rate"),
    "lowered_by_person": ("人工降级", "lowered by a person"),
    "not_assessed": ("未能评估", "not assessed"),
    "overtaken": ("已不需要", "no longer needed"),
    "bundled": ("已并入汇总", "told in a bundle"),
    "bundle": ("多件通知汇总", "bundle of several notices"),
    "digest": ("今日清单", "list of the day's duties"),
    "roster_outlook": ("值班空缺预告", "gaps of the roster ahead"),
    "reply_answer": ("回复结果", "answer to a reply"),
}


def say(key: str, **values: object) -> str:
    """The text of a key in the chosen language."""
    return TEXTS[key][english()].format(**values)


def word(code: str) -> str:
    """The word for a code of a case file; a code without one is shown as it is."""
    for known in (CODES, sending.REASONS, words.REASONS, words.EVENTS, words.ACTS, words.STATUSES):
        if code in known:
            return known[code][english()]
    return code


def event(code: str) -> str:
    """The word for a kind of ledger entry."""
    return words.EVENTS.get(code, (code, code))[english()]


def text(texts: object) -> str:
    """A text of a pack or policy in the chosen language."""
    return str(getattr(texts, "en" if english() else "zh"))


def moment(at: str) -> str:
    """Date and time to the minute; a dash when not set."""
    return f"{to_local(ms_of(at)):%Y-%m-%d %H:%M}" if at else "—"


def day(at: str) -> str:
    """The date as official documents write it."""
    local = to_local(ms_of(at))
    return f"{local:%d %B %Y}" if english() else f"{local.year}年{local.month}月{local.day}日"


def day_time(at: str) -> str:
    """Date and time as official documents write them."""
    return f"{day(at)} {to_local(ms_of(at)):%H:%M}"
