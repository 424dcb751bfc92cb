"""A target from the command line: a base URL and what goes with it, without a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.addresses import is_loopback, sound_base_url
from upload_matrix.targets.document import sound_proxy
from upload_matrix.targets.spec import TargetSpec, trusted
from upload_matrix.targets.words import ENV_PROXY, sound_header

_DIGEST = 6


def ad_hoc(
    base_url: str,
    *,
    key_env: str | None = None,
    key_command: Sequence[str] = (),
    headers: Iterable[tuple[str, str]] = (),
    verify: bool | str = True,
    proxy: str = ENV_PROXY,
    name: str | None = None,
) -> TargetSpec:
    """A target at ``base_url``; its key comes from a named variable or a command, never from an argument.

    Without ``name`` it is called after the URL, so that two servers never share recordings. Its answers
    count as live unless the server itself says that it is our emulator. A URL on loopback may go without
    a key. Raises ConfigurationError naming the option at fault.
    """
    try:
        url = sound_base_url(base_url)
    except ValueError as error:
        raise ConfigurationError(f"--base-url {_without_credentials(base_url)}: {error}") from error
    if key_env and key_command:
        raise ConfigurationError("--key-env and --key-command: the key comes from one of them, not from both")
    if not key_env and not key_command and not is_loopback(url):
        raise ConfigurationError(
            f"--base-url {url}: no key; name the variable that holds it with --key-env, or a program that "
            "prints it with --key-command (only a server on this machine may go without)"
        )
    try:
        sound = tuple(sound_header(*pair) for pair in headers)
        sound_proxy(proxy)
    except ValueError as error:
        raise ConfigurationError(f"--base-url {url}: {error}") from error
    return TargetSpec(
        name=name or _name(url),
        base_url=url,
        provenance=Provenance.LIVE,
        key_env=key_env or None,
        key_command=tuple(key_command),
        headers=sound,
        summary=f"{url}, given on the command line.",
        verify=trusted(verify, Path()),
        proxy=proxy,
    )


def parse_header(text: str) -> tuple[str, str]:
    """``Name: value`` as given to an option; raises ConfigurationError, which never repeats the value."""
    name, colon, value = text.partition(":")
    if not colon:
        raise ConfigurationError("a header is given as 'Name: value'")
    try:
        return sound_header(name.strip(), value.strip())
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def _name(url: str) -> str:
    parts = urlsplit(url)
    words = re.sub(r"[^a-z0-9.]+", "-", f"{parts.netloc}{parts.path}".lower()).strip("-.")
    return f"{words}-{hashlib.sha256(url.encode()).hexdigest()[:_DIGEST]}"


def _without_credentials(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//...@", url.partition("?")[0])
