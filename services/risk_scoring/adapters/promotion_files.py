"""Signers, signatures (Ed25519) and keys as files; every problem names the file, the line and the cure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.risk_scoring.adapters.pack_reader import Node, PackError, open_file
from services.risk_scoring.adapters.pack_versions import PROMOTION
from services.risk_scoring.domain.pack import Text
from services.risk_scoring.domain.promotion import Signature, Signer, Statement

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature file: the statement, and signer to signature bytes."""

    statement: Statement
    signatures: Mapping[str, bytes]

    def checked(self, signers: Mapping[str, Signer]) -> list[Signature]:
        """Each signature with whether it fits."""
        message = self.statement.message()
        return [
            Signature(name, name in signers and _fits(signers[name], raw, message))
            for name, raw in self.signatures.items()
        ]


def read_signers(folder: Path) -> Mapping[str, Signer]:
    """Who may sign, by id; PackError for a wrong file, and for one key or one id on the list twice."""
    file = folder / PROMOTION / "signers.yaml"
    if not file.exists():
        missing = Text("没有签署人名单", "there is no list of signers")
        raise PackError(file, "", missing, Text("signers: […]", "signers: […]"))
    found: dict[str, Signer] = {}
    keys: set[bytes] = set()
    for item in open_file(file).keys(("signers",))["signers"].items():
        signer = _signer(item)
        if signer.signer_id in found or signer.public_key in keys:
            twice = Text("签署人或公钥重复", "a signer or a key stands twice")
            raise item.fail(twice, Text("各一次", "each once"))
        found[signer.signer_id] = signer
        keys.add(signer.public_key)
    return found


def _signer(node: Node) -> Signer:
    keys = node.keys(("id", "post", "public_key"))
    post = keys["post"].keys(("zh", "en"))
    raw = _decoded(keys["public_key"])
    if len(raw) != _KEY_BYTES:
        wrong = Text("公钥长度不对", "the public key has the wrong length")
        raise keys["public_key"].fail(wrong, Text("32 字节的 base64", "32 bytes in base64"))
    return Signer(keys["id"].text(), Text(post["zh"].text(), post["en"].text()), raw)


def _decoded(node: Node) -> bytes:
    try:
        return base64.b64decode(node.text(), validate=True)
    except binascii.Error as wrong:
        raise node.fail(Text("不是 base64", "not base64"), Text("base64", "base64")) from wrong


def signed_file(folder: Path, name: str) -> Path:
    """Where the signatures of a candidate (id@version) are kept."""
    return folder / PROMOTION / f"{name}.signed.yaml"


def read_signed(file: Path) -> Signed | None:
    """The signatures of a candidate; None when nobody has signed."""
    if not file.exists():
        return None
    keys = open_file(file).keys(("statement", "signatures"))
    fields = keys["statement"].keys(Statement._fields)
    statement = Statement(*(fields[name].text() for name in Statement._fields))
    signatures: dict[str, bytes] = {}
    for item in keys["signatures"].items():
        one = item.keys(("signer", "signature"))
        signatures[one["signer"].text()] = _decoded(one["signature"])
    return Signed(statement, signatures)


def write_signed(file: Path, signed: Signed) -> None:
    """Write the statement and its signatures."""
    content = {
        "statement": signed.statement._asdict(),
        "signatures": [
            {"signer": name, "signature": base64.b64encode(raw).decode()}
            for name, raw in sorted(signed.signatures.items())
        ],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def private_key(file: Path, password: Callable[[], str]) -> Ed25519PrivateKey:
    """An Ed25519 key in PEM; `password` is asked only when the key is locked by one. PackError otherwise."""
    try:
        data = file.read_bytes()
        try:
            key = serialization.load_pem_private_key(data, None)
        except TypeError:
            key = serialization.load_pem_private_key(data, password().encode())
    except (OSError, ValueError, UnsupportedAlgorithm) as wrong:
        raise _no_key(file) from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(file)
    return key


def _no_key(file: Path) -> PackError:
    problem = Text("不是可用的私钥", "not a usable private key")
    how = "openssl genpkey -algorithm ed25519 -aes256 -out key.pem"
    return PackError(file, "", problem, Text(how, how))


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 raw bytes of a key's public half."""
    raw, form = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return key.public_key().public_bytes(raw, form)


def _fits(signer: Signer, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(signer.public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
