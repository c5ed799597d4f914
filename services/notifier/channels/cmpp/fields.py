"""The kinds of fields CMPP messages are made of: each writes a value as octets and reads it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.notifier.channels.line.wire import FieldWrong, MalformedPdu


class Field(Protocol):
    """One field: its name in the message, and how it stands on the wire."""

    @property
    def name(self) -> str:
        """The attribute of the message."""

    def put(self, value: Any) -> bytes:
        """The octets; FieldWrong when the value does not fit."""

    def take(self, data: bytes, at: int) -> tuple[Any, int]:
        """The value at a place and the place after it; MalformedPdu when the data ends before."""


@dataclass(frozen=True, slots=True)
class Number:
    """Unsigned Integer, most significant octet first."""

    name: str
    width: int

    def put(self, value: int) -> bytes:
        """The octets."""
        if not 0 <= value < 1 << 8 * self.width:
            raise FieldWrong(f"{self.name} does not fit {self.width} octets")
        return value.to_bytes(self.width, "big")

    def take(self, data: bytes, at: int) -> tuple[int, int]:
        """The number."""
        return int.from_bytes(piece(data, at, self.width, self.name), "big"), at + self.width


@dataclass(frozen=True, slots=True)
class Text:
    """Octet String holding text: filled up with zeros on the right, read up to the first zero.

    Latin-1, so that whatever a gateway puts into a field it should leave empty can be read.
    """

    name: str
    width: int

    def put(self, value: str) -> bytes:
        """The octets."""
        try:
            raw = value.encode("latin-1")
        except UnicodeEncodeError:
            raise FieldWrong(f"{self.name} holds a letter the field cannot carry") from None
        if len(raw) > self.width or b"\0" in raw:
            raise FieldWrong(f"{self.name} does not fit {self.width} octets")
        return raw.ljust(self.width, b"\0")

    def take(self, data: bytes, at: int) -> tuple[str, int]:
        """The text."""
        raw = piece(data, at, self.width, self.name)
        return raw.partition(b"\0")[0].decode("latin-1"), at + self.width


@dataclass(frozen=True, slots=True)
class Octets:
    """Octet String of a fixed width, as it is."""

    name: str
    width: int

    def put(self, value: bytes) -> bytes:
        """The octets."""
        if len(value) != self.width:
            raise FieldWrong(f"{self.name} must have {self.width} octets")
        return value

    def take(self, data: bytes, at: int) -> tuple[bytes, int]:
        """The octets."""
        return piece(data, at, self.width, self.name), at + self.width


@dataclass(frozen=True, slots=True)
class Texts:
    """One octet with a count, then so many texts."""

    name: str
    width: int
    most: int = 99

    def put(self, value: Sequence[str]) -> bytes:
        """Count and texts."""
        if not 1 <= len(value) <= self.most:
            raise FieldWrong(f"{self.name} takes 1 to {self.most}")
        one = Text(self.name, self.width)
        return bytes([len(value)]) + b"".join(one.put(text) for text in value)

    def take(self, data: bytes, at: int) -> tuple[tuple[str, ...], int]:
        """The texts."""
        count, at = Number(self.name, 1).take(data, at)
        if not 1 <= count <= self.most:
            raise MalformedPdu(f"{self.name} takes 1 to {self.most}, not {count}")
        one, found = Text(self.name, self.width), []
        for _ in range(count):
            text, at = one.take(data, at)
            found.append(text)
        return tuple(found), at


@dataclass(frozen=True, slots=True)
class Content:
    """One octet with a length, then so many octets."""

    name: str

    def put(self, value: bytes) -> bytes:
        """Length and octets."""
        if len(value) > 255:
            raise FieldWrong(f"{self.name} does not fit 255 octets")
        return bytes([len(value)]) + value

    def take(self, data: bytes, at: int) -> tuple[bytes, int]:
        """The octets."""
        length, at = Number(self.name, 1).take(data, at)
        return piece(data, at, length, self.name), at + length


def piece(data: bytes, at: int, width: int, name: str) -> bytes:
    """Exactly so many octets; MalformedPdu when there are fewer."""
    found = data[at : at + width]
    if len(found) < width:
        raise MalformedPdu(f"ends inside {name}")
    return found
