"""What people see: every message that reached a phone, a group or a mailbox, in order."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from tests.simulators.gateway import Letter, links_in


@dataclass(frozen=True, slots=True)
class Message:
    """One message on one phone, with the request that brought it."""

    seq: int
    gateway: str
    address: str
    text: str
    received_at: float
    notice_id: str
    reference: str
    links: tuple[str, ...]
    raw: str

    def as_json(self) -> dict[str, object]:
        """The message as the control API shows it."""
        return asdict(self)


def message_from(data: Mapping[str, object]) -> Message:
    """Read a message back from the control API."""
    links = data["links"]
    return Message(
        seq=int(str(data["seq"])),
        gateway=str(data["gateway"]),
        address=str(data["address"]),
        text=str(data["text"]),
        received_at=float(str(data["received_at"])),
        notice_id=str(data["notice_id"]),
        reference=str(data["reference"]),
        links=tuple(str(link) for link in links) if isinstance(links, list) else (),
        raw=str(data["raw"]),
    )


@dataclass(slots=True)
class Phones:
    """All messages received; sequence numbers keep rising over a reset."""

    _messages: list[Message] = field(default_factory=list)
    _by_address: defaultdict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    _before: int = 0

    @property
    def last(self) -> int:
        """The highest sequence number given so far."""
        return self._before + len(self._messages)

    def deliver(self, gateway: str, letter: Letter, raw: str, now: float) -> Message:
        """Show a letter on its phone."""
        message = Message(
            seq=self.last + 1,
            gateway=gateway,
            address=letter.address,
            text=letter.text,
            received_at=now,
            notice_id=letter.notice_id,
            reference=letter.reference,
            links=links_in(letter.text),
            raw=raw,
        )
        self._messages.append(message)
        self._by_address[letter.address].append(message)
        return message

    def since(self, seq: int, limit: int) -> list[Message]:
        """The messages after a sequence number, oldest first."""
        start = max(0, seq - self._before)
        return self._messages[start : start + limit]

    def of(self, address: str) -> list[Message]:
        """The messages on one phone, oldest first."""
        return list(self._by_address.get(address, ()))

    def clear(self) -> None:
        """Empty every phone."""
        self._before = self.last
        self._messages.clear()
        self._by_address.clear()
