"""SMS texts as gateways carry them: plain letters or UCS2, in one part or in several that a phone joins again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.notifier.channels.line.wire import MalformedPdu
from services.notifier.domain.segments import PART_UNITS, SINGLE_UNITS

MAX_PLAIN = 160
# How a text is written, in the numbers both protocols took from the phones.
PLAIN, UCS2 = 0, 8
# Both in ASCII and in the phones' own seven-bit alphabet, one septet each.
ASCII_LETTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \n\r@$_!\"#%&'()*+,-./:;<=>?"
)
_CONCATENATION = bytes([5, 0, 3])


@dataclass(frozen=True, slots=True)
class Part:
    """What one SUBMIT carries: `content` with its header when there are several parts."""

    content: bytes = field(repr=False)
    msg_fmt: int
    number: int = 1
    total: int = 1

    @property
    def udhi(self) -> int:
        """Whether the content begins with a header."""
        return int(self.total > 1)


def split(text: str, reference: int, plain: frozenset[str] = ASCII_LETTERS) -> Sequence[Part]:
    """The parts of a text. reference: 0 to 255, the same in all parts, another for the next message.

    plain: the letters that need no UCS2.
    """
    if len(text) <= MAX_PLAIN and plain.issuperset(text):
        return [Part(text.encode("ascii"), PLAIN)]
    raw = text.encode("utf-16-be", "replace")
    if len(raw) <= 2 * SINGLE_UNITS:
        return [Part(raw, UCS2)]
    pieces = list(_pieces(raw))
    return [
        Part(_header(reference, len(pieces), number) + piece, UCS2, number, len(pieces))
        for number, piece in enumerate(pieces, 1)
    ]


def read_text(content: bytes, msg_fmt: int, has_header: bool, codecs: Mapping[int, str]) -> str:
    """What a person wrote; MalformedPdu when it is no text, or a part of a longer one.

    A part of a long text is never read as a text of its own: its last letter may happen to be a "1".
    codecs: the alphabets of the protocol, by number.
    """
    body = _without_header(content) if has_header else content
    codec = codecs.get(msg_fmt)
    if codec is None:
        raise MalformedPdu(f"format {msg_fmt} is no text")
    return body.decode(codec, "replace")


def _pieces(raw: bytes) -> Iterator[bytes]:
    """67 units each, one less where the cut would fall inside a letter of two units."""
    at = 0
    while at < len(raw):
        end = at + 2 * PART_UNITS
        if end < len(raw) and 0xD8 <= raw[end - 2] <= 0xDB:
            end -= 2
        yield raw[at:end]
        at = end


def _header(reference: int, total: int, number: int) -> bytes:
    # More than 255 parts cannot be told; the caller allows far fewer.
    return _CONCATENATION + bytes([reference % 256, min(total, 255), min(number, 255)])


def _without_header(content: bytes) -> bytes:
    length = content[0] + 1 if content else 1
    if length > len(content):
        raise MalformedPdu("ends inside its user data header")
    if _is_part(content[1:length]):
        raise MalformedPdu("a part of a long text")
    return content[length:]


def _is_part(elements: bytes) -> bool:
    """Whether a user data header says that the text has several parts."""
    at = 0
    while at + 1 < len(elements):
        name, length = elements[at], elements[at + 1]
        value = elements[at + 2 : at + 2 + length]
        # The number of parts stands before the last octet, after a reference of one octet or two.
        if (name, len(value)) in {(0, 3), (8, 4)} and value[-2] > 1:
            return True
        at += 2 + length
    return False
