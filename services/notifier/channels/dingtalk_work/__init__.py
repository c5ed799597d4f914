"""DingTalk work notice (钉钉工作通知)."""
