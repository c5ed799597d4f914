"""DingTalk interactive card (钉钉互动卡片)."""
