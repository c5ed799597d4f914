"""The embedded lane: the wheels of last resort, for trying out only."""
