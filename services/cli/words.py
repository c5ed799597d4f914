"""The words of officials for what the ledger writes as codes, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from sanse.escalation.v1 import cases_pb2
from services.cli.texts import english, say
from services.common.terms import Answer, Level, Tier
from services.escalation.domain.cases import EvidenceKind

Words = Mapping[str, tuple[str, str]]

STATUSES: Words = {
    "opened": ("待签收", "to be acknowledged"),
    "acknowledged": ("已签收", "acknowledged"),
    "in_progress": ("办理中", "in progress"),
    "resolved": ("已办结", "resolved"),
}
ACTS: Words = {
    "acknowledge": ("签收", "acknowledge"),
    "first_visit": ("首次走访", "first visit"),
    "revisit": ("回访", "revisit"),
    "resolve": ("办结", "resolve"),
    "none": ("", ""),
    "legal_duty": ("履行法定义务", "do what the law demands"),
    "approve_closing": ("批准办结", "agree to the closing"),
    "review": ("研判", "review"),
}
EVENTS: Words = {
    "opened": ("立案", "opened"),
    "acknowledged": ("签收", "acknowledged"),
    "visited": ("走访", "visited"),
    "resolved": ("办结", "resolved"),
    "reassigned": ("移交", "reassigned"),
    "level_raised": ("升级", "level raised"),
    "lowering_requested": ("申请降级", "lowering requested"),
    "level_lowered": ("降级", "level lowered"),
    "overdue": ("逾期", "overdue"),
    "notice_issued": ("发督办单", "notice issued"),
    "escalated": ("提级", "escalated"),
    "command_refused": ("指令退回", "command refused"),
    "risk_noted": ("记录预警", "risk noted"),
    "duty_arose": ("产生法定义务", "legal duty arose"),
    "duty_fulfilled": ("履行法定义务", "legal duty fulfilled"),
    "notice_answered": ("督办单回执", "notice answered"),
    "notice_withdrawn": ("撤销督办单", "notice withdrawn"),
    "notice_numbered": ("督办单编号", "notice numbered"),
    "notice_chased": ("催督办单回执", "notice chased"),
    "notice_unanswered": ("督办单未回执", "notice unanswered"),
    "policy_changed": ("变更政策", "policy changed"),
    "evidence_added": ("上传证据", "evidence handed in"),
    "closing_requested": ("申请办结", "closing asked for"),
    "closing_returned": ("退回办结", "closing returned"),
    "reminded": ("到期提醒", "reminded"),
    "unacknowledged": ("签收失效", "acknowledgement void"),
    "acknowledged_in_part": ("部分签收", "acknowledged in part"),
    "read": ("已读", "read"),
    "read_but_idle": ("已读未办", "read but idle"),
    "reassignment_offered": ("提出移交", "reassignment offered"),
    "reassignment_declined": ("拒绝接办", "reassignment declined"),
    "reassignment_lapsed": ("移交逾期未接", "reassignment lapsed"),
    "support_asked": ("请求支援", "support asked"),
}
EVIDENCE: Words = {
    "visit": ("走访", "visit"),
    "written_reply": ("书面答复", "written reply"),
    "document": ("照片或文书", "photo or document"),
    "review": ("研判记录", "review"),
    "assessment": ("复评结果", "assessment"),
}
REASONS: Words = {
    "opened_by_decision": ("预警立案", "a warning opened it"),
    "visit_task_opened": ("未知过多，须入户", "too much unknown: a visit"),
    "reopened_by_incident": ("新事件，重新立案", "opened again by an incident"),
    "reopened_by_raise": ("等级上升，重新立案", "opened again by a rise"),
    "reopened_by_assessment": ("新评估，重新立案", "opened again by an assessment"),
    "legal_duty_arose": ("法律要求的行动", "the law demands it"),
    "raised_by_decision": ("预警升级", "raised by a warning"),
    "incident_noted": ("记录新事件", "incident noted"),
    "raise_noted": ("记录上升", "rise noted"),
    "fall_noted": ("记录下降，等级不变", "fall noted; the level stays"),
    "fall_withdrawn": ("下降不再成立", "fall withdrawn"),
    "nothing_new": ("无变化", "nothing new"),
    "not_rated": ("未评级", "not rated"),
    "no_contribution": ("无加分项", "no contribution"),
    "level_opens_no_case": ("该等级不立案", "this level opens no case"),
    "opened_by_triage": ("分流移交", "handed over by triage"),
    "opened_by_overdue_assessment": ("逾期未复评，立案", "opened: not assessed again in time"),
    "assessed_again": ("已复评，自动办结", "assessed again: closed by itself"),
    "case_open_already": ("已有在办事项", "a case is open already"),
    "opened_by_support": ("下级请求支援，立案", "opened: the tier below asked for support"),
    "support_asked": ("请求上级支援", "asked the tier above for support"),
    "no_tier_above": ("已是最高一级", "no tier is above"),
    "already_resolved": ("已办结", "resolved already"),
    "acknowledged": ("签收", "acknowledged"),
    "acknowledged_by_visit": ("走访即签收", "acknowledged by a visit"),
    "acknowledged_by_resolution": ("办结即签收", "acknowledged by the resolution"),
    "visited": ("已走访", "visited"),
    "visited_before_raise": (
        "升级前的走访：计入走访，但不算签收新等级",
        "visited before the level rose: counts as a visit, not as taking the new level on",
    ),
    "duty_fulfilled": ("已履行法定义务", "legal duty fulfilled"),
    "resolved": ("已办结", "resolved"),
    "mediated": ("调解成功", "mediated"),
    "referred": ("已移送", "referred"),
    "reconciled": ("自行和解", "reconciled"),
    "separated": ("已分开", "separated"),
    "other": ("其他", "other"),
    "reassigned": ("移交", "reassigned"),
    "raised_by_person": ("人工升级", "raised by a person"),
    "lowering_requested": ("申请降级", "lowering requested"),
    "lowering_not_followed": (
        "评级系统未予降级（有新情况或回答不支持），恢复原等级",
        "scoring did not lower it (news, or answers against it): back to the level in force",
    ),
    "lowered_by_two_persons": ("两人同意降级", "lowered by two persons"),
    "acknowledge_overdue": ("逾期未签收", "not acknowledged in time"),
    "first_visit_overdue": ("逾期未走访", "not visited in time"),
    "revisit_overdue": ("逾期未回访", "not revisited in time"),
    "resolve_overdue": ("逾期未办结", "not resolved in time"),
    "legal_duty_overdue": ("法定义务逾期", "legal duty not done in time"),
    "escalated_to_next_tier": ("提至上一级", "to the next tier"),
    "escalated_over_roster_gap": ("上一级无责任人，再提一级", "over a gap in the roster"),
    "escalated_to_catch_all": ("由州兜底", "to the last resort"),
    "digest_sent": ("已发每日清单", "daily digest sent"),
    "gaps_told": ("已告知值班空缺", "gaps of the roster told"),
    "told_already": ("此前已告知", "told already"),
    "duplicate": ("重复", "duplicate"),
    "unknown_case": ("无此案件", "no such case"),
    "stale_deadline": ("期限已变", "the deadline has changed"),
    "not_due_yet": ("未到期", "not due yet"),
    "unknown_act": ("无此指令", "no such command"),
    "case_closed": ("案件已办结", "the case is closed"),
    "not_on_roster": ("不在花名册", "not on the roster"),
    "outside_jurisdiction": ("不在辖区", "outside the jurisdiction"),
    "below_responsible_tier": ("低于责任层级", "below the responsible tier"),
    "already_acknowledged": ("已签收", "acknowledged already"),
    "made_before_raise": (
        "指令在升级之前作出：请看过新等级后再办",
        "made before the level rose: look at the new level and do it again",
    ),
    "made_before_request": (
        "批准早于现有申请：请看过申请后再办",
        "made before the request that waits: look at that one and decide again",
    ),
    "visit_missing": ("尚未走访", "no visit yet"),
    "duty_unfulfilled": ("尚有法定义务未履行", "a legal duty is still owed"),
    "duty_not_owed": ("无此法定义务", "no such duty is owed"),
    "unknown_outcome": ("无此结果", "no such outcome"),
    "already_owner": ("已是责任人", "already the owner"),
    "level_not_higher": ("等级未升高", "the level is not higher"),
    "level_not_lower": ("等级未降低", "the level is not lower"),
    "lowering_already_waits": ("已有降级申请", "a lowering waits already"),
    "fresh_assessment_missing": ("缺少新的评估", "a fresh assessment is missing"),
    "assessment_found_higher": ("新评估等级更高", "the assessment found a higher level"),
    "unknown_could_be_higher": (
        "有未知项可能给出更高等级，须先问清",
        "an unknown answer could give more: ask it first",
    ),
    "dwell_not_over": ("未满最短保持期", "the level has not stood long enough"),
    "no_lowering_waits": ("没有降级申请", "no lowering waits"),
    "second_person_missing": ("须由第二人批准", "a second person must approve"),
    "approver_tier_too_low": ("批准人层级不够", "the approver's tier is too low"),
    "white_notice": ("白色督办", "white notice"),
    "yellow_notice": ("黄色督办", "yellow notice"),
    "red_notice": ("红色督办", "red notice"),
    "notice_answered": ("督办单已回执", "notice answered"),
    "notice_answered_late": ("督办单逾期回执", "notice answered late"),
    "notice_withdrawn": ("督办单已撤销", "notice withdrawn"),
    "notice_numbered": ("督办单已编文号", "notice numbered"),
    "reply_overdue": ("回执逾期", "answer overdue"),
    "reminder_silenced": (
        "同户有更高等级案件，未发提醒",
        "no reminder: the household has a case at a higher level",
    ),
    "notice_unanswered": ("督办单逾期未回执", "no answer came"),
    "policy_changed": ("改用另一版政策", "under another version of the policy"),
    "unknown_policy": ("无此版政策", "no such version of the policy"),
    "policy_not_for_this_pack": ("该政策不适用于此类事项", "the policy does not cover this pack"),
    "policy_moved_on": ("案件已不在原版政策", "the case is no longer under that version"),
    "issued_in_error": ("误发", "issued in error"),
    "act_was_done": ("事项已按时办理", "the act had been done"),
    "wrong_recipient": ("主送对象有误", "the wrong recipient"),
    "force_majeure": ("不可抗力", "force majeure"),
    "no_such_notice": ("无此督办单", "no such notice"),
    "notice_already_answered": ("督办单已回执", "the notice is answered already"),
    "notice_already_withdrawn": ("督办单已撤销", "the notice is withdrawn already"),
    "not_the_recipient": ("不是主送对象或其上级", "neither the recipient nor above"),
    "withdrawer_tier_too_low": ("撤销人层级不够", "the tier is too low to withdraw it"),
    "acknowledged_in_part": ("已签收，尚待他人签收", "acknowledged; others still must"),
    "nothing_followed": ("签收后逾期无行动，签收失效", "nothing followed in time: void"),
    "due_soon": ("即将到期", "due soon"),
    "read": ("已读", "read"),
    "read_but_idle": ("已读未办", "read, and nothing followed"),
    "reassignment_offered": ("待对方接办", "waits for acceptance"),
    "reassignment_accepted": ("对方已接办", "accepted"),
    "reassignment_declined": ("对方拒绝接办", "declined"),
    "offer_lapsed": ("逾期未接，仍由原责任人办理", "not accepted in time: stays"),
    "offer_lapsed_up": ("逾期未接，提至上一级", "not accepted in time: a tier up"),
    "already_read": ("已记录为已读", "read already"),
    "acknowledged_already_by_you": ("您已签收", "you have acknowledged already"),
    "no_offer": ("没有待接办的移交", "no reassignment waits"),
    "not_offered_to_you": ("不是移交对象", "it is offered to somebody else"),
    "offer_waits": ("已有移交待接办", "an offer waits already"),
    "unknown_withdrawal": ("无此撤销原因", "no such reason to withdraw"),
    "opened_by_event": ("限期义务立案", "an obligation opened it"),
    "no_such_kind": ("无此义务种类", "no such kind of obligation"),
    "acknowledged_by_evidence": ("上传证据即签收", "acknowledged by evidence"),
    "evidence_added": ("已上传证据", "evidence handed in"),
    "closing_requested": ("申请办结", "closing asked for"),
    "closed_by_two_persons": ("两人同意办结", "closed by two persons"),
    "closing_returned": ("退回办结申请", "closing returned"),
    "approve_closing_overdue": ("逾期未批准办结", "no decision on the closing in time"),
    "review_overdue": ("逾期未研判", "not reviewed in time"),
    "has_no_level": ("该事项没有等级", "it has no level"),
    "not_an_obligation": ("不是限期义务", "not an obligation"),
    "unknown_evidence": ("无此类证据", "no such evidence"),
    "evidence_empty": ("证据没有内容", "the evidence holds nothing"),
    "evidence_missing": ("证据不全，不能办结", "evidence is missing"),
    "closing_already_waits": ("已有办结申请", "a closing waits already"),
    "no_closing_waits": ("没有办结申请", "no closing waits"),
}


def status(value: cases_pb2.CaseStatus.ValueType) -> str:
    """The word for a case's status."""
    name = cases_pb2.CaseStatus.Name(value).removeprefix("CASE_STATUS_").lower()
    return _pick(STATUSES[name])


def act(value: cases_pb2.NextAct.ValueType) -> str:
    """The word for the act a case waits for."""
    return _pick(ACTS[cases_pb2.NextAct.Name(value).removeprefix("NEXT_ACT_").lower()])


def evidence(value: int) -> str:
    """The word for a kind of evidence."""
    return _pick(EVIDENCE[EvidenceKind(value).name.lower()])


def event(value: cases_pb2.CaseEventType.ValueType) -> str:
    """The word for a kind of ledger entry."""
    name = cases_pb2.CaseEventType.Name(value).removeprefix("CASE_EVENT_TYPE_").lower()
    return _pick(EVENTS[name])


def reason(code: str) -> str:
    """The words for a reason; a code of a newer version is shown as it is."""
    return _pick(REASONS.get(code, (code, code)))


def level(value: int) -> str:
    """The word for a level."""
    return say(f"level.{Level(value).name.lower()}")


def tier(value: int) -> str:
    """The word for a tier."""
    return say(f"tier.{Tier(value).name.lower()}")


def answer(value: int) -> str:
    """The word for an answer."""
    return say(f"answer.{Answer(value).name.lower()}")


def _pick(words: tuple[str, str]) -> str:
    return words[english()]
