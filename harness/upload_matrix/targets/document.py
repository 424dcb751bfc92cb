"""A target's YAML file: its words, checked, with the line of whatever is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from upload_matrix.files import read_text
from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.addresses import sound_base_url
from upload_matrix.targets.words import ENV_PROXY, NO_PROXY, Api, sound_header

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
    """The words of a target file; ``builtin/openai.yaml`` and ``builtin/azure.yaml`` explain each."""

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
    text = read_text(path)
    try:
        document: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: not sound YAML: {error}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: nested too deeply to be a target") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}:1: a target is a mapping with at least name and base_url")
    try:
        return TargetDocument.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(
            "\n".join(f"{path}:{_complaint(text, item)}" for item in error.errors())
        ) from error


def _complaint(text: str, item: Any) -> str:
    where = [str(step) for step in item["loc"]]
    word = where[0] if where else "file"
    message = item["msg"].removeprefix("Value error, ")
    plain = isinstance(item["input"], (str, int, float, bool)) and word not in _SECRET_WORDS
    found = f" (found {item['input']!r})" if plain else ""
    return f"{_line(text, word)}: {'.'.join(where) or 'file'}: {message}{found}"


def _line(text: str, word: str) -> int:
    """The 1-based line on which a word of the outermost mapping stands; 1 when it is not there."""
    found = re.search(rf"^{re.escape(word)}\s*:", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
