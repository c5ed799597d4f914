"""Canonical JSON of a case file, signed with Ed25519: the same file has one form, byte for byte."""

from __future__ import annotations

import dataclasses
import json
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.cli.evidence.case_file import CaseFile

FORMAT = "sanse-case-file/1"


class ShapeWrong(ValueError):
    """The text is not a case file in its one form; the message names the place."""


class KeyWrong(ValueError):
    """A key file that holds no Ed25519 key."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """What is written to disk. The signature covers everything but itself."""

    format: str
    key_id: str
    case_file: CaseFile
    signature: str = ""


def sign(case_file: CaseFile, key: Ed25519PrivateKey, key_id: str) -> bytes:
    """The signed file's bytes; the same input gives the same bytes."""
    unsigned = SignedFile(FORMAT, key_id, case_file)
    signature = key.sign(_signed_part(unsigned)).hex()
    return canonical(dataclasses.replace(unsigned, signature=signature))


def read(content: bytes) -> SignedFile:
    """The file in typed form; ShapeWrong unless it is exactly what `sign` writes."""
    try:
        signed: SignedFile = _typed(SignedFile, json.loads(content), "")
        same = canonical(signed) == content
    except (ValueError, RecursionError) as wrong:
        raise ShapeWrong(str(wrong) or type(wrong).__name__) from wrong
    if not same or signed.format != FORMAT:
        raise ShapeWrong(f"format {signed.format[:40]!r}" if same else "not in canonical form")
    return signed


def is_signed_by(signed: SignedFile, key: Ed25519PublicKey) -> bool:
    """Whether the signature is of this key and of this content; only lower-case hex is a signature."""
    try:
        signature = bytes.fromhex(signed.signature)
        key.verify(signature, _signed_part(signed))
    except (ValueError, InvalidSignature):
        return False
    return signature.hex() == signed.signature


def canonical(signed: SignedFile) -> bytes:
    """Sorted keys, no spaces, UTF-8, one line."""
    return _dumped(dataclasses.asdict(signed))


def new_key() -> tuple[bytes, bytes]:
    """A new private key and its public key, both PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, public_pem(key)


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public key to publish, PEM."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def private_key(file: Path) -> Ed25519PrivateKey:
    """The key of a PEM file; KeyWrong when it holds none, OSError when it cannot be read."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError) as wrong:
        raise KeyWrong(str(file)) from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyWrong(str(file))
    return key


def public_key(file: Path) -> Ed25519PublicKey:
    """The public key of a PEM file; KeyWrong when it holds none, OSError when it cannot be read."""
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except ValueError as wrong:
        raise KeyWrong(str(file)) from wrong
    if not isinstance(key, Ed25519PublicKey):
        raise KeyWrong(str(file))
    return key


def _signed_part(signed: SignedFile) -> bytes:
    content = dataclasses.asdict(signed)
    del content["signature"]
    return _dumped(content)


def _dumped(content: Any) -> bytes:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _typed(kind: Any, value: Any, path: str) -> Any:
    """The value as the dataclass, tuple, text or whole number that is due here."""
    if dataclasses.is_dataclass(kind):
        return _fields(kind, value, path)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ShapeWrong(f"{path}: a list is due")
        item = get_args(kind)[0]
        return tuple(_typed(item, one, f"{path}[{at}]") for at, one in enumerate(value))
    if type(value) is not kind:
        raise ShapeWrong(f"{path}: {kind.__name__} is due")
    return value


def _fields(kind: Any, value: Any, path: str) -> Any:
    hints = types.MappingProxyType(get_type_hints(kind))
    if not isinstance(value, dict) or value.keys() != hints.keys():
        raise ShapeWrong(f"{path or 'the file'}: the fields {', '.join(sorted(hints))} are due")
    found = {
        name: _typed(hint, value[name], f"{path}.{name}" if path else name)
        for name, hint in hints.items()
    }
    return kind(**found)
