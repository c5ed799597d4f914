"""WeCom's cipher and signature, against the example in the vendor's own documentation."""

from __future__ import annotations

from services.notifier.channels.callback import Seal
from services.notifier.channels.wecom_app.callback import CallbackBox

# Key, token, corporation and message of the vendor's published example.
BOX = CallbackBox("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
SEAL = Seal("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149")
ENCRYPTED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/"
    "sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJ"
    "YuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGU"
    "callcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDY"
    "A5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)


def test_the_vendors_example_opens() -> None:
    """The published message has the published signature and text."""
    assert "<Content><![CDATA[hello]]></Content>" in BOX.open(SEAL, ENCRYPTED)


def test_what_we_close_opens_again() -> None:
    """An answer carries a signature over itself and opens with the same key."""
    assert b"<MsgSignature>" in BOX.close("已签收", "1409659813", "1")
