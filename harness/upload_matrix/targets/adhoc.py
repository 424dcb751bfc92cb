"""A target from the command line: a base URL and what goes with it, without a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import CassetteError, ConfigurationError
from upload_matrix.targets.addresses import is_loopback, sound_base_url
from upload_matrix.targets.document import sound_proxy
from upload_matrix.targets.spec import TargetSpec, trusted
from upload_matrix.targets.words import ENV_PROXY, is_confidential, sound_header

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
        ad_hoc=True,
        base_url=url,
        provenance=Provenance.LIVE,
        key_env=key_env or None,
        key_command=tuple(key_command),
        headers=sound,
        summary=f"{url}, given on the command line.",
        verify=trusted(verify, Path()),
        proxy=proxy,
    )


def described(spec: TargetSpec, checked: Callable[[str], None]) -> str:
    """The target as the file that describes it, without the value of a header that may be a secret.

    ``checked`` raises for a text that must not be written; the command that prints the key is then left out.
    """
    open_ = {name: value for name, value in spec.headers if not is_confidential(name)}
    document: dict[str, Any] = {"name": spec.name, "summary": spec.summary, "base_url": spec.base_url}
    document |= {"key_env": spec.key_env} if spec.key_env else {}
    document |= {"headers": open_} if open_ else {}
    unkept = [*spec.unkept_headers, *(name for name, _ in spec.headers if name not in open_)]
    document |= {"unkept_headers": unkept} if unkept else {}
    words = "# The server that these recordings were made from, as it was given with --base-url.\n"
    text: str = words + yaml.safe_dump(document, sort_keys=False)
    if not spec.key_command:
        checked(text)
        return text
    try:
        whole: str = words + yaml.safe_dump(
            {**document, "key_command": list(spec.key_command)}, sort_keys=False
        )
        checked(whole)
    except CassetteError:
        return text
    return whole


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
