"""What a program's environment has to hold for its requests to come through the proxy, and be believed."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import certifi

ADDRESS = "UPLOAD_MATRIX_PROXY"
HOSTS = "UPLOAD_MATRIX_PROXY_HOSTS"
AUTHORITY = "UPLOAD_MATRIX_PROXY_CA"
FINGERPRINT = "UPLOAD_MATRIX_PROXY_SPKI"
"""Given to every program, for those that take proxy and certificate in code or as flags."""

_PROXY = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_NO_PROXY = ("NO_PROXY", "no_proxy")
_BUNDLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
    "HTTPLIB2_CA_CERTS",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "PERL_LWP_SSL_CA_FILE",
)
"""Variables with all certificates that are believed."""

_FURTHER = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
"""Variables with certificates that are believed besides those built in."""

JAVA_PASSWORD = "changeit"  # noqa: S105 - Java's own default; a trust store holds no secret
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\s*", re.DOTALL)


def believed(environ: Mapping[str, str]) -> bytes:
    """The certificates that programs here believe, as PEM: of their variables, the system's, and certifi's.

    One bundle for all variables: none that a program reads may have less than it would have had.
    """
    system = (ssl.get_default_verify_paths().openssl_cafile, "/etc/ssl/certs/ca-certificates.crt")
    return _certificates([*_named(environ, (*_BUNDLES, *_FURTHER)), *system, certifi.where()])


def believed_besides(environ: Mapping[str, str]) -> bytes:
    """Those that a program was given besides the ones built into it."""
    return _certificates(_named(environ, _FURTHER))


def _named(environ: Mapping[str, str], names: Sequence[str]) -> list[str]:
    return [environ[name] for name in names if environ.get(name)]


def _certificates(paths: Sequence[str]) -> bytes:
    found: dict[bytes, None] = {}
    for text in dict.fromkeys(paths):
        for path in _files(Path(text)):
            for block in _CERTIFICATE.findall(path.read_bytes()):
                found[block.strip() + b"\n"] = None
    return b"".join(found)


def _files(path: Path) -> list[Path]:
    candidates = sorted(path.iterdir()) if path.is_dir() else [path]
    return [each for each in candidates if each.is_file() and os.access(each, os.R_OK)]


def behind_proxy(
    environ: Mapping[str, str],
    address: str,
    bundle: Path,
    further: Path,
    *,
    opens: Sequence[str],
    java_store: Path | None,
    php_folder: Path,
) -> dict[str, str]:
    """``environ`` with ``address`` as its proxy, and the certificates of ``bundle`` believed.

    ``further`` has those of them that are built into no program.
    ``opens`` are the hosts that are opened, as patterns: what would lead past the proxy there is taken out.
    """
    changed = dict(environ)
    for name in _PROXY:
        changed[name] = changed[name.lower()] = address
    for name in _NO_PROXY:
        changed[name] = ",".join(_others(environ.get(name, ""), opens))
    changed |= dict.fromkeys(_BUNDLES, str(bundle)) | dict.fromkeys(_FURTHER, str(further))
    changed["NODE_USE_ENV_PROXY"] = "1"
    changed["PHP_INI_SCAN_DIR"] = f"{environ.get('PHP_INI_SCAN_DIR', '')}{os.pathsep}{php_folder}"
    if java_store is not None:
        parts = urlsplit(address)
        given = [
            f"-D{scheme}.proxy{what}={value}"
            for scheme in ("http", "https")
            for what, value in (("Host", parts.hostname), ("Port", parts.port))
        ]
        given += [
            f"-Djavax.net.ssl.trustStore={java_store}",
            "-Djavax.net.ssl.trustStoreType=PKCS12",
            f"-Djavax.net.ssl.trustStorePassword={JAVA_PASSWORD}",
        ]
        changed["JAVA_TOOL_OPTIONS"] = " ".join(filter(None, (environ.get("JAVA_TOOL_OPTIONS", ""), *given)))
    changed[ADDRESS] = address
    changed[HOSTS] = ",".join(opens)
    return changed


def _others(no_proxy: str, opens: Sequence[str]) -> list[str]:
    """The entries of NO_PROXY that do not take a host that is opened past the proxy."""
    entries = [each.strip() for each in no_proxy.split(",")]
    return [each for each in entries if each and not any(_covers(each, host) for host in opens)]


def _covers(entry: str, host: str) -> bool:
    """Whether an entry of NO_PROXY is, has below it, or lies below a host as a pattern."""
    own = re.sub(r":\d+$", "", entry.lower()).lstrip("*").lstrip(".")
    theirs = host.lower().rpartition("*")[2].lstrip(".-")
    return (
        not own or own == theirs or theirs.endswith(f".{own}") or own.endswith((f".{theirs}", f"-{theirs}"))
    )
