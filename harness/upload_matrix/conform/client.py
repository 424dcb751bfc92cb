"""Clients to be measured: a YAML file each, with its program beside it, found by looking.

``clients/LANGUAGE/NAME.yaml`` says how to build and run the program and what it needs. Of the folder of a
language every other file lies in the program's work folder, and so does ``_*`` of the folder above.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from upload_matrix.conform.packages import PackageNeeds
from upload_matrix.conform.run import UploadCall
from upload_matrix.files import hint, read_yaml
from upload_matrix.model.errors import ConfigurationError

BUILT_IN = Path(__file__).parent / "clients"

CONTAINERS = ("path", "handle", "stream", "buffer", "blob", "file", "told")
NAMING = ("told", "file", "path", "handle", "blob", "buffer", "stream")
"""Which container names a file best, the best first."""

_Words = Annotated[tuple[str, ...], Field(min_length=1)]


class _CallShape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(pattern="^/")
    field: str = "file"
    texts: tuple[Literal["model", "prompt"], ...] = ()
    several: bool = False
    key: str = "Authorization"


class _ClientShape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    language: str = Field(min_length=1)
    run: _Words
    build: _Words | None = None
    version: _Words | None = None
    needs: PackageNeeds = PackageNeeds()
    containers: Annotated[tuple[str, ...], Field(min_length=1)]
    avoid: str = ""
    call: _CallShape | None = None


@dataclass(frozen=True, slots=True)
class ClientProgram:
    """A client as its file describes it; ``folder`` is where that lies, ``call`` what it can be asked for."""

    name: str
    title: str
    language: str
    run: tuple[str, ...]
    build: tuple[str, ...]
    version: tuple[str, ...]
    needs: PackageNeeds
    containers: tuple[str, ...]
    avoid: str
    call: UploadCall
    folder: Path

    @property
    def naming(self) -> str:
        """The container that names a file best."""
        return min(self.containers, key=NAMING.index)

    def files(self) -> tuple[Path, ...]:
        """What lies in its work folder: its language's files, and what all languages share."""
        own = (path for path in self.folder.iterdir() if path.is_file() and path.suffix != ".yaml")
        shared = (path for path in self.folder.parent.glob("_*") if path.is_file())
        return tuple(sorted((*own, *shared), key=lambda path: path.name))


def clients(folders: Iterable[Path] = ()) -> tuple[ClientProgram, ...]:
    """The built-in clients and those of further folders, by name. Raises ConfigurationError."""
    found: dict[str, ClientProgram] = {}
    for root in (BUILT_IN, *folders):
        if not root.is_dir():
            raise ConfigurationError(f"{root}: no such folder; name one that has LANGUAGE/NAME.yaml in it")
        for path in sorted(root.glob("*/*.yaml")):
            each = _read(path)
            found[each.name] = each
    return tuple(found[name] for name in sorted(found))


def _read(path: Path) -> ClientProgram:
    document = read_yaml(path, "a client")
    try:
        shape = _ClientShape.model_validate(document.data)
    except ValidationError as error:
        raise document.errors(_ClientShape, error) from error
    for place, name in enumerate(shape.containers):
        if name not in CONTAINERS:
            says = f"no container is called {name!r}; {hint(name, CONTAINERS)}"
            raise document.error(("containers", place), says)
    return ClientProgram(
        name=f"{path.parent.name}/{path.stem}",
        title=shape.title,
        language=shape.language,
        run=shape.run,
        build=shape.build or (),
        version=shape.version or (),
        needs=shape.needs,
        containers=shape.containers,
        avoid=shape.avoid,
        call=UploadCall() if shape.call is None else UploadCall(**shape.call.model_dump()),
        folder=path.parent,
    )


def named_clients(found: tuple[ClientProgram, ...], names: Iterable[str]) -> tuple[ClientProgram, ...]:
    """Those of these names (``go/create-part``, ``go``, ``node/axios*``), all where none is given.

    Raises ConfigurationError with the closest name.
    """
    wanted = tuple(names)
    for name in wanted:
        if not any(_is_meant(each, name) for each in found):
            way_out = hint(name, (each.name for each in found), "see `upload-matrix conform clients --list`")
            raise ConfigurationError(f"no client is called {name!r}; {way_out}")
    return tuple(each for each in found if not wanted or any(_is_meant(each, name) for name in wanted))


def _is_meant(each: ClientProgram, name: str) -> bool:
    return fnmatch(each.name, name) or each.name.partition("/")[0] == name
