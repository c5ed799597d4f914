"""CSV text as offices save it: UTF-8 or GB18030, found out line by line, a stray row recognised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

BOM = b"\xef\xbb\xbf"
UTF8, GB18030 = "UTF-8", "GB18030"
# A UTF-8 Chinese character has three bytes; GB18030 text hardly ever reads as such by chance.
_THREE_BYTES = "\u0800"


@dataclass(slots=True)
class Lines:
    """The file's lines as Latin-1, one character a byte: the marks of CSV look the same in both encodings."""

    source: BinaryIO
    read: int = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.source:
            self.read += len(line)
            yield line.decode("latin-1")


def encoding_of(raw: BinaryIO) -> str:
    """The encoding of most lines that are not plain ASCII; the file is read and wound back."""
    utf8 = other = 0
    for line in raw:
        if line.isascii():
            continue
        try:
            line.decode()
            utf8 += 1
        except UnicodeDecodeError:
            other += 1
    raw.seek(0)
    return UTF8 if utf8 >= other else GB18030


def decoded(cells: Sequence[str], encoding: str) -> list[str] | None:
    """A row of Lines in its encoding; None when it is in another one."""
    joined = "\x00".join(cells)
    if joined.isascii():
        return list(cells)
    raw = joined.encode("latin-1")
    if encoding == GB18030 and _is_chinese_utf8(raw):
        return None
    try:
        return raw.decode(encoding).split("\x00")
    except UnicodeDecodeError:
        return None


def _is_chinese_utf8(raw: bytes) -> bool:
    try:
        wide = [letter for letter in raw.decode() if not letter.isascii()]
    except UnicodeDecodeError:
        return False
    return all(letter >= _THREE_BYTES for letter in wide)
