"""Which proxy leads to a target, and whose certificates are believed on the way."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.addresses import is_loopback
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.words import ENV_PROXY, NO_PROXY


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: ``url`` without credentials, ``login`` the user's name and password, if any."""

    url: str
    login: tuple[str, str] | None = None


def proxy_for(spec: TargetSpec, base_url: str) -> Proxy | None:
    """The proxy that requests to ``base_url`` go through; None for none. Loopback never has one.

    With ``env`` the system's settings count (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, and what macOS
    and Windows have besides). Raises ConfigurationError for a proxy that is not HTTP's.
    """
    if spec.proxy == NO_PROXY or is_loopback(base_url):
        return None
    if spec.proxy != ENV_PROXY:
        return _proxy(spec.proxy, f"target {spec.name}: proxy")
    parts = urlsplit(base_url)
    known = getproxies()
    url = known.get(parts.scheme) or known.get("all")
    if not url or proxy_bypass(parts.netloc):
        return None
    return _proxy(url if "//" in url else f"http://{url}", "the environment's proxy")


def certificates(spec: TargetSpec) -> ssl.SSLContext:
    """Whose certificates are believed: the system's and certifi's, those of a path, or anybody's.

    Raises ConfigurationError when the path holds no certificates.
    """
    if spec.verify is False:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if spec.verify is True:
        return httpcore.default_ssl_context()
    try:
        if spec.verify.is_dir():
            return ssl.create_default_context(capath=str(spec.verify))
        return ssl.create_default_context(cafile=str(spec.verify))
    except OSError as error:
        raise ConfigurationError(
            f"target {spec.name}: verify: {spec.verify} holds no certificates that can be read; give a file "
            "in PEM form, or a folder prepared by 'openssl rehash'"
        ) from error


def _proxy(url: str, what: str) -> Proxy:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"{what}: only HTTP proxies are supported, not {parts.scheme or 'this'}; give one such as "
            "http://proxy:3128, or `proxy: none` in the target's file"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return Proxy(f"{parts.scheme}://{host}:{port}", login)
