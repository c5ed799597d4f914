"""The code lists a report may use, each code with its Chinese name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum

from services.common.terms import Answer, Level


class ReportKind(Enum):
    """What a report is about; also the name of the part that holds its body."""

    ASSESSMENT = "assessment"
    INCIDENT = "incident"
    GRIEVANCE = "grievance"
    TASK_ASSIGNED = "task_assigned"
    SUPPORT_VISIT = "support_visit"
    SUPPORT_PLAN = "support_plan"
    OUTCOME = "outcome"
    HOUSEHOLD_MOVE = "household_move"


class MoveWho(IntEnum):
    """Who moved; numbers as in protos/."""

    HOUSEHOLD = 1
    PERSON = 2


class AssessmentStatus(IntEnum):
    """Whether the household could be assessed; numbers as in protos/."""

    ASSESSED = 1
    REFUSED = 2
    AWAY = 3
    MOVED = 4


KINDS: Mapping[str, ReportKind] = {kind.value: kind for kind in ReportKind}
KIND_NAMES: Mapping[str, str] = {
    "assessment": "入户评估",
    "incident": "事件",
    "grievance": "群众诉求",
    "task_assigned": "任务交办",
    "support_visit": "帮扶走访",
    "support_plan": "帮扶计划",
    "outcome": "结果",
    "household_move": "搬迁",
}
STATUSES: Mapping[str, AssessmentStatus] = {
    status.name.lower(): status for status in AssessmentStatus
}
STATUS_NAMES: Mapping[str, str] = {
    "assessed": "已评估",
    "refused": "拒绝",
    "away": "不在家",
    "moved": "已搬离",
}
MOVE_WHO: Mapping[str, MoveWho] = {who.name.lower(): who for who in MoveWho}
LEVELS: Mapping[str, Level] = {
    level.name.lower(): level for level in (Level.GREEN, Level.YELLOW, Level.RED)
}
LEVEL_NAMES: Mapping[str, str] = {"green": "绿", "yellow": "黄", "red": "红"}
ANSWERS: Mapping[str, Answer] = {
    "yes": Answer.YES,
    "no": Answer.NO,
    "unknown": Answer.UNKNOWN,
    "是": Answer.YES,
    "否": Answer.NO,
    "不清楚": Answer.UNKNOWN,
}
FLAGS: Mapping[str, bool] = {
    "true": True,
    "false": False,
    "yes": True,
    "no": False,
    "是": True,
    "否": False,
}
INCIDENT_CATEGORIES: Mapping[str, str] = {
    "household_dispute": "家庭纠纷",
    "marital_dispute": "婚姻纠纷",
    "divorce_dispute": "离婚纠纷",
    "parent_child_dispute": "亲子矛盾",
    "elder_support_dispute": "赡养纠纷",
    "inheritance_dispute": "继承纠纷",
    "property_dispute": "财产纠纷",
    "debt_dispute": "债务纠纷",
    "neighbour_dispute": "邻里纠纷",
    "land_dispute": "土地纠纷",
    "labour_dispute": "劳动纠纷",
    "medical_dispute": "医疗纠纷",
    "school_dispute": "校园纠纷",
    "domestic_violence": "家庭暴力",
    "family_violence": "家庭成员间暴力",
    "partner_violence": "伴侣暴力",
    "stalking": "跟踪骚扰",
    "protection_order_breach": "违反人身安全保护令",
    "child_harm": "未成年人受侵害",
    "self_harm": "自杀自伤",
    "homicide": "命案",
    "attempted_homicide": "杀人未遂",
    "serious_injury": "重伤",
    "suicide": "自杀",
    "fight": "打架斗殴",
    "hidden_hazard": "隐患",
    "fraud": "诈骗",
    "traffic": "交通",
    "lost_property": "遗失物品",
    "public_service": "公共服务",
    "other": "其他",
}
REPORTER_ROLES: Mapping[str, str] = {
    "police": "公安",
    "grid_worker": "网格员",
    "womens_federation": "妇联",
    "village_official": "村干部",
    "court": "法院",
    "procuratorate": "检察院",
    "justice_office": "司法所",
    "civil_affairs": "民政",
    "school": "学校",
    "hospital": "医院",
    "community": "社区",
    "hotline": "热线",
    "resident": "居民",
    "other": "其他",
}
GRIEVANCE_CATEGORIES: Mapping[str, str] = {
    "land": "土地",
    "water": "水利",
    "road": "道路",
    "subsidy": "补贴",
    "environment": "环境",
    "housing": "住房",
    "education": "教育",
    "health": "医疗卫生",
    "employment": "就业",
    "safety": "安全",
    "family": "家庭",
    "neighbours": "邻里",
    "service": "办事服务",
    "other": "其他",
}
GRIEVANCE_CHANNELS: Mapping[str, str] = {
    "village_day": "村级说事日",
    "township_day": "乡镇说事日",
    "letter_box": "意见箱",
    "hotline": "热线",
    "online": "网上",
    "counter": "窗口",
    "other": "其他",
}
VISIT_RESULTS: Mapping[str, str] = {
    "done": "已走访",
    "not_home": "不在家",
    "declined": "谢绝走访",
    "needs_help": "需要进一步帮助",
}
OUTCOME_KINDS: Mapping[str, str] = {
    "no_further_incident": "未再发生",
    "repeat_incident": "再次发生",
    "serious_injury": "重伤",
    "homicide": "命案",
    "attempted_homicide": "杀人未遂",
    "suicide": "自杀",
    "protected": "已获保护",
    "false_alarm": "误报",
    "other": "其他",
}
