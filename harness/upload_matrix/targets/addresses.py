"""Where a captured request goes: the target's own URL for it, and what may stand in a base URL. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from upload_matrix.model.wire import WireForm
from upload_matrix.targets.words import Api

AZURE_DEPLOYMENT_PATHS = frozenset(
    {
        "/audio/speech",
        "/audio/transcriptions",
        "/audio/translations",
        "/chat/completions",
        "/completions",
        "/embeddings",
        "/images/edits",
        "/images/generations",
    }
)
"""Paths that Azure has below ``/openai/deployments/MODEL``; the others lie below ``/openai``.

As ``openai.AzureOpenAI`` of the openai package 3.54.0 posts them.
"""

_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[\x21-\x7e]+")


class Address(NamedTuple):
    """``target`` is the path with its query, as in the request line; ``port`` is None for the usual one."""

    scheme: str
    host: str
    port: int | None
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def sound_base_url(value: str) -> str:
    """``value`` without a trailing slash; raises ValueError (with the way out) when it is no base URL."""
    parts = urlsplit(value)
    if parts.scheme not in _PORTS or not parts.hostname or not _PLAIN.fullmatch(value):
        raise ValueError("give an absolute URL such as https://api.openai.com/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a base URL carries no credentials and no query; use key_env, headers and query")
    # Read for its own sake: it raises ValueError for a port that is none.
    _port(parts)
    return value.rstrip("/")


def is_loopback(base_url: str) -> bool:
    """Whether the URL's host is this machine by its name alone: nothing is looked up."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address(
    wire: WireForm, *, base_url: str, root: str, api: Api = Api.OPENAI, query: Sequence[tuple[str, str]] = ()
) -> Address:
    """The URL at ``base_url`` for a request that a client made below ``root``.

    ``query`` fills in what the request's own query does not name. With ``Api.AZURE`` a path of the
    public API becomes Azure's (``/images/edits`` that of the deployment called like the model); what a
    client already addressed in Azure's way stays as it is.
    """
    parts = urlsplit(base_url)
    below = wire.path.removeprefix(root) if wire.path.startswith(f"{root}/") else None
    if below is None:
        # Addressed past the root on purpose, as the SDK's Azure client does: only the origin is ours.
        path = wire.path
    else:
        path = parts.path.rstrip("/") + (_azure(below, wire) if api is Api.AZURE else below)
    named = {name for name, _ in parse_qsl(wire.query, keep_blank_values=True)}
    added = urlencode([(name, value) for name, value in query if name not in named])
    full = "&".join(filter(None, (wire.query, added)))
    return Address(parts.scheme, parts.hostname or "", _port(parts), path + (f"?{full}" if full else ""))


def _azure(path: str, wire: WireForm) -> str:
    if path.startswith("/openai/"):
        return path
    model = wire.field("model") if path in AZURE_DEPLOYMENT_PATHS else None
    return f"/openai/deployments/{quote(model, safe='')}{path}" if model else f"/openai{path}"


def _port(parts: SplitResult) -> int | None:
    return None if parts.port == _PORTS[parts.scheme] else parts.port
