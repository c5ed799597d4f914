"""DingTalk group robot (钉钉群机器人)."""
