"""State, deadlines and source offsets of lanes in Redis, committed in one atomic, fenced step per lane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from services.common.lane_types import LaneOutcome

# KEYS: meta, state, due, then one key per touched set. ARGV: expected version, redis run id, then
# counted groups: positions (field, offset), puts (key, value), deletes (key), due (member, score),
# not due (member), set changes (key index, "1" add or "0" remove, member).
# The version fences: whoever was not the last to write has lost the lane and must read again.
_COMMIT = """
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= ARGV[1] then return 0 end
local at = 3
local function group(width)
  local count = tonumber(ARGV[at])
  at = at + 1
  local first = at
  at = at + count * width
  return first, at - 1
end
local function in_chunks(command, key, first, last, width)
  local chunk = 3000 * width
  for from = first, last, chunk do
    redis.call(command, key, unpack(ARGV, from, math.min(last, from + chunk - 1)))
  end
end
local first, last = group(2)
in_chunks('HSET', KEYS[1], first, last, 2)
first, last = group(2)
in_chunks('HSET', KEYS[2], first, last, 2)
first, last = group(1)
in_chunks('HDEL', KEYS[2], first, last, 1)
first, last = group(2)
in_chunks('ZADD', KEYS[3], first, last, 2)
first, last = group(1)
in_chunks('ZREM', KEYS[3], first, last, 1)
first, last = group(3)
for from = first, last, 3 do
  local command = ARGV[from + 1] == '1' and 'SADD' or 'SREM'
  redis.call(command, KEYS[3 + tonumber(ARGV[from])], ARGV[from + 2])
end
redis.call('HSET', KEYS[1], 'version', tonumber(version) + 1, 'run', ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class LaneMeta:
    """Version of a lane's state, the last offset applied per topic, and the Redis run that wrote it."""

    version: int
    positions: Mapping[str, int]
    redis_run: str


@dataclass(frozen=True, slots=True)
class LoadedLane:
    """State entries of a lane, and the version they belong to."""

    version: int
    state: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class LaneCommit:
    """All changes of one lane made by one step."""

    lane: int
    expected_version: int
    positions: Mapping[str, int]
    change: LaneOutcome


class LaneStore:
    """Redis keys prefix:service:{lane}:meta|state|due|set:<name>, one hash slot per lane."""

    def __init__(self, redis: Redis, prefix: str, service: str) -> None:
        self._redis = redis
        self._stem = f"{prefix}:{service}"
        self._script = ""
        self._run = ""

    def key(self, lane: int, part: str) -> str:
        """The Redis key of one part of a lane."""
        return f"{self._stem}:{{{lane:03d}}}:{part}"

    async def redis_run(self) -> str:
        """Identity of the running Redis process: after a restart its content may be old or gone.

        Also loads the commit script, which a restarted Redis no longer knows.
        """
        self._script = await self._redis.script_load(_COMMIT)
        info: dict[str, Any] = await self._redis.info("server")
        self._run = str(info["run_id"])
        return self._run

    async def metas(self, lanes: Sequence[int]) -> list[LaneMeta]:
        """Versions and positions of lanes; version 0 for a lane never written or lost."""
        pipe = self._redis.pipeline(transaction=False)
        for lane in lanes:
            pipe.hgetall(self.key(lane, "meta"))
        return [_meta(raw) for raw in await pipe.execute()]

    async def load(self, wanted: Mapping[int, Sequence[str]]) -> dict[int, LoadedLane]:
        """Versions and state entries per lane, read together; keys that do not exist are left out."""
        pipe = self._redis.pipeline(transaction=False)
        for lane, keys in wanted.items():
            pipe.hget(self.key(lane, "meta"), "version")
            if keys:
                pipe.hmget(self.key(lane, "state"), list(keys))
        answers = iter(await pipe.execute())
        return {lane: _loaded(next(answers), keys, answers) for lane, keys in wanted.items()}

    async def commit(self, commits: Sequence[LaneCommit]) -> list[bool]:
        """Write each lane atomically; False where the version had moved on (another owner wrote)."""
        pipe = self._redis.pipeline(transaction=False)
        for commit in commits:
            keys, arguments = self._script_input(commit)
            pipe.evalsha(self._script, len(keys), *keys, *arguments)
        return [answer == 1 for answer in await pipe.execute()]

    def _script_input(self, commit: LaneCommit) -> tuple[list[str], list[Any]]:
        change = commit.change
        sets = sorted({name for name, _ in change.members})
        keys = [self.key(commit.lane, part) for part in ("meta", "state", "due")]
        keys += [self.key(commit.lane, f"set:{name}") for name in sets]
        puts = [(k, v) for k, v in change.puts.items() if v is not None]
        deletes = [(k,) for k, v in change.puts.items() if v is None]
        due = [(when, member) for member, when in change.deadlines.items() if when is not None]
        not_due = [(member,) for member, when in change.deadlines.items() if when is None]
        members = [
            (sets.index(name) + 1, "1" if add else "0", member)
            for (name, member), add in change.members.items()
        ]
        positions = [(f"pos:{topic}", offset) for topic, offset in commit.positions.items()]
        arguments: list[Any] = [commit.expected_version, self._run]
        for rows in (positions, puts, deletes, due, not_due, members):
            arguments += _counted(rows)
        return keys, arguments

    async def due(self, lane: int, until_ms: int, limit: int = 1000) -> list[tuple[str, int]]:
        """Deadlines of a lane up to a time, earliest first: (member, due in ms)."""
        rows: Any = await self._redis.zrangebyscore(
            self.key(lane, "due"), "-inf", until_ms, start=0, num=limit, withscores=True
        )
        return [(member.decode(), int(score)) for member, score in rows]

    async def upcoming(self, lanes: Mapping[int, int]) -> dict[int, list[tuple[str, int]]]:
        """The earliest deadlines of many lanes in one trip: lane to how many, giving (member, due in ms)."""
        pipe = self._redis.pipeline(transaction=False)
        for lane, limit in lanes.items():
            pipe.zrange(self.key(lane, "due"), 0, limit - 1, withscores=True)
        return {
            lane: [(member.decode(), int(score)) for member, score in rows]
            for lane, rows in zip(lanes, await pipe.execute(), strict=True)
        }

    async def next_due(self, lanes: Sequence[int]) -> dict[int, int]:
        """The earliest deadline of each lane that has one."""
        pipe = self._redis.pipeline(transaction=False)
        for lane in lanes:
            pipe.zrange(self.key(lane, "due"), 0, 0, withscores=True)
        answers = await pipe.execute()
        return {lane: int(rows[0][1]) for lane, rows in zip(lanes, answers, strict=True) if rows}

    async def get(self, lane: int, key: str) -> bytes | None:
        """One state entry, for query APIs."""
        found: Any = await self._redis.hmget(self.key(lane, "state"), [key])
        value: bytes | None = found[0]
        return value

    async def members(self, lanes: Iterable[int], name: str) -> list[tuple[int, str]]:
        """Members of a named set over lanes: (lane, member)."""
        lanes = list(lanes)
        pipe = self._redis.pipeline(transaction=False)
        for lane in lanes:
            pipe.smembers(self.key(lane, f"set:{name}"))
        answers = await pipe.execute()
        return [
            (lane, member.decode())
            for lane, found in zip(lanes, answers, strict=True)
            for member in sorted(found)
        ]


def _counted(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    return [len(rows), *(value for row in rows for value in row)]


def _loaded(version: bytes | None, keys: Sequence[str], answers: Iterator[Any]) -> LoadedLane:
    values = next(answers) if keys else ()
    state = {key: value for key, value in zip(keys, values, strict=True) if value is not None}
    return LoadedLane(int(version or 0), state)


def _meta(raw: Mapping[bytes, bytes]) -> LaneMeta:
    positions = {
        key[4:].decode(): int(value) for key, value in raw.items() if key.startswith(b"pos:")
    }
    return LaneMeta(int(raw.get(b"version", 0)), positions, raw.get(b"run", b"").decode())
