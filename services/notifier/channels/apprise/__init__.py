"""Whatever Apprise reaches: an optional long tail (可选的其他渠道)."""
