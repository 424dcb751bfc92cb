"""How a gateway is given: a command to start, or the URL of one that runs."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.spec import is_loopback, sound_base_url

OPTION = "--through"
BEHIND_OPTION = "--behind-port"

PORT = "{port}"
UPSTREAM = "{upstream}"
UPSTREAM_ROOT = "{upstream_root}"
"""The same without the API's own root, for gateways that add ``/v1`` themselves."""
UPSTREAM_ORIGIN = "{upstream_origin}"
"""Scheme, host and port alone, for gateways that leave the path as it is: the client is given the path."""
UPSTREAM_ADDRESS, UPSTREAM_PORT = "{upstream_address}", "{upstream_port}"
"""The same without the scheme, and the port alone."""
_WITHOUT_PATH = (UPSTREAM_ORIGIN, UPSTREAM_ADDRESS, UPSTREAM_PORT)

_PYTHON = re.compile(r"(python|pypy)[\d.]*(\.exe)?", re.IGNORECASE)
_RUNNERS = frozenset({"node", "npx", "uv", "uvx", "env", "bash", "sh"})
"""Programs that say nothing of what they run."""


_LIKE_A_KEY = 8
"""Characters from which on a header's value is taken out of whatever is told: a shorter one is a word."""


@dataclass(frozen=True, slots=True)
class GatewaySpec:
    """``name`` is for reports, without folders and secrets. ``command`` are words with the placeholders
    ``{port}``, ``{upstream}`` and the like, () for a gateway that runs at ``url`` and forwards to
    ``behind_port``.

    ``key_env`` names the variable with the key that the gateway itself asks for, None for none. ``headers``
    are added to what it is sent; their values are shown nowhere. ``files`` are written before it starts, with
    the same placeholders in them. ``option`` is where it was given, for messages.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str | None = None
    behind_port: int = 0
    key_env: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    files: tuple[tuple[Path, str], ...] = ()
    option: str = OPTION

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written anywhere."""
        return tuple(value for _, value in self.headers if len(value) >= _LIKE_A_KEY)

    @property
    def leaves_path(self) -> bool:
        """Whether it forwards the path that it is sent, to another host."""
        told = (*self.command, *(text for _, text in self.files))
        return any(word in text for text in told for word in _WITHOUT_PATH)

    def words(self, port: int, upstream: str) -> list[str]:
        """The command with its placeholders filled in."""
        return [_filled(word, port, upstream) for word in self.command]

    def headers_for(self, upstream: str) -> tuple[tuple[str, str], ...]:
        """Its ``headers`` with the placeholders filled in: some gateways are told by them whom to ask."""
        return tuple((name, _filled(value, 0, upstream)) for name, value in self.headers)

    def write_files(self, port: int, upstream: str) -> None:
        """Write its ``files``."""
        for path, text in self.files:
            path.write_text(_filled(text, port, upstream), "utf-8")


def _filled(text: str, port: int, upstream: str) -> str:
    """The text with its placeholders filled in."""
    roots = sorted(vendors.usual().roots, key=len, reverse=True)
    root = next((upstream.removesuffix(each) for each in roots if upstream.endswith(each)), upstream)
    parts = urlsplit(upstream)
    filled = {
        PORT: str(port),
        UPSTREAM: upstream,
        UPSTREAM_ROOT: root,
        UPSTREAM_ORIGIN: f"{parts.scheme}://{parts.netloc}",
        UPSTREAM_ADDRESS: parts.netloc,
        UPSTREAM_PORT: str(parts.port or ""),
    }
    return re.sub("|".join(map(re.escape, filled)), lambda found: filled[found[0]], text)


def parse_gateway(
    text: str, *, behind_port: int | None = None, key_env: str | None = None, option: str = OPTION
) -> GatewaySpec:
    """Read ``--through``, or what ``option`` is; raises ConfigurationError naming the option at fault."""
    if text.startswith(("http://", "https://")):
        return _running(text, behind_port, key_env, option)
    if behind_port is not None:
        raise ConfigurationError(
            f"{BEHIND_OPTION}: only for a gateway that runs already; a command is told its upstream by "
            f"{UPSTREAM} or {vendors.usual().variables.base_url}"
        )
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ConfigurationError(f"{option}: {text!r} cannot be read as a command: {error}") from error
    if not words:
        raise ConfigurationError(f"{option}: give a command, or the URL of a gateway that runs")
    if not any(PORT in word for word in words):
        raise ConfigurationError(
            f"{option}: the command must say where it is to listen, as in "
            f"'litellm --config litellm.yaml --port {PORT}'; {UPSTREAM} stands for where it is to forward to"
        )
    return GatewaySpec(_name(words), command=words, key_env=key_env, option=option)


def _running(text: str, behind_port: int | None, key_env: str | None, option: str) -> GatewaySpec:
    try:
        url = sound_base_url(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {error}") from error
    if not is_loopback(url):
        raise ConfigurationError(
            f"{option} {url}: the gateway must be reached on this machine, as it has to forward to a tap "
            "that listens on 127.0.0.1; for one elsewhere, tunnel both ways (ssh -L and -R)"
        )
    if behind_port is None:
        raise ConfigurationError(
            f"{option} {url}: say with {BEHIND_OPTION} N on which port the tap is to listen that the gateway "
            "forwards to"
        )
    return GatewaySpec(urlsplit(url).netloc, url=url, behind_port=behind_port, key_env=key_env, option=option)


def _name(words: tuple[str, ...]) -> str:
    """What is run: ``litellm`` of ``/opt/bin/litellm --port``, ``gateway.py`` of ``python gateway.py``."""
    first = PurePath(words[0]).name
    if not _PYTHON.fullmatch(first) and first not in _RUNNERS:
        return first
    told = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return PurePath(told[0]).name if told and PORT not in told[0] else first
