"""The YAML files that paths name, and how a path is shown in a message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from upload_matrix.model.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUFFIXES = (".yaml", ".yml")


def yaml_files(paths: Iterable[Path], what: str) -> tuple[Path, ...]:
    """The files, and of each folder the YAML files directly in it by name; each file once.

    Raises ConfigurationError for a path that does not exist and a folder without any; ``what`` says in
    the message what was looked for.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _in_folder(path, what) if path.is_dir() else (path,):
            if not file.is_file():
                raise ConfigurationError(f"{shown(file)}: no such file or folder (looking for {what})")
            found.setdefault(file.resolve(), file)
    return tuple(found.values())


def content(path: Path) -> bytes:
    """The bytes of a file; raises ConfigurationError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{shown(path)}: cannot be read: {error.strerror}") from error


def shown(path: Path) -> str:
    """The path relative to the working directory when it lies below it, with forward slashes."""
    return below(path) or path.as_posix()


def below(path: Path) -> str | None:
    """The path relative to the working directory, with forward slashes; None when it does not lie below."""
    absolute, here = path.absolute(), Path.cwd()
    within = absolute.is_relative_to(here) and ".." not in path.parts
    return absolute.relative_to(here).as_posix() if within else None


def _in_folder(folder: Path, what: str) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    if not files:
        raise ConfigurationError(f"{shown(folder)}: no *.yaml or *.yml in this folder (looking for {what})")
    return files
