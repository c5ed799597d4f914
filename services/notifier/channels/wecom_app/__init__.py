"""WeCom application message (企业微信应用消息)."""
