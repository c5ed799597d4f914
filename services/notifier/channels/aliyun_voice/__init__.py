"""Aliyun voice notices (阿里云语音通知, Dyvmsapi 2017-05-25)."""
