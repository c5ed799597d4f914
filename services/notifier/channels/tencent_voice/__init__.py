"""Tencent Cloud voice notices (腾讯云语音消息, 2020-09-02)."""
