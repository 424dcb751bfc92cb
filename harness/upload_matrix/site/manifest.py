"""The list of a site's files, kept in the site: so that building it again removes what is no longer there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from upload_matrix.files import read_text
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError

NAME = "site.json"
FORMAT = "upload-matrix site"
VERSION = 1


def dump(files: Iterable[str]) -> str:
    """The list as text; files are given from the site's root, with forward slashes."""
    document = {"format": FORMAT, "version": VERSION, "files": sorted(files)}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def earlier(folder: Path) -> tuple[str, ...]:
    """The files of the site that stands in a folder; () when it is empty or not there.

    Raises ConfigurationError when the folder holds something else: nothing of a user's is mixed with.
    """
    if not folder.exists():
        return ()
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: is a file; name a folder for the site")
    file = folder / NAME
    if not file.exists():
        if any(folder.iterdir()):
            raise ConfigurationError(
                f"{folder}: holds files that are no site of upload-matrix (no {NAME}); name an empty folder"
            )
        return ()
    try:
        document = parsed(read_text(file))
    except ValueError as error:
        raise ConfigurationError(f"{file}: not JSON ({error}); remove the folder and build again") from error
    files = document.get("files") if isinstance(document, dict) else None
    ours = isinstance(document, dict) and document.get("format") == FORMAT
    if not ours or not isinstance(files, list) or not all(isinstance(each, str) for each in files):
        raise ConfigurationError(f"{file}: not a list of a site's files; remove the folder and build again")
    return tuple(files)


def remove(folder: Path, files: Iterable[str]) -> None:
    """Remove these files of a site, and folders that are then empty; what lies elsewhere is left alone."""
    root = folder.resolve()
    for name in files:
        path = (folder / name).resolve()
        if path.is_relative_to(root) and path.is_file():
            path.unlink()
            if path.parent != root and not any(path.parent.iterdir()):
                path.parent.rmdir()
