"""Feishu application message (飞书应用消息)."""
