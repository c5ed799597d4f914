"""Huawei Cloud SMS (华为云短信, batchSendSms v1)."""
