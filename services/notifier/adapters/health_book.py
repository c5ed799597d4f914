"""How providers did of late, added up in Redis by all workers. Lost with Redis, all are thought well again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from services.notifier.domain.providers import ProviderPolicy, Recent

# KEYS: the book, one field a channel: four figures and the time they are of. ARGV: how many ms halve failing, and
# slowness; then channel and four figures to add, for each channel. Answers the four figures of each as they are now.
_ADD = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local answers = {}
for at = 3, #ARGV, 5 do
  local figures = {0, 0, 0, 0}
  local known = redis.call('HGET', KEYS[1], ARGV[at])
  if known then
    local parts = {}
    for part in string.gmatch(known, '[^ ]+') do parts[#parts + 1] = tonumber(part) end
    for n = 1, 4 do
      local half = tonumber(ARGV[n < 3 and 1 or 2])
      figures[n] = parts[n] * 0.5 ^ ((now - parts[5]) / half)
    end
  end
  local added = false
  for n = 1, 4 do
    local more = tonumber(ARGV[at + n])
    added = added or more > 0
    figures[n] = figures[n] + more
  end
  local said = string.format('%.4f %.4f %.4f %.4f', unpack(figures))
  if added then redis.call('HSET', KEYS[1], ARGV[at], said .. ' ' .. now) end
  answers[#answers + 1] = said
end
return answers
"""


class HealthBook:
    """Key prefix:notify:health."""

    def __init__(self, redis: Redis, prefix: str, policy: ProviderPolicy) -> None:
        self._key = f"{prefix}:notify:health"
        self._halves = [policy.failing.half_in_ms, policy.slow.half_in_ms]
        self._script = redis.register_script(_ADD)

    async def add(self, more: Mapping[str, Recent]) -> Mapping[str, Recent]:
        """Add what was seen, nothing where there is nothing to add; how each of these channels does now."""
        rows = [(name, r.asked, r.failed, r.timed, r.slow) for name, r in more.items()]
        arguments = [*self._halves, *(value for row in rows for value in row)]
        answers: Sequence[bytes] = await self._script(keys=[self._key], args=arguments)
        return {
            name: Recent(*(float(figure) for figure in said.split()))
            for name, said in zip(more, answers, strict=True)
        }
