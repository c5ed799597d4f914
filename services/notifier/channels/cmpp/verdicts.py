"""What the gateway's codes mean: of CONNECT, of SUBMIT, and whether a status report is the phone's yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.notifier.channels.cmpp.pdus import Version
from services.notifier.domain.results import (
    Reason,
    SendResult,
    accepted,
    give_up,
    misconfigured,
    retry,
    switch,
)

# 流量控制错: the account's messages a second are used up; the next second is another.
FLOW_CONTROL = 8
OTHER_ERROR = 9
_A_SECOND_MS = 1000
_CONNECT: Mapping[int, SendResult] = {
    # 消息结构错
    1: misconfigured(Reason.REFUSED),
    # 非法源地址
    2: misconfigured(Reason.BAD_CREDENTIALS),
    # 认证错
    3: misconfigured(Reason.BAD_CREDENTIALS),
    # 版本太高
    4: misconfigured(Reason.REFUSED),
    # 其他错误
    5: retry(Reason.GATEWAY_ERROR),
}
_SUBMIT: Mapping[int, SendResult] = {
    0: accepted(),
    # 消息结构错, 命令字错: the gateway speaks another version.
    1: misconfigured(Reason.REFUSED),
    2: misconfigured(Reason.REFUSED),
    # 消息序号重复: never sent twice from here, so the gateway remembers an older connection.
    3: retry(Reason.GATEWAY_ERROR),
    # 消息长度错
    4: misconfigured(Reason.REFUSED),
    # 资费代码错
    5: misconfigured(Reason.REFUSED),
    # 超过最大信息长
    6: give_up(Reason.TOO_LONG),
    # 业务代码错
    7: misconfigured(Reason.REFUSED),
    FLOW_CONTROL: retry(Reason.THROTTLED, _A_SECOND_MS),
    # Src_Id 错, Msg_src 错, Fee_terminal_Id 错, Dest_terminal_Id 错
    10: misconfigured(Reason.REFUSED),
    11: misconfigured(Reason.BAD_CREDENTIALS),
    12: misconfigured(Reason.REFUSED),
    13: give_up(Reason.BAD_ADDRESS),
}
# 2.0 says "other errors", 3.0 says that this gateway does not serve the number.
_NINE: Mapping[Version, SendResult] = {
    Version.V20: retry(Reason.GATEWAY_ERROR),
    Version.V30: switch(Reason.REFUSED),
}


def read_connect(status: int) -> SendResult | None:
    """None when signed in, else what to do about the refusal."""
    if status == 0:
        return None
    found = _CONNECT.get(status) or misconfigured(Reason.UNKNOWN_CODE)
    return replace(found, provider_code=f"connect {status}")


def read_result(result: int, version: Version) -> SendResult:
    """What an answer to SUBMIT means; a code nobody has mapped asks for a person."""
    found = _NINE[version] if result == OTHER_ERROR else _SUBMIT.get(result)
    return replace(found or misconfigured(Reason.UNKNOWN_CODE), provider_code=str(result))


def arrived(stat: str) -> bool:
    """Whether Stat is the phone's yes; what other words mean is told by deploy/templates/receipts.yaml."""
    return stat.strip().upper() == "DELIVRD"
