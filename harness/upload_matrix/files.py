"""Files that a user names: read whole or refused with a reason, and how a path is shown in a message.

The ground of the rooms that read files; imports ``model`` alone.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from upload_matrix.model.errors import ConfigurationError

_SUFFIXES = (".yaml", ".yml")


def yaml_files(paths: Iterable[Path], what: str) -> tuple[Path, ...]:
    """The files, and of each folder the YAML files directly in it by name; each file once.

    Raises ConfigurationError for a path that does not exist and a folder without any; ``what`` says in
    the message what was looked for.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _in_folder(path, what) if path.is_dir() else (path,):
            reason = _refusal(file)
            if reason is not None:
                raise ConfigurationError(f"{shown(file)}: {reason} (looking for {what})")
            found.setdefault(file.resolve(), file)
    return tuple(found.values())


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; raises ConfigurationError when it cannot be read, or might never end."""
    reason = _refusal(path)
    if reason is not None:
        raise ConfigurationError(f"{shown(path)}: {reason}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error


def read_text(path: Path) -> str:
    """The file as UTF-8; raises ConfigurationError naming the line of what is none."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{shown(path)}:{line}: byte 0x{data[error.start]:02x} is not UTF-8; name a text file in UTF-8"
        ) from error


def shown(path: Path) -> str:
    """The path relative to the working directory when it lies below it, with forward slashes."""
    return below(path) or path.as_posix()


def below(path: Path) -> str | None:
    """The path relative to the working directory, with forward slashes; None when it does not lie below."""
    absolute, here = path.absolute(), Path.cwd()
    within = absolute.is_relative_to(here) and ".." not in path.parts
    return absolute.relative_to(here).as_posix() if within else None


def _refusal(path: Path) -> str | None:
    """Why there is no file to read at ``path``; None when there is one. Opens nothing: a pipe would block."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such file or folder"
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return "is a folder; name a file"
    return "is a pipe, a device or a socket; save what it gives in a file, and name that"


def _in_folder(folder: Path, what: str) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
    except OSError as error:
        raise ConfigurationError(f"{shown(folder)}: cannot be read: {error.strerror or error}") from error
    if not files:
        raise ConfigurationError(f"{shown(folder)}: no *.yaml or *.yml in this folder (looking for {what})")
    return files
