"""Writing the starter into a project: checked as a whole first, and never over somebody's own file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from upload_matrix.files import write_whole
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.starter.files import StarterFile, starter_files


@dataclass(frozen=True, slots=True)
class Placed:
    """Paths relative to the project: ``written`` anew or over another, ``kept`` as they were, the same."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def place(project: Path, *, force: bool = False) -> Placed:
    """Write the starter's files below ``project``, which is made if need be.

    A file that is there with the same content stays. Raises ConfigurationError, before anything is written,
    when one is there with another content and ``force`` is not set, and when something that is no file, or
    no folder, stands in the way.
    """
    files = starter_files(project)
    kept = [file for file in files if _same(project, file)]
    wanted = [file for file in files if file not in kept]
    _check(project, wanted, force=force)
    for file in wanted:
        _write(project / file.target, file.source.read_bytes())
    return Placed(tuple(file.target for file in wanted), tuple(file.target for file in kept))


def _same(project: Path, file: StarterFile) -> bool:
    path = project / file.target
    return path.is_file() and path.read_bytes() == file.source.read_bytes()


def _check(project: Path, files: Sequence[StarterFile], *, force: bool) -> None:
    for file in files:
        _check_way(project, file.target)
    taken = [file.target for file in files if (project / file.target).exists()]
    if taken and not force:
        raise ConfigurationError(
            f"{', '.join(taken)}: there already, with another content; nothing was written. Move them away, "
            "give another folder, or write over them with --force"
        )


def _check_way(project: Path, target: str) -> None:
    """Raise unless a file can be written at ``target``: folders on the way, and no folder in its place."""
    path = project / target
    if path.is_dir():
        raise ConfigurationError(f"{path}: is a folder where a file is to be written; move it away")
    for folder in path.parents:
        if folder.exists():
            if not folder.is_dir():
                raise ConfigurationError(
                    f"{folder}: is no folder, and {target} is to lie below it; move it away"
                )
            return


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error
