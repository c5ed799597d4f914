"""Signed webhook, for a receiving system of the unit's own (签名回调)."""
