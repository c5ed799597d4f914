"""What the commands around duties say: policy, serials, load, digest, promises; in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from services.cli.texts import Words

TEXTS: Mapping[str, tuple[str, str]] = {
    "policy.case_no": ("编号", "case no."),
    "policy.from": ("现行版本", "version now"),
    "policy.next": ("下一步", "next"),
    "policy.due": ("期限", "due"),
    "policy.next_after": ("变更后下一步", "next after"),
    "policy.due_after": ("变更后期限", "due after"),
    "policy.effect": ("影响", "effect"),
    "policy.effect.same": ("期限不变", "deadline stays"),
    "policy.effect.sooner": ("期限提前", "due sooner"),
    "policy.effect.later": ("期限延后", "due later"),
    "policy.effect.overdue_before": ("原已逾期，照旧督办", "overdue before, stays so"),
    "policy.effect.overdue_by_it": ("因变更而逾期", "overdue by the change"),
    "policy.summary": ("{count} 件在办案件将改用 {to}", "{count} open cases would go under {to}"),
    "policy.more": ("另有 {count} 件未列出", "{count} more are not shown"),
    "policy.saved": (
        "提案已写入 {file}（{count} 件）；须由上一级的另一人执行 sanse policy apply",
        "proposal of {count} cases in {file}; another person a tier above applies it: sanse policy apply",
    ),
    "policy.sent": (
        "已提交 {count} 件改用 {to} 的指令；结果以各案台账为准",
        "{count} commands for {to} written; each case's ledger says what became of it",
    ),
    "policy.refused": (
        "{count} 件未能提交，原因如上；其余已提交",
        "{count} were refused, for the reasons above; the others are written",
    ),
    "policy.unknown": (
        "没有政策 {to}；现有：{allowed}",
        "there is no policy {to}; there are: {allowed}",
    ),
    "policy.no_proposal": ("不是提案文件：{why}", "no proposal: {why}"),
    "policy.second_person": (
        "{who} 是提案人，须由另一人批准",
        "{who} made the proposal; another person must approve it",
    ),
    "load.official": ("责任人", "official"),
    "load.cases": ("在办", "open"),
    "load.red": ("红色", "red"),
    "load.yellow": ("黄色", "yellow"),
    "load.overdue": ("逾期", "overdue"),
    "load.due_within_a_day": ("一日内到期", "due within a day"),
    "load.unanswered": ("待回执督办单", "notices to answer"),
    "load.total": (
        "共 {officials} 人，在办 {cases} 件，逾期 {overdue} 件",
        "{officials} officials, {cases} open cases, {overdue} overdue",
    ),
    "digest.title": ("{who} 今日清单", "Today for {who}"),
    "digest.new": ("一日内新增：{count}", "new within a day: {count}"),
    "digest.overdue": ("已逾期：{count}", "overdue: {count}"),
    "digest.due_today": ("一日内到期：{count}", "due within a day: {count}"),
    "digest.later": ("其余在办：{count}", "due later: {count}"),
    "digest.to_answer": ("待回执督办单：{count}", "notices to answer: {count}"),
    "digest.legal_duties": ("未履行的法定义务：{count}", "duties of the law still owed: {count}"),
    "digest.lowering_waits": (
        "降级待第二人批准：{count}",
        "lowerings that wait for a second person: {count}",
    ),
    "handover.title": ("{who} 交接清单", "What {who} hands over"),
    "audit.found": ("[red]核查发现 {count} 个问题[/]", "[red]the audit found {count} faults[/]"),
    "audit.clean": ("核查一遍，无问题", "audited once: nothing found"),
    "doctor.audit_away": (
        "督办引擎无人监督：请启动审计进程",
        "nobody watches the engine: start the auditor",
    ),
    "doctor.audit_none": ("审计：还没有完成过一遍", "audit: no pass completed yet"),
    "doctor.audit_last": (
        "审计：{ago} 秒前完成一遍，发现 {count} 个问题",
        "audit: a pass completed {ago} s ago, {count} faults found",
    ),
    "doctor.audit_blind": (
        "连续 {failed} 遍未能完成（{error}）：请查看审计进程日志",
        "the last {failed} passes could not be completed ({error}): see the auditor's log",
    ),
    "doctor.audit_late": (
        "审计进程停滞：请查看其日志",
        "the auditor stands still: see its log",
    ),
    "doctor.audit_unheard": (
        "审计：未设置告警地址（SANSE_AUDIT_ALARM_URL、SANSE_AUDIT_HEARTBEAT_URL），问题只在此处可见",
        "audit: nobody outside is told (SANSE_AUDIT_ALARM_URL, SANSE_AUDIT_HEARTBEAT_URL)",
    ),
    "serials.register": ("文号簿", "register"),
    "serials.allotted": ("已编号", "allotted"),
    "serials.on_their_way": ("在途", "on their way"),
    "serials.void": ("作废", "void"),
    "serials.broken_register": (
        "文号簿 {what} 不连续或被改动",
        "register {what} has a gap or was changed",
    ),
    "serials.strange_entry": ("多余的文号记录：{what}", "an entry that fits nowhere: {what}"),
    "serials.number_twice": ("文号重复：{what}", "number allotted twice: {what}"),
    "serials.notice_twice": ("同一督办单两个文号：{what}", "a notice with two numbers: {what}"),
    "serials.not_in_register": (
        "文号簿中没有案件所载文号 {what}",
        "a case carries {what}, which no register allotted",
    ),
    "serials.other_number": (
        "案件所载文号 {what} 与文号簿不符",
        "a case carries {what}, its register says otherwise",
    ),
    "serials.whole": (
        "共 {numbers} 个文号，不跳号、不重号；待编号 {waiting} 件",
        "{numbers} numbers, no gap and no repeat; {waiting} notices wait for theirs",
    ),
    "serials.wrong": (
        "共 {numbers} 个文号，发现 {faults} 处问题；待编号 {waiting} 件",
        "{numbers} numbers, {faults} faults; {waiting} notices wait for theirs",
    ),
    "case.read": ("{who} 于 {time} 已读，未办", "{who} read it at {time}; nothing has followed"),
    "case.acknowledged_by": (
        "{who} {duty} 于 {time} 签收",
        "{who} {duty} acknowledged at {time}",
    ),
    "case.offered": (
        "拟移交 {who}，须于 {due} 前接办；此前由原责任人负责",
        "offered to {who}, to be accepted by {due}; the owner stays responsible until then",
    ),
    "case.broken": (
        "签收失效：{act}逾期未办（{due}）",
        "acknowledgement void: {act} was not done by {due}",
    ),
}

say = Words(TEXTS).say
