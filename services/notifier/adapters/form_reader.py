"""Reads a posted form. Of a file only its SHA-256 is made while it passes: nothing of it is stored.

MAX_FIELDS bounds all fields together, MAX_FILE one file; whoever posts more is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

MAX_FIELDS = 16 * 1024
MAX_FILE = 20 * 1024 * 1024


class FormWrong(ValueError):
    """A form that cannot be read, or is too large."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form by name, and the hash of each file that is not empty."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)


async def read_form(request: Request) -> Posted:
    """The form of a request, plain or with files; FormWrong when it is none or too large."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"multipart/form-data":
        return await _with_files(request, options.get(b"boundary", b""))
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FIELDS:
            raise FormWrong("too large")
    return Posted(
        {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    )


async def _with_files(request: Request, boundary: bytes) -> Posted:
    parts, size = _Parts(), 0
    if not boundary:
        raise FormWrong("no boundary")
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_FILE + MAX_FIELDS:
                raise FormWrong("too large")
            parser.write(chunk)
        parser.finalize()
    except FormParserError as wrong:
        raise FormWrong(str(wrong)) from wrong
    return Posted(parts.fields, parts.files)


class _Parts:
    """What the parser calls while the form passes."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self._headers: dict[bytes, bytes] = {}
        self._name, self._key = "", b""
        self._text = b""
        self._hash: Any = None
        self._size = self._kept = 0

    def callbacks(self) -> Any:
        """By the parser's names."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_headers_finished": self._named,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._key, self._text, self._size = {}, b"", b"", 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._key = data[start:end].lower()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._headers[self._key] = self._headers.get(self._key, b"") + data[start:end]

    def _named(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._hash = sha256() if b"filename" in options else None

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._hash is not None:
            self._hash.update(data[start:end])
            return
        self._kept += end - start
        if self._kept > MAX_FIELDS:
            raise FormWrong("too large")
        self._text += data[start:end]

    def _end(self) -> None:
        if self._hash is None:
            self.fields[self._name] = self._text.decode("utf-8", "replace")
        elif self._size:
            self.files[self._name] = self._hash.digest()
