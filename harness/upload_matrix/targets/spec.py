"""The description of a live target: one YAML file, named in a matrix by its ``name``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.document import TargetDocument, read_document
from upload_matrix.targets.words import ENV_PROXY, Api

BUILTIN = Path(__file__).parent / "builtin"

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


def load_targets(folders: Iterable[Path]) -> Mapping[str, TargetSpec]:
    """Every target described in ``folders`` (which need not exist), a later folder winning by name.

    Raises ConfigurationError with the file, the line and everything wrong in it.
    """
    targets: dict[str, TargetSpec] = {}
    for folder in folders:
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
