"""A certificate authority of the test's own: makes a server's and a client's certificate."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates for this machine and for clients; its own is in `ca`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _called(name)
        own = _builder(self._subject, self._subject, self._key.public_key(), 365)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.ca = folder / f"{name}-ca.pem"
        self.ca.write_bytes(self._signed(own))

    def server(self, days: int = 90) -> Files:
        """For the address 127.0.0.1."""
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        return self._issue("server", ExtendedKeyUsageOID.SERVER_AUTH, days, names)

    def client(self, days: int = 90) -> Files:
        """For a caller."""
        names = x509.SubjectAlternativeName([x509.DNSName("upstream.example")])
        return self._issue("client", ExtendedKeyUsageOID.CLIENT_AUTH, days, names)

    def _issue(
        self, use: str, oid: x509.ObjectIdentifier, days: int, names: x509.SubjectAlternativeName
    ) -> Files:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_called(use), self._subject, key.public_key(), days)
        builder = builder.add_extension(x509.ExtendedKeyUsage([oid]), critical=False)
        stem = self._folder / f"{self._name}-{use}-{days}"
        files = Files(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        files.certificate.write_bytes(self._signed(builder.add_extension(names, critical=False)))
        files.key.write_bytes(as_pem(key))
        return files

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


def as_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    """A private key as PEM, encrypted when there is a passphrase."""
    how: KeySerializationEncryption = NoEncryption()
    if passphrase:
        how = BestAvailableEncryption(passphrase)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + days * DAY)
    )
