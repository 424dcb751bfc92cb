"""The description of a live target: one YAML file, named in a matrix by its ``name``."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from upload_matrix import vendors
from upload_matrix.files import read_yaml
from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import CassetteError, ConfigurationError
from upload_matrix.wire.form import WireForm

# The words of a target file that are more than text: API flavours, header names and values. Pure.


ENV_PROXY = "env"
NO_PROXY = "none"

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_FRAMING = frozenset({"host", "connection", "content-length", "transfer-encoding", "content-type"})
_CONFIDENTIAL = re.compile(r"auth|key|token|secret|cookie|password|organization|project", re.IGNORECASE)


class Api(StrEnum):
    """How a server wants its paths: as the public API has them, or as Azure has them."""

    OPENAI = "openai"
    AZURE = "azure"


def sound_header(name: str, value: str) -> tuple[str, str]:
    """A header to add to each request; raises ValueError, which never repeats the value.

    Name and value as RFC 9110, sections 5.1 and 5.5, but ASCII only.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a header name")
    if name.lower() in _FRAMING:
        raise ValueError(f"the header {name} is the request's own: it is part of what is under test")
    if not _VALUE.fullmatch(value):
        raise ValueError(f"the value of the header {name} has characters that no header may hold")
    return name, value.strip()


def is_confidential(name: str) -> bool:
    """Whether a header of this name is likely to hold what must not be written anywhere."""
    return _CONFIDENTIAL.search(name) is not None


# Where a captured request goes: the target's own URL for it, and what may stand in a base URL. Pure.


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
        raise ValueError(f"give an absolute URL such as {vendors.usual().base_url}")
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
        path = parts.path.rstrip("/") + (_in_deployment(below, wire) if api is Api.AZURE else below)
    named = {name for name, _ in parse_qsl(wire.query, keep_blank_values=True)}
    added = urlencode([(name, value) for name, value in query if name not in named])
    full = "&".join(filter(None, (wire.query, added)))
    return Address(parts.scheme, parts.hostname or "", _port(parts), path + (f"?{full}" if full else ""))


def _in_deployment(path: str, wire: WireForm) -> str:
    deployments = vendors.deployments()
    if path.startswith(f"{deployments.below}/"):
        return path
    model = wire.field("model") if path in deployments.paths else None
    return deployments.below + (f"/deployments/{quote(model, safe='')}{path}" if model else path)


def _port(parts: SplitResult) -> int | None:
    return None if parts.port == _PORTS[parts.scheme] else parts.port


# A target's YAML file: its words, checked, with the line of whatever is wrong in it.


_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
_SECRET_WORDS = frozenset({"headers", "key_header", "key_command", "proxy"})
"""Words whose values an error message does not repeat: a file may hold there what is nobody's business."""


_TARGETS_OWN = (Provenance.LIVE, Provenance.EMULATED)
"""Who may speak where a target answers: a gateway is none."""


def _one_of(value: str, kind: Iterable[Api | Provenance]) -> str:
    known = [item.value for item in kind]
    if value not in known:
        raise ValueError(f"give one of {', '.join(known)}")
    return value


def sound_proxy(value: str) -> str:
    """``env``, ``none`` or the URL of an HTTP proxy; raises ValueError otherwise."""
    parts = urlsplit(value)
    if value in (ENV_PROXY, NO_PROXY) or (parts.scheme in ("http", "https") and parts.hostname):
        return value
    raise ValueError(
        "give env (the environment's proxies), none, or the URL of a proxy such as http://proxy:3128; "
        "SOCKS proxies are not supported"
    )


def _header_template(value: dict[str, str]) -> dict[str, str]:
    name, template = next(iter(value.items()))
    if "{key}" not in template:
        raise ValueError(f"the value of {name} has no {{key}} where the key goes")
    sound_header(name, template)
    return value


def _headers(value: dict[str, str]) -> dict[str, str]:
    return dict(sound_header(name, text) for name, text in value.items())


Variable = Annotated[str, Field(pattern=_VARIABLE)]


class TargetDocument(BaseModel):
    """The words of a target file; ``vendors/openai/targets`` has two that explain each."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    summary: str = ""
    api: Annotated[str, AfterValidator(lambda value: _one_of(value, Api))] = Api.OPENAI.value
    base_url: Annotated[str, AfterValidator(sound_base_url)]
    base_url_env: Variable | None = None
    query: dict[str, str] = {}
    models_path: str = Field(default="/models", pattern=r"^/[\x21-\x7e]*$")
    key_env: Variable | None = None
    key_command: list[str] | None = Field(default=None, min_length=1)
    key_header: Annotated[
        dict[str, str], Field(min_length=1, max_length=1), AfterValidator(_header_template)
    ] = {"authorization": "Bearer {key}"}
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = {}
    verify: bool | str = True
    proxy: Annotated[str, AfterValidator(sound_proxy)] = ENV_PROXY
    unkept_headers: list[str] = []
    max_answer_mib: int = Field(default=64, ge=1, le=4096)
    provenance: Annotated[str, AfterValidator(lambda value: _one_of(value, _TARGETS_OWN))] = "live"

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key_env and self.key_command:
            raise ValueError("the key comes from key_env or from key_command, not from both")
        return self


def read_document(path: Path) -> TargetDocument:
    """Read one target file; raises ConfigurationError with file, line and everything wrong in it."""
    file = read_yaml(path, "a target")
    try:
        return TargetDocument.model_validate(file.data)
    except ValidationError as error:
        raise file.errors(TargetDocument, error, hidden=_SECRET_WORDS) from error


MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """Where to forward to: ``base_url`` (scheme, host and root path), and how the key is sent.

    ``base_url_env`` names the variable with the URL to send to; ``base_url`` is then only what
    recordings carry and whose root clients see, so that both are the same wherever a run takes place.
    ``query`` is added to requests that do not name it themselves, ``models_path`` lies below the base URL.

    ``key_env`` names the environment variable with the key, ``key_command`` is a program with its
    arguments that prints it; with neither, the server wants none. ``headers`` are added to each request.

    ``verify`` is False for no check of the server's certificate, or the file or folder of the authorities
    to trust. ``proxy`` is ``env``, ``none`` or a proxy's URL; loopback is never reached through one.
    ``max_answer`` are the bytes of an answer's body that are taken. ``unkept_headers`` names those that were
    given on a command line and may not be written down: without them the server cannot be asked again.
    ``ad_hoc``: no file describes it; it was given by its URL.
    """

    name: str
    base_url: str
    provenance: Provenance = Provenance.LIVE
    key_env: str | None = None
    key_header: tuple[str, str] = ("authorization", "Bearer {key}")
    headers: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    key_command: tuple[str, ...] = ()
    api: Api = Api.OPENAI
    base_url_env: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    models_path: str = "/models"
    verify: bool | Path = True
    proxy: str = ENV_PROXY
    max_answer: int = 64 * MIB
    unkept_headers: tuple[str, ...] = ()
    ad_hoc: bool = False

    @property
    def root(self) -> str:
        """The path of the base URL (``/v1``), without a trailing slash."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def origin(self) -> str:
        """Scheme and host of the base URL, without a path."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"


def load_targets(folders: Iterable[Path] = ()) -> Mapping[str, TargetSpec]:
    """The vendors' targets and those in ``folders`` (which need not exist), a later folder winning by name.

    Raises ConfigurationError with the file, the line and everything wrong in it.
    """
    targets: dict[str, TargetSpec] = {}
    for folder in (*vendors.folders("targets"), *folders):
        for path in sorted(folder.glob("*.yaml")):
            spec = load_target(path)
            targets[spec.name] = spec
    return targets


def load_target(path: Path) -> TargetSpec:
    """The target that one file describes; raises ConfigurationError as ``load_targets``."""
    return _spec(read_document(path), path)


def trusted(verify: bool | str, beside: Path) -> bool | Path:
    """``verify`` as a switch or an existing path, relative to ``beside``; raises ConfigurationError."""
    if isinstance(verify, bool):
        return verify
    path = beside / verify
    if not path.exists():
        raise ConfigurationError(
            f"verify: there is no file or folder {path}; give the certificates of the authority to trust"
        )
    return path


def _spec(document: TargetDocument, path: Path) -> TargetSpec:
    try:
        verify = trusted(document.verify, path.parent)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return TargetSpec(
        name=document.name,
        base_url=document.base_url,
        provenance=Provenance(document.provenance),
        key_env=document.key_env,
        key_header=next(iter(document.key_header.items())),
        headers=tuple(document.headers.items()),
        summary=document.summary,
        key_command=tuple(document.key_command or ()),
        api=Api(document.api),
        base_url_env=document.base_url_env,
        query=tuple(document.query.items()),
        models_path=document.models_path,
        verify=verify,
        proxy=document.proxy,
        max_answer=document.max_answer_mib * MIB,
        unkept_headers=tuple(document.unkept_headers),
    )


# A target from the command line: a base URL and what goes with it, without a file.


_DIGEST = 6


def ad_hoc(
    base_url: str,
    *,
    key_env: str | None = None,
    key_command: Sequence[str] = (),
    headers: Iterable[tuple[str, str]] = (),
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
    except ValueError as error:
        raise ConfigurationError(f"--base-url {url}: {error}") from error
    return TargetSpec(
        name=name or _name(url),
        ad_hoc=True,
        base_url=url,
        provenance=Provenance.LIVE,
        key_env=key_env or None,
        key_command=tuple(key_command),
        key_header=vendors.key_header_of(key_env),
        headers=sound,
        summary=f"{url}, given on the command line.",
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
