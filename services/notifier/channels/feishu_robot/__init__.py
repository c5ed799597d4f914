"""Feishu or Lark custom robot (飞书自定义机器人)."""
