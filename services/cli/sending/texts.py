"""What the commands around messages say, and the words for codes of the notifier; in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from services.cli.texts import Words, english

TEXTS: Mapping[str, tuple[str, str]] = {
    "why.nothing": (
        "案件 {case} 没有任何通知（或通知服务尚未读到）。",
        "No notice is known about case {case} (or the notifier has not read it yet).",
    ),
    "why.notice": ("{at} {kind} → {who}", "{at} {kind} → {who}"),
    "why.who": ("{post}（{id}）", "{post} ({id})"),
    "why.not_on_roster": ("不在花名册：{id}", "not on the roster: {id}"),
    "why.follows": (
        "{head}（未签收则改用 {channel}，不早于 {at}）",
        "{head} (by {channel} as well while nobody has acknowledged, not before {at})",
    ),
    "why.stands_in": (
        "{head}（代 {who}：本人无法送达）",
        "{head} (for {who}, whom nothing reached)",
    ),
    "why.step": (
        "  {at} 第 {attempt} 次 {channel}：{status}，{reason}",
        "  {at} attempt {attempt} {channel}: {status}, {reason}",
    ),
    "why.code": ("（网关原码 {code}）", " (gateway's code {code})"),
    "why.state": ("  现状：{status}。{next}", "  now: {status}. {next}"),
    "why.reply": ("  {at} 短信回复 {who}：{outcome}", "  {at} SMS reply {who}: {outcome}"),
    "next.pending": ("等待发送。", "It waits to be sent."),
    "next.retrying": ("将于 {at} 再试。", "The next try is at {at}."),
    "next.sent": (
        "已交网关，等回执至 {at}；届时仍无回执即记为未确认。",
        "The gateway has it; a receipt is awaited until {at}, then it is unconfirmed.",
    ),
    "next.delivered": ("已到手机，等待本人办理。", "It is on the phone; the person's act is next."),
    "next.failed": ("不再发送：{advice}", "Nothing more is sent: {advice}"),
    "next.unconfirmed": (
        "可能已到，不再重发；逾期未签收由督办流程跟进。",
        "It may have arrived and is not sent again; the ladder follows up when nobody acknowledges.",
    ),
    "next.bundled": (
        "已并入发给本人的一条汇总信息，送达情况见该条。",
        "A bundle to the person tells of it; that message's own state says what became of it.",
    ),
    "next.overtaken": ("事项已办或已移交，无需发送。", "It was done or moved on: nothing to send."),
    "cost.heading": (
        "{unit} · {since} 至 {until} · 信息与费用（{currency}）",
        "{unit} · {since} to {until} · messages and cost ({currency})",
    ),
    "cost.saved": ("已写入 {path}", "Written to {path}"),
    "cost.sum": ("合计", "sum"),
    "cost.budget": (
        "{unit} 本月已用 {spent}，预算 {budget}（{percent}%）",
        "{unit} has spent {spent} of {budget} this month ({percent} %)",
    ),
    "cost.alarm": ("请核对发送量或调整预算", "look at what is sent, or change the budget"),
    "column.code": ("区划代码", "code"),
    "column.unit": ("单位", "unit"),
    "column.channel": ("通道", "channel"),
    "column.messages": ("信息数", "messages"),
    "column.segments": ("计费条数", "parts"),
    "column.delivered": ("已送达", "delivered"),
    "column.failed": ("失败", "failed"),
    "column.unconfirmed": ("未确认", "unconfirmed"),
    "column.cost": ("费用", "cost"),
    "doctor.processed": (
        "近 24 小时 {channel}：{percent}% 在 10 秒内发出（{kept}/{all}）",
        "last 24 hours, {channel}: {percent} % left within 10 s ({kept} of {all})",
    ),
    "doctor.delivered": (
        "近 24 小时 {channel}：{percent}% 在 60 秒内送达（{kept}/{all}）",
        "last 24 hours, {channel}: {percent} % delivered within 60 s ({kept} of {all})",
    ),
    "doctor.unmapped": (
        "近 24 小时 {channel} 未知码 {code}（{count} 次）",
        "last 24 hours, {channel}: unknown code {code} ({count} times)",
    ),
    "doctor.add_code": ("请补充到 receipts.yaml", "add it to receipts.yaml"),
    "release.done": (
        "已放行；{hours} 个小时段有待发信息，将在下次复查时发出。",
        "Released; {hours} hour(s) had messages waiting, which go out at their next look.",
    ),
    "release.tests": (
        "{official} 可再试发 {messages} 条。",
        "{official} may send {messages} more.",
    ),
    "doctor.held": (
        "近 24 小时 {unit} 有 {count} 条信息被群发防护拦截",
        "last 24 hours, {unit}: {count} messages are held by the mass-send guard",
    ),
    "doctor.release": (
        "核实后由第二人执行 sanse release {unit}",
        "look, then: sanse release {unit}",
    ),
    "test.sent": ("{channel}：{status}，{reason}", "{channel}: {status}, {reason}"),
}
STATUSES: Mapping[str, tuple[str, str]] = {
    "unspecified": ("待发送", "pending"),
    "sent": ("已发出", "sent"),
    "delivered": ("已送达", "delivered"),
    "retrying": ("将重试", "to be tried again"),
    "failed": ("失败", "failed"),
    "unconfirmed": ("未确认", "unconfirmed"),
    "overtaken": ("不必发送", "not needed any more"),
    "bundled": ("已并入汇总", "told in a bundle"),
}
REASONS: Mapping[str, tuple[str, str]] = {
    "": ("", ""),
    "ok": ("成功", "ok"),
    "throttled": ("网关限流", "the gateway asks for fewer"),
    "rate_limited_here": ("达到本系统每分钟上限", "the own limit per minute is used up"),
    "refused": ("网关拒绝", "refused by the gateway"),
    "bad_address": ("号码或账号无效", "no such address"),
    "no_address": ("没有可用的联系方式", "no way to reach the person is known"),
    "no_recipient": ("责任人不在花名册", "the recipient is not on the roster"),
    "too_long": ("内容过长", "too long"),
    "timeout": ("网关未答复", "the gateway did not answer"),
    "unreachable": ("网关无法连接", "the gateway cannot be reached"),
    "gateway_error": ("网关故障", "the gateway has a fault"),
    "bad_credentials": ("网关账号或密钥有误", "the gateway refuses our key"),
    "bad_certificate": (
        "对方证书不符，未发送",
        "the gateway could not prove itself; nothing was sent",
    ),
    "bad_template": (
        "模板未审批或参数不符",
        "the template is not approved, or its values are wrong",
    ),
    "no_balance": ("网关余额不足", "the gateway account is out of money"),
    "unknown_code": ("网关答复码未知", "the gateway's code is not known"),
    "internal_error": ("本系统故障", "a fault of our own"),
    "receipt_failed": ("未送达，运营商未说明原因", "not delivered; the carrier gives no cause"),
    "no_receipt": ("未收到回执", "no receipt came"),
    "held_for_release": ("群发防护：待第二人放行", "held: a second person must release it"),
    "over_person_limit": (
        "超出本人每小时上限，待合并",
        "above what one person gets in an hour: it waits for the bundle",
    ),
    "quiet_hours": (
        "本人免打扰时段，次晨发送",
        "the person's quiet hours: it is sent in the morning",
    ),
    "acknowledged": ("本人已签收，不再追发", "acknowledged: nothing has to follow"),
    "told_already": (
        "已由同类通道告知，不再追发",
        "told by such a channel already: nothing has to follow",
    ),
    "in_bundle": ("已并入汇总信息", "told in a bundle"),
    "case_moved_on": ("案件已办或已移交", "the case moved on"),
    "phone_unreachable": ("关机、停机保号或不在服务区", "the phone is off or out of coverage"),
    "no_such_number": ("空号或停机", "the number is dead or suspended"),
    "number_blocked": ("号码在黑名单或已退订", "the number is blocked or unsubscribed"),
    "content_blocked": ("内容被运营商拦截", "the carrier blocked the text"),
    "signature_blocked": ("短信签名被拦截", "the carrier blocked the signature"),
    "carrier_limit": ("运营商限制该号码的条数", "too many messages to this number today"),
    "carrier_fault": ("运营商网络故障", "the carrier's network has a fault"),
    "not_answered": ("无人接听", "nobody answered the call"),
    "number_busy": ("占线", "the line was busy"),
    "receipt_code_unknown": ("回执码未知", "the receipt's code is not known"),
    "unsettled": ("回执未定", "the receipt says neither yes nor no"),
}
# What a person can do about a notice that failed for this reason; all others: tell the person by other means.
ADVICE: Mapping[str, tuple[str, str]] = {
    "": ("请另行告知本人。", "tell the person by other means."),
    "no_recipient": ("请在花名册中补录该责任人。", "add the person to the roster."),
    "no_address": ("请在花名册中补录联系方式。", "add a way to reach the person to the roster."),
    "bad_address": ("请核对花名册中的号码或账号。", "correct the address on the roster."),
    "no_such_number": ("请核对花名册中的手机号。", "correct the mobile number on the roster."),
    "number_blocked": ("请本人联系运营商解除拦截。", "have the person's carrier lift the block."),
    "bad_template": ("请执行 sanse templates check 并核对平台审批。", "run sanse templates check."),
    "content_blocked": ("请修改文本并重新报批。", "change the text and have it approved again."),
    "signature_blocked": ("请联系短信平台。", "ask the SMS platform."),
    "bad_credentials": ("请核对网关账号与密钥。", "correct the gateway's key in the settings."),
    "bad_certificate": (
        "请核对网关地址与其证书的签发机构。",
        "check the gateway's address and its certificate's authority.",
    ),
    "no_balance": ("请为网关账号充值。", "pay the gateway's account."),
    "receipt_code_unknown": (
        "请在 receipts.yaml 中补充该码，并另行告知本人。",
        "add the code to receipts.yaml, and tell the person by other means.",
    ),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "unspecified": ("测试信息", "test message"),
    "duty_assigned": ("新任务", "new duty"),
    "level_raised": ("等级上升", "level raised"),
    "supervision": ("督办单", "supervision notice"),
    "taken_over": ("已提级", "taken over"),
    "lowering_waits": ("降级待批", "a lowering waits"),
    "roster_gap": ("花名册缺人", "gap in the roster"),
    "legal_duty": ("法定义务", "legal duty"),
    "notice_withdrawn": ("督办单已撤销", "notice withdrawn"),
    "reply_overdue": ("督办单待回执", "answer overdue"),
    "notice_unanswered": ("督办单未回执", "notice unanswered"),
    "supervision_copy": ("督办单抄送", "copy of a notice"),
    "closing_waits": ("办结待批", "a closing waits"),
    "closing_returned": ("办结被退回", "closing returned"),
    "fill_roster": ("请补花名册", "fill the roster"),
    "reminder": ("到期提醒", "reminder"),
    "read_but_idle": ("已读未办", "read but idle"),
    "reassignment_offered": ("移交待接办", "reassignment offered"),
    "reassignment_ended": ("移交未成", "reassignment ended"),
    "support_asked": ("请求支援", "support asked"),
    "reply_answer": ("短信回复的答复", "answer to an SMS reply"),
    "bundle": ("多件通知汇总", "bundle of several notices"),
    "digest": ("今日清单", "list of the day's duties"),
    "roster_outlook": ("值班空缺预告", "gaps of the roster ahead"),
}

say = Words(TEXTS).say


def word(words: Mapping[str, tuple[str, str]], code: str) -> str:
    """The word for a code; a code of a newer version is shown as it is."""
    return words.get(code, (code, code))[english()]


def advice(reason: str) -> str:
    """What a person can do about a notice that failed for a reason."""
    return ADVICE.get(reason, ADVICE[""])[english()]
