"""A certificate authority that lives for one run: its private key never leaves this process's memory."""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
import os
import ssl
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from upload_matrix.model.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_NAME = "upload-matrix, for one run"
_BEFORE = datetime.timedelta(days=1)
_AFTER = datetime.timedelta(days=30)
"""How long a certificate is good for, at most: the clock of an emulated phone may be off."""


class Authority:
    """Issues certificates that servers' names are believed by; raises ConfigurationError without the extra.

    ``folder``, of mode 0700 and somebody else's to remove, has the private key of the servers' certificates
    in it for the moment in which Python's TLS reads it.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from cryptography.hazmat.primitives import serialization
            from cryptography.hazmat.primitives.asymmetric import ec
        except ImportError as error:
            raise ConfigurationError(
                f"--proxy needs cryptography ({error}); install it with: pip install 'upload-matrix[proxy]'"
            ) from error
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._servers_key = ec.generate_private_key(ec.SECP256R1())
        self._own = self._certificate(_NAME, self._key.public_key(), None)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.pem = self._own.public_bytes(serialization.Encoding.PEM)
        """Its certificate, for whoever is to trust it."""
        spki = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.fingerprint = base64.b64encode(hashlib.sha256(spki).digest()).decode()
        """SHA-256 of its public key in base64, as Chromium wants it."""

    def context(self, host: str) -> ssl.SSLContext:
        """A server's side of TLS in the name of ``host``: HTTP/1.1 and nothing else."""
        with self._lock:
            found = self._contexts.get(host)
            if found is None:
                found = self._contexts[host] = self._issued(host)
        return found

    def java_store(self, also: bytes, password: str) -> bytes:
        """A trust store for Java with this authority, and those of ``also`` (PEM)."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
        from cryptography.hazmat.primitives.serialization.pkcs12 import (
            PKCS12Certificate,
            serialize_java_truststore,
        )

        found = [self._own, *x509.load_pem_x509_certificates(also)]
        named = [PKCS12Certificate(each, str(number).encode()) for number, each in enumerate(found)]
        return serialize_java_truststore(named, BestAvailableEncryption(password.encode()))

    def _issued(self, host: str) -> ssl.SSLContext:
        from cryptography.hazmat.primitives import serialization

        certificate = self._certificate(host, self._servers_key.public_key(), host)
        key = self._servers_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        # Python's TLS takes a key from a file alone.
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key + certificate.public_bytes(serialization.Encoding.PEM) + self.pem)
            context.load_cert_chain(name)
        finally:
            Path(name).unlink()
        return context

    def _certificate(self, name: str, key: EllipticCurvePublicKey, host: str | None) -> x509.Certificate:
        """A certificate of ``key``: this authority's own, or that of a server called ``host``."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

        def named(text: str) -> x509.Name:
            # A common name has 64 characters at most; the name that counts stands in an extension.
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])

        now = datetime.datetime.now(datetime.UTC)
        public = self._key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(_NAME))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BEFORE)
            .not_valid_after(now + _AFTER)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.BasicConstraints(ca=host is None, path_length=0 if host is None else None), critical=True
            )
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_cert_sign=host is None,
                    crl_sign=host is None,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )
        if host is not None:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_alternative(host)]), critical=False
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _alternative(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
