"""How large and how old things may be."""

from __future__ import annotations

MAX_REPORT_BYTES = 64 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_BATCH_REPORTS = 10_000
MAX_STREAM_REPORTS = 100_000
# An original beyond this is not kept with its reject: it could not be accepted on replay anyhow.
MAX_KEPT_ORIGINAL_BYTES = 256 * 1024
MAX_PROBLEMS = 20

FUTURE_TOLERANCE_MS = 5 * 60 * 1000
_YEAR_MS = 365 * 24 * 3600 * 1000 + 6 * 3600 * 1000
OLDEST_YEARS = 10
OLDEST_MS = OLDEST_YEARS * _YEAR_MS
