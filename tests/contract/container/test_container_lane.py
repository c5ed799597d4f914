"""The lane store on the very Redis image that docker-compose.yml names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
import yaml
from redis.asyncio import Redis
from testcontainers.community.redis import RedisContainer
from testcontainers.core.network import Network

from services.common.lane_store import LaneCommit, LaneStore
from services.common.lane_types import LaneOutcome
from services.common.settings import REPOSITORY

pytestmark = pytest.mark.container
_CHOICE = re.compile(r"\$\{(\w+):-([^}]+)\}")


@pytest.fixture(scope="module")
def redis_of_compose() -> Iterator[str]:
    """A container of the image the deployment uses, as a redis:// address."""
    image = _image("redis")
    with Network() as network:
        container = RedisContainer(image).with_network(network)
        container.with_command("redis-server --protected-mode no --dir /tmp")
        with container:
            host, port = container.get_container_host_ip(), container.get_exposed_port(6379)
            yield f"redis://{host}:{port}/0"


def _image(service: str) -> str:
    """The image of a service as compose reads it: the variable when set, else its default."""
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    variable, default = _CHOICE.fullmatch(compose["services"][service]["image"]).groups()
    return os.environ.get(variable) or default


async def test_the_version_fences_on_the_deployed_redis(redis_of_compose: str) -> None:
    """Of two commits with the same expected version one is stored, the other refused."""
    redis = Redis.from_url(redis_of_compose)
    store = LaneStore(redis, "container", "test")
    await store.redis_run()
    first = LaneCommit(7, 0, {"t": 1}, LaneOutcome((), {"k": b"first"}))
    second = LaneCommit(7, 0, {"t": 2}, LaneOutcome((), {"k": b"second"}))
    assert await store.commit([first]) == [True]
    assert await store.commit([second]) == [False]
    assert await store.get(7, "k") == b"first"
    await redis.aclose()
