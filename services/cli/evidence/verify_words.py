"""What a verification says, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from services.cli.evidence.verify import Check, Fault, Result
from services.cli.texts import english

CHECKS: Mapping[Check, tuple[str, str]] = {
    Check.FORM: ("文件格式规范", "The file has its one form"),
    Check.SIGNATURE: ("签名有效", "The signature is valid"),
    Check.CHAIN: ("台账链完整", "The ledger chain is whole"),
    Check.ENTRIES: ("台账文字与原始字节一致", "Each entry says what its bytes say"),
    Check.CASE: ("案件概况与台账一致", "The case is as its ledger says"),
    Check.DECISIONS: ("每项评定均有台账依据", "Each decision belongs to the ledger"),
    Check.DUTIES: ("法定义务与台账一致", "The legal duties are as the ledger says"),
    Check.SUPERVISION: ("督办单与台账一致", "The supervision notices are as the ledger says"),
    Check.NOTICES: ("每条通知均有台账依据", "Each notice belongs to a ledger entry"),
    Check.DELIVERIES: ("每次送达均对应通知", "Each delivery belongs to a notice"),
    Check.COMMANDS: ("指令与台账一致", "The commands are as the ledger says"),
    Check.VISITS: ("走访与台账一致", "The visits are as the ledger says"),
}
FAULTS: Mapping[Fault, tuple[str, str]] = {
    Fault.NOT_THE_ONE_FORM: ("不是规范的案卷文件", "this is no case file in its one form"),
    Fault.NO_KEY: (
        "未给出公钥，无法核验签名；请用 --key 指定",
        "no public key given: name one with --key",
    ),
    Fault.WRONG_SIGNATURE: ("签名与内容或公钥不符", "the signature fits neither content nor key"),
    Fault.BROKEN_CHAIN: ("链条断裂", "the chain breaks"),
    Fault.UNREADABLE_ENTRY: (
        "台账无法读取，其后各项未核验",
        "an entry cannot be read; no more was checked",
    ),
    Fault.ENTRY_DIFFERS: (
        "该条文字与字节不符，序号",
        "this entry's words differ from its bytes, number",
    ),
    Fault.CASE_DIFFERS: ("该项与台账不符", "this differs from the ledger"),
    Fault.NOT_REFERENCED: ("台账中无此评定", "no entry names this decision"),
    Fault.NOT_DECLARED_MISSING: ("缺失项未如实列出", "what is missing is not listed as it is"),
    Fault.NOT_AS_IN_LEDGER: ("与台账不符", "not as the ledger says"),
    Fault.NO_ENTRY: ("该通知无台账依据", "this notice belongs to no entry"),
    Fault.NO_NOTICE: ("该送达无对应通知", "this delivery belongs to no notice"),
}
_MARK = ("✓", "✗")
_COUNTED = (
    ("核验通过：{n} 项", "Verified: {n} checks"),
    ("核验未通过：{n} 项不符", "NOT verified: {n} failed"),
)


def lines(results: Sequence[Result]) -> Iterator[str]:
    """A line for each check, the findings under it, and a last one that sums up."""
    language = english()
    for result in results:
        yield f"{_MARK[not result.holds]} {CHECKS[result.check][language]}"
        for one in result.findings:
            yield f"    {FAULTS[one.fault][language]}: {one.where}"
    failed = sum(not result.holds for result in results)
    yield _COUNTED[bool(failed)][language].format(n=failed or len(results))
