"""The texts of all problems, Chinese and English, on one page."""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.domain.problems import Problem, Reason

_TEXTS: Mapping[Reason, tuple[str, str]] = {
    Reason.JSON_MALFORMED: (
        "不是合法的 JSON：第 {line} 行第 {column} 列附近有误",
        "not valid JSON: see line {line}, column {column}",
    ),
    Reason.JSON_NOT_OBJECT: (
        "{path} 应为一个 JSON 对象（花括号），收到的是{got_zh}",
        "{path} must be a JSON object (curly braces), but is {got_en}",
    ),
    Reason.PROTOBUF_MALFORMED: (
        "请求不是合法的 protobuf 消息 {message_type}",
        "the request is not a valid protobuf message {message_type}",
    ),
    Reason.CLOUDEVENT_MALFORMED: (
        "不是合法的 CloudEvents 1.0：{path} 缺失或有误",
        "not a valid CloudEvents 1.0 event: {path} is missing or wrong",
    ),
    Reason.SOURCE_UNKNOWN: (
        "CloudEvents 来源未登记；请在 SANSE_UPSTREAM_SOURCES 中登记",
        "this CloudEvents source is not registered; add it to SANSE_UPSTREAM_SOURCES",
    ),
    Reason.ENCODING_BROKEN: (
        "文字编码有误：请用 UTF-8 发送",
        "the text encoding is wrong: please send UTF-8",
    ),
    Reason.ENCODING_MIXED: (
        "第 {row} 行的编码与文件其余部分（{encoding}）不同；请把整个文件存为 UTF-8 后重新导入",
        "row {row} is encoded otherwise than the rest of the file ({encoding}); save the whole file as UTF-8 and"
        " import it again",
    ),
    Reason.RECORD_TOO_LARGE: (
        "报告有 {size} 字节，超过上限 {limit} 字节",
        "the report has {size} bytes; the limit is {limit} bytes",
    ),
    Reason.FIELD_MISSING: ("缺少必填字段 {path}", "the required field {path} is missing"),
    Reason.FIELD_UNKNOWN: ("不认识的字段 {path}", "unknown field {path}"),
    Reason.FIELD_FORBIDDEN: (
        "字段 {path} 不得采集：民族、宗教信仰、政治观点和信访经历一律不收，请删除后重发",
        "field {path} must not be collected: ethnicity, religion, political opinion and petition history are never"
        " taken in; remove it and send again",
    ),
    Reason.FIELD_NOT_EXPECTED: (
        "{path} 只能在状态为“已评估”（assessed）时填写",
        "{path} may be given only when the status is assessed",
    ),
    Reason.OWN_LEVEL_MISSING: (
        "缺少 {path}：评估人须先写下自己的判断，再看系统评级",
        "{path} is missing: the assessor's own level is recorded before the computed one is shown",
    ),
    Reason.TYPE_WRONG: (
        "{path} 应为{want_zh}，收到的是{got_zh}",
        "{path} must be {want_en}, but is {got_en}",
    ),
    Reason.CODE_UNKNOWN: ("{path} 的值不在代码表中", "the value of {path} is not in the code list"),
    Reason.TEXT_MALFORMED: (
        "{path} 的写法不对，应为：{shape_zh}",
        "{path} is not written as it should be: {shape_en}",
    ),
    Reason.TEXT_TOO_LONG: (
        "{path} 超过 {limit} 个字",
        "{path} is longer than {limit} characters",
    ),
    Reason.IDENTITY_NUMBER: (
        "{path} 像是身份证号或手机号；请改用户编号或工号，不要填写个人号码",
        "{path} looks like an identity-card or mobile number; use a household or staff number instead",
    ),
    Reason.DATE_MALFORMED: (
        "{path} 不是日期时间，例如 2026-03-01T09:30:00+08:00",
        "{path} is not a date and time, such as 2026-03-01T09:30:00+08:00",
    ),
    Reason.DATE_NO_ZONE: (
        "{path} 没有时区；请在末尾加上 +08:00（或 Z）",
        "{path} has no time zone; add +08:00 (or Z) at the end",
    ),
    Reason.DATE_IN_FUTURE: (
        "{path} 在未来（允许误差 5 分钟）；请检查年份和设备时钟",
        "{path} is in the future (5 minutes are tolerated); check the year and the device's clock",
    ),
    Reason.DATE_TOO_OLD: (
        "{path} 早于 {years} 年前；请检查年份",
        "{path} is more than {years} years ago; check the year",
    ),
    Reason.JURISDICTION_MALFORMED: (
        "{path} 应为 6 位（州、县）、9 位（乡镇）、12 位（村）或 15 位（网格）数字",
        "{path} must have 6 digits (prefecture, county), 9 (township), 12 (village) or 15 (grid)",
    ),
    Reason.JURISDICTION_UNKNOWN: (
        "{path} 的区划代码不存在{nearest_zh}",
        "the division code in {path} does not exist{nearest_en}",
    ),
    Reason.HOUSEHOLD_SAME: (
        "{path} 与迁出户相同；迁入户应为另一户",
        "{path} is the household that is left; the one moved to must be another",
    ),
    Reason.HOUSEHOLD_MALFORMED: (
        "{path} 应为 8 至 24 位的数字、大写字母或连字符",
        "{path} must be 8 to 24 digits, capital letters or hyphens",
    ),
    Reason.PACK_UNKNOWN: (
        "{path} 指定的规则包不存在",
        "the rule pack named in {path} does not exist",
    ),
    Reason.INDICATOR_UNKNOWN: (
        "{path} 不是规则包 {pack} 的指标",
        "{path} is no indicator of the rule pack {pack}",
    ),
    Reason.NUMBER_OUT_OF_RANGE: (
        "{path} 应为 {low} 至 {high} 的整数",
        "{path} must be a whole number from {low} to {high}",
    ),
    # These stand in the clear on the rejects topic: a limit of one category would tell which it is.
    Reason.SUPPORT_CATEGORY_UNKNOWN: (
        "{path} 不是已批准的帮扶类别",
        "{path} is no approved support category",
    ),
    Reason.SUPPORT_CATEGORY_SHOWN: (
        "{path} 中写有帮扶类别；编号会出现在各系统中，请换成不含类别的编号",
        "{path} says a support category; numbers are seen in many places, so use one that says none",
    ),
    Reason.SUPPORT_INTERVAL_LONG: (
        "{path} 长于该类别允许的走访间隔；各类别的上限见接口说明页",
        "{path} is longer than the category allows; the API page lists each category's limit",
    ),
    Reason.SUPPORT_FIRST_VISIT_LATE: (
        "{path} 应在发生时间之后一个走访间隔之内，且不晚于计划结束时间",
        "{path} must be within one interval after occurred_at and not after the plan's end",
    ),
    Reason.SUPPORT_ENDS_LATE: (
        "{path} 晚于该类别的截止日期；各类别的截止日期见接口说明页",
        "{path} is after the category's last day; the API page lists each category's",
    ),
    Reason.SUPPORT_ENDS_EARLY: (
        "{path} 应晚于发生时间 occurred_at",
        "{path} must be after occurred_at",
    ),
    Reason.SCOPE_DENIED: (
        "本密钥（来源 {source}）无权报送 {kind} 类报告",
        "this key (source {source}) may not send reports of type {kind}",
    ),
    Reason.JURISDICTION_DENIED: (
        "本密钥（来源 {source}）只能报送 {jurisdiction} 辖区内的报告",
        "this key (source {source}) may only send reports from {jurisdiction}",
    ),
    Reason.COLUMN_TWICE: ("表头中有两列 {path}", "the header has the column {path} twice"),
    Reason.FILE_UNREADABLE: (
        "无法读取文件：{why_zh}",
        "the file cannot be read: {why_en}",
    ),
    Reason.ROW_MALFORMED: (
        "第 {row} 行有 {got} 列，表头有 {want} 列；请检查逗号和引号",
        "row {row} has {got} columns and the header {want}; check commas and quotation marks",
    ),
    Reason.CELL_MERGED: (
        "第 {row} 行含合并单元格 {cell}；请取消合并并逐行填写（回放时按合并值填充）",
        "row {row} has merged cells {cell}; unmerge them and fill in every row (a replay fills in the merged value)",
    ),
    Reason.CELL_ERROR: (
        "单元格 {cell} 是公式错误；请改成文字",
        "cell {cell} holds a formula error; replace it by text",
    ),
    Reason.CELL_IMPRECISE: (
        "单元格 {cell} 的数字超过 15 位，Excel 已丢失末尾；请把该列设为文本格式后重填",
        "cell {cell} holds a number of more than 15 digits, whose end Excel has lost; format the column as text and"
        " fill it in again",
    ),
}
_NEAR = ("；是否应为 {near}？", "; did you mean {near}?")
_ALLOWED = ("；可用：{allowed}", "; allowed: {allowed}")
_TYPE_NAMES: Mapping[type, tuple[str, str]] = {
    dict: ("对象", "an object"),
    list: ("数组", "a list"),
    str: ("文字", "a text"),
    bool: ("布尔值", "true or false"),
    int: ("数字", "a number"),
    float: ("数字", "a number"),
    type(None): ("空值", "null"),
}


def problem(
    reason: Reason, path: str, allowed: str = "", near: str = "", **values: object
) -> Problem:
    """A problem with both texts filled in."""
    filled = {"path": path or "report", "allowed": allowed, "near": near, **values}
    tail = _NEAR if near else _ALLOWED if allowed else ("", "")
    zh, en = (
        (text + end).format_map(filled) for text, end in zip(_TEXTS[reason], tail, strict=True)
    )
    return Problem(reason, path, zh, en, allowed or near)


def type_problem(path: str, wanted: type, got: object) -> Problem:
    """The value at `path` has the wrong JSON type."""
    want_zh, want_en = _TYPE_NAMES[wanted]
    got_zh, got_en = _TYPE_NAMES.get(type(got), ("其他", "something else"))
    reason = Reason.JSON_NOT_OBJECT if wanted is dict else Reason.TYPE_WRONG
    return problem(reason, path, want_zh=want_zh, want_en=want_en, got_zh=got_zh, got_en=got_en)
