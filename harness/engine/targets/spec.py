"""The description of a live target: one YAML file, named in a matrix by its ``name``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness.model.answer import Provenance
from harness.model.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BUILTIN = Path(__file__).parent / "builtin"


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """Where to forward to: ``base_url`` (scheme, host and root path), and how the key is sent.

    ``key_env`` names the environment variable with the key, None for a server that wants none.
    """

    name: str
    base_url: str
    provenance: Provenance = Provenance.LIVE
    key_env: str | None = None
    key_header: tuple[str, str] = ("authorization", "Bearer {key}")
    headers: tuple[tuple[str, str], ...] = ()
    summary: str = ""

    @property
    def root(self) -> str:
        """The path of the base URL (``/v1``), without a trailing slash."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def origin(self) -> str:
        """Scheme and host of the base URL, without a path."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"


class _TargetFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    summary: str = ""
    base_url: str
    key_env: str | None = None
    key_header: dict[str, str] = Field(default={"authorization": "Bearer {key}"}, min_length=1, max_length=1)
    headers: dict[str, str] = {}
    provenance: str = "live"

    @field_validator("provenance")
    @classmethod
    def _known(cls, value: str) -> str:
        return Provenance(value).value

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give an absolute URL such as https://api.openai.com/v1")
        if parts.username or parts.password or parts.query:
            raise ValueError("a base URL carries no credentials and no query; use key_env and headers")
        return value.rstrip("/")


def load_targets(folders: Iterable[Path]) -> Mapping[str, TargetSpec]:
    """Every target described in ``folders`` (which need not exist), a later folder winning by name.

    Raises ConfigurationError with the file and everything wrong in it.
    """
    targets: dict[str, TargetSpec] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            spec = _read(path)
            targets[spec.name] = spec
    return targets


def _read(path: Path) -> TargetSpec:
    try:
        document: Any = yaml.safe_load(path.read_text("utf-8"))
        file = _TargetFile.model_validate(document)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not sound YAML: {error}") from error
    except ValidationError as error:
        problems = "\n".join(
            f"{path}: {'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']} (found {item['input']!r})"
            for item in error.errors()
        )
        raise ConfigurationError(problems) from error
    header, template = next(iter(file.key_header.items()))
    if "{key}" not in template:
        raise ConfigurationError(f"{path}: key_header: {template!r} has no {{key}} where the key goes")
    return TargetSpec(
        name=file.name,
        base_url=file.base_url,
        provenance=Provenance(file.provenance),
        key_env=file.key_env,
        key_header=(header, template),
        headers=tuple(file.headers.items()),
        summary=file.summary,
    )
