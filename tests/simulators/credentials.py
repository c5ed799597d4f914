"""The only credentials the simulators accept: plainly test values, worthless anywhere else.

A robot token or key may carry a suffix ("test-wecom-key-nanhua"), which makes one more robot
with the same secret, so that every county can have a group of its own.
"""

from typing import Final

WECOM_ROBOT_KEY: Final = "test-wecom-key"

WECOM_CORP_ID: Final = "test-wecom-corp"
WECOM_CORP_SECRET: Final = "test-wecom-corp-secret"
WECOM_AGENT_ID: Final = 1000002
WECOM_CALLBACK_TOKEN: Final = "testcallbacktoken"
WECOM_CALLBACK_KEY: Final = "testtesttesttesttesttesttesttesttesttesttes"

DINGTALK_TOKEN: Final = "test-dingtalk-token"
DINGTALK_SECRET: Final = "SEC-test-dingtalk-secret"
# A robot that is protected by a keyword instead of a signature.
DINGTALK_KEYWORD_TOKEN: Final = "test-dingtalk-keyword"
DINGTALK_KEYWORD: Final = "三色"

DINGTALK_APP_KEY: Final = "test-dingtalk-app"
DINGTALK_APP_SECRET: Final = "test-dingtalk-app-secret"
DINGTALK_AGENT_ID: Final = 1234567
DINGTALK_CARD_TEMPLATE: Final = "test-card-template.schema"

FEISHU_TOKEN: Final = "test-feishu-token"
FEISHU_SECRET: Final = "test-feishu-secret"

FEISHU_APP_ID: Final = "cli_test_feishu"
FEISHU_APP_SECRET: Final = "test-feishu-app-secret"
FEISHU_ENCRYPT_KEY: Final = "test-feishu-encrypt-key"
FEISHU_VERIFICATION_TOKEN: Final = "test-feishu-verification"

ALIYUN_KEY_ID: Final = "test-aliyun-id"
ALIYUN_KEY_SECRET: Final = "test-aliyun-secret"
ALIYUN_SIGN_NAME: Final = "三色预警"

TENCENT_SECRET_ID: Final = "test-tencent-id"
TENCENT_SECRET_KEY: Final = "test-tencent-key"
TENCENT_SDK_APP_ID: Final = "1400000001"
TENCENT_SIGN_NAME: Final = "三色预警"

TENCENT_VOICE_APP_ID: Final = "1400000002"

HUAWEI_APP_KEY: Final = "test-huawei-key"
HUAWEI_APP_SECRET: Final = "test-huawei-secret"
HUAWEI_SENDER: Final = "8820000000001"
HUAWEI_SIGN_NAME: Final = "三色预警"

CMPP_SP_ID: Final = "901234"
CMPP_SECRET: Final = "test-cmpp-secret"
CMPP_SRC_ID: Final = "1069012345"
CMPP_SERVICE_ID: Final = "SANSE"

SMPP_SYSTEM_ID: Final = "test-smpp"
SMPP_PASSWORD: Final = "smpp-pw1"
SMPP_SOURCE: Final = "1069054321"

SMTP_USER: Final = "test-smtp-user"
SMTP_PASSWORD: Final = "test-smtp-password"

WEBHOOK_SECRET: Final = "test-webhook-secret"


def belongs(presented: str, known: str) -> bool:
    """Whether a presented robot token is the known one or the known one with a suffix."""
    return presented == known or presented.startswith(f"{known}-")
