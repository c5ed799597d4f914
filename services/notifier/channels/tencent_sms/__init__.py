"""Tencent Cloud SMS (腾讯云短信, 2021-01-11)."""
