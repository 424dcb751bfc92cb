"""Scenarios: what a program under test has to send. One is one YAML file; its name is the file's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from upload_matrix.assets.samples import sample
from upload_matrix.conform.checks import CHECKS
from upload_matrix.conform.run import AskedFile, AskedUpload
from upload_matrix.files import hint, read_yaml, yaml_files
from upload_matrix.model.conformance import Tier
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.wire.media import preferred_type

BUILT_IN = Path(__file__).parent / "scenarios"

_MODEL = "gpt-image-1"
_PROMPT = "make the background white"
_FILLER = b"upload-matrix filler\n"
_LARGEST = 64_000_000


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _FileShape(_Shape):
    """``format`` names a sample file; ``size`` cuts or fills it to so many bytes."""

    name: str = Field(min_length=1)
    format: str = "webp"
    size: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None
    on_disk: str | None = Field(default=None, pattern=r"^[^/\\\x00]+$")


class _ScenarioShape(_Shape):
    says: str = Field(min_length=1)
    place: int = 100
    files: Annotated[tuple[_FileShape, ...], Field(min_length=1, max_length=16)]
    prompt: str = _PROMPT
    tries: Annotated[int, Field(ge=1, le=5)] = 1
    answers: tuple[Annotated[int, Field(ge=200, le=599)], ...] = ()
    containers: Literal["every", "naming"] = "naming"
    checks: Mapping[Tier, Annotated[tuple[str, ...], Field(min_length=1)]]


@dataclass(frozen=True, slots=True)
class ClientScenario:
    """One call to make. ``answers`` are the statuses of the first answers, before the success.

    ``place`` is its place among the others. ``everywhere`` says that it is measured with every container of a
    client, not only with the one that names a file best, ``prompts`` that it is about the prompt. ``checks``
    are names of checks, each with its tier.
    """

    name: str
    says: str
    place: int
    asked: AskedUpload
    answers: tuple[int, ...]
    everywhere: bool
    prompts: bool
    checks: tuple[tuple[str, Tier], ...]


def scenarios(folders: Iterable[Path] = ()) -> tuple[ClientScenario, ...]:
    """The built-in ones and those of further folders or files, in their places; a later one of a name wins.

    Raises ConfigurationError naming file and line.
    """
    files = [*yaml_files([BUILT_IN], "scenarios"), *yaml_files(folders, "scenarios")]
    found = {path.stem: _read(path) for path in files}
    return tuple(sorted(found.values(), key=lambda each: (each.place, each.name)))


def _read(path: Path) -> ClientScenario:
    document = read_yaml(path, "a scenario")
    try:
        shape = _ScenarioShape.model_validate(document.data)
    except ValidationError as error:
        raise document.errors(_ScenarioShape, error) from error
    for tier, names in shape.checks.items():
        for place, name in enumerate(names):
            if name not in CHECKS:
                says = f"no check is called {name!r}; {hint(name, CHECKS)}"
                raise document.error(("checks", tier, place), says)
    for place, each in enumerate(shape.files):
        if sample(each.format) is None:
            raise document.error(
                ("files", place, "format"), f"no sample file is {each.format!r}; webp, png, pdf are"
            )
    if any(status < 400 for status in shape.answers):
        raise document.error(("answers",), "these come before the success, so each is an error's (500)")
    return ClientScenario(
        name=path.stem,
        says=shape.says,
        place=shape.place,
        asked=AskedUpload(
            files=tuple(map(_file, shape.files)), model=_MODEL, prompt=shape.prompt, tries=shape.tries
        ),
        answers=shape.answers,
        everywhere=shape.containers == "every",
        prompts=shape.prompt != _PROMPT,
        checks=tuple((name, tier) for tier, names in shape.checks.items() for name in names),
    )


def _file(shape: _FileShape) -> AskedFile:
    data = sample(shape.format) or b""
    if shape.size is not None:
        filler = _FILLER * (max(shape.size - len(data), 0) // len(_FILLER) + 1)
        data = (data + filler)[: shape.size]
    return AskedFile(
        name=shape.name,
        on_disk=shape.on_disk or shape.name,
        media_type=preferred_type(shape.format),
        data=data,
        sha256=sha256(data).hexdigest(),
    )


def chosen(found: tuple[ClientScenario, ...], names: Iterable[str]) -> tuple[ClientScenario, ...]:
    """Those of these names, all where none is given; raises ConfigurationError with the closest name."""
    known = {each.name: each for each in found}
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise ConfigurationError(f"no scenario is called {name!r}; {hint(name, known)}")
    return tuple(known[name] for name in wanted) or found
