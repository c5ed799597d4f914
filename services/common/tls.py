"""TLS of the services and their clients: reads the PEM files of the settings, and refuses what cannot work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from services.common.settings import CommonSettings

CERTIFICATE, KEY, CLIENT_CA = "SANSE_TLS_CERTIFICATE", "SANSE_TLS_KEY", "SANSE_TLS_CLIENT_CA"
_Read = TypeVar("_Read")


class TlsWrong(ValueError):
    """TLS settings that cannot be used; the message names the setting and what is allowed, in both languages."""

    def __init__(self, setting: str, zh: str, en: str) -> None:
        super().__init__(f"{setting}：{zh} / {setting}: {en}")
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its chain, and its private key, as PEM; when the certificate ends."""

    certificate: bytes
    key: bytes
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a door shows, and the authority its clients' certificates must come from (None: none is asked for)."""

    pair: Pair
    client_ca: bytes | None


def server_tls(settings: CommonSettings) -> ServerTls | None:
    """TLS of this service's doors, None when it is not set; TlsWrong when it is set by half or cannot be read.

    A client authority without a certificate is refused too: the door would stand open in plaintext.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    client_ca = settings.tls_client_ca
    if certificate is None and key is None:
        if client_ca is not None:
            needed(CERTIFICATE, None, (CLIENT_CA,))
        return None
    pair = read_pair((CERTIFICATE, certificate), (KEY, key))
    return ServerTls(pair, read_authority(CLIENT_CA, client_ca) if client_ca else None)


def refuse_wrong_tls(settings: CommonSettings) -> None:
    """End the process with the message when the TLS settings cannot work: before anything is connected."""
    try:
        server_tls(settings)
    except TlsWrong as wrong:
        sys.exit(str(wrong))


def needed(setting: str, path: Path | None, others: Iterable[str]) -> Path:
    """The path of a setting that those others ask for; TlsWrong when it is not set."""
    if path is not None:
        return path
    named = ", ".join(others)
    raise TlsWrong(
        setting,
        f"未设置，但已设置 {named}；须一并设置，或都不设置",
        f"is not set, but {named} is; allowed: all of them, or none",
    )


def read_pair(certificate: tuple[str, Path | None], key: tuple[str, Path | None]) -> Pair:
    """A certificate and its key, each given as setting and path; TlsWrong unless both are there and belong together."""
    certificate_path = needed(*certificate, (key[0],))
    key_path = needed(*key, (certificate[0],))
    chain, private_pem = _content(certificate[0], certificate_path), _content(key[0], key_path)
    first = _certificates(certificate[0], certificate_path, chain)[0]
    if _public(first) != _public(_private_key(key[0], key_path, private_pem)):
        raise TlsWrong(
            key[0],
            f"{key_path} 不是 {certificate[0]} 所指证书的私钥；应为同一对",
            f"{key_path} is not the key of the certificate in {certificate[0]}; allowed: the two of one pair",
        )
    return Pair(chain, private_pem, first.not_valid_after_utc)


def read_authority(setting: str, path: Path) -> bytes:
    """The certificates of an authority, as PEM; TlsWrong when the file holds none."""
    content = _content(setting, path)
    _certificates(setting, path, content)
    return content


def _content(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise TlsWrong(
            setting,
            f"无法读取 {path}（{wrong.strerror}）；应为本服务可读的 PEM 文件",
            f"{path} cannot be read ({wrong.strerror}); allowed: a PEM file this service may read",
        ) from wrong


def _certificates(setting: str, path: Path, content: bytes) -> list[x509.Certificate]:
    return _parsed(
        lambda: x509.load_pem_x509_certificates(content),
        setting,
        f"{path} 不含证书；应为 PEM 证书（BEGIN CERTIFICATE）",
        f"{path} holds no certificate; allowed: certificates in PEM (BEGIN CERTIFICATE)",
    )


def _private_key(setting: str, path: Path, content: bytes) -> PrivateKeyTypes:
    return _parsed(
        lambda: load_pem_private_key(content, None),
        setting,
        f"{path} 不含可用的私钥；应为未加口令的 PEM 私钥（BEGIN PRIVATE KEY）",
        f"{path} holds no usable key; allowed: a private key in PEM without a passphrase (BEGIN PRIVATE KEY)",
    )


def _parsed(parse: Callable[[], _Read], setting: str, zh: str, en: str) -> _Read:
    try:
        return parse()
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise TlsWrong(setting, zh, en) from wrong


def _public(holder: x509.Certificate | PrivateKeyTypes) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
