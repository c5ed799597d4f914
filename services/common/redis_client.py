"""How all services reach Redis: the library's client, with commands packed in C.

The library packs with hiredis in its blocking client only. Its asyncio client packs in Python, which cost a third
of a lane rebuild.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.asyncio import (
    BlockingConnectionPool,
    Connection,
    Redis,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.connection import HiredisRespSerializer


class _Packed:
    """Goes before a connection class of the library."""

    _serializer = HiredisRespSerializer()

    def pack_command(self, *args: Any) -> list[bytes]:
        packed: list[bytes] = self._serializer.pack(*args)
        return packed


class _Tcp(_Packed, Connection):
    pass


class _Tls(_Packed, SSLConnection):
    pass


class _Unix(_Packed, UnixDomainSocketConnection):
    pass


_PACKED: Mapping[type[Any], type[Any]] = {
    Connection: _Tcp,
    SSLConnection: _Tls,
    UnixDomainSocketConnection: _Unix,
}


def connect(url: str, **options: Any) -> Redis:
    """A client for redis://, rediss:// or unix://; ValueError for another scheme. Close it with aclose()."""
    # Who finds no free connection waits for one: the default refuses, and a reply or receipt would be lost.
    pool = BlockingConnectionPool.from_url(url, **options)
    pool.connection_class = _PACKED[pool.connection_class]
    return Redis.from_pool(pool)
