"""Lanes: a subject hashes to one of 256 lanes; a lane lives in one partition and one worker, in order."""

from __future__ import annotations

from zlib import crc32

LANES = 256


def lane_of(subject_id: str) -> int:
    """The lane of a subject; stable for ever, since stored state depends on it."""
    return crc32(subject_id.encode()) % LANES


def lane_key(lane: int) -> bytes:
    """The Kafka record key of a lane: three digits."""
    return b"%03d" % lane


def lane_from_key(key: bytes) -> int:
    """The lane a record key names; ValueError when it is not 000 to 255."""
    lane = int(key)
    if not 0 <= lane < LANES:
        raise ValueError(f"record key {key!r} is no lane; allowed are 000 to {LANES - 1}")
    return lane


def partition_of(lane: int, partitions: int) -> int:
    """The partition a lane lives in, of a topic with `partitions` partitions."""
    return lane % partitions
