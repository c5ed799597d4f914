"""Commands packed in C are the same bytes as the library's own packing, for all that we send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Connection

from services.common.redis_client import connect

_ARGUMENTS = st.lists(
    st.one_of(st.text(), st.binary(), st.integers(), st.floats(allow_nan=False)), max_size=20
)


def _of(url: str) -> Connection:
    pool = connect(url).connection_pool
    made: Connection = pool.make_connection()
    return made


@given(_ARGUMENTS)
def test_the_same_bytes_as_the_librarys_own_packing(
    arguments: list[str | bytes | int | float],
) -> None:
    """Text, bytes and numbers, also in a command of two words."""
    ours, theirs = _of("redis://127.0.0.1"), Connection()
    for name in ("EVALSHA", "CONFIG GET", b"SCRIPT LOAD"):
        packed = b"".join(ours.pack_command(name, *arguments))
        assert packed == b"".join(theirs.pack_command(name, *arguments))


@pytest.mark.parametrize("url", ["redis://127.0.0.1", "rediss://127.0.0.1", "unix:///tmp/none"])
def test_every_kind_of_address_packs_so(url: str) -> None:
    """A connection over TLS or a socket file too."""
    assert b"".join(_of(url).pack_command("GET", "k")) == b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
    assert type(_of(url)).pack_command is not Connection.pack_command
