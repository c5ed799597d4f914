"""Rosters of posts: who is on duty where and when, and who changed it."""
