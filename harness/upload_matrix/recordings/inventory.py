"""Every recording under a folder, sound or not, as commands that look after them need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.naming import SUFFIX, folder_name
from upload_matrix.recordings.read import Recording, read_cassette
from upload_matrix.recordings.shelf import checked

_DIGEST = re.compile(r"[0-9a-f]{16}")
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.[0-9a-f]{8}\.tmp")
"""What a writer that was killed leaves behind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. ``recordings`` by sample number; none, and ``fault`` says why, when it is not sound.

    ``folder`` is the target's folder's name, which also a file that is not sound has. ``leftover`` is a
    temporary file of a writer that was killed.
    """

    path: Path
    folder: str
    recordings: tuple[Recording, ...] = ()
    fault: str | None = None
    leftover: bool = False

    @property
    def target(self) -> str | None:
        """The target's name; None when no recording tells it."""
        return self.recordings[0].answer.source.target if self.recordings else None

    @property
    def digest(self) -> str:
        """The digest of the wire form that the file is named for."""
        return self.path.stem

    @property
    def emulated(self) -> bool:
        """Whether any of its answers is not a real server's."""
        return any(each.answer.source.provenance is Provenance.EMULATED for each in self.recordings)

    def age(self, today: date) -> int | None:
        """Days since the oldest live recording in it; None when all are emulated, which have no age."""
        days = [_days(each.answer.source.recorded_on, today) for each in self.recordings]
        return max((day for day in days if day is not None), default=None)


def inventory(root: Path) -> tuple[Entry, ...]:
    """The recordings under ``root``, by path. Files of other recorders in the same folder are passed over."""
    found = [_entry(path, root) for path in sorted(root.glob("*/*/*")) if _is_ours(path)]
    return tuple(found)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    return bool(_TEMPORARY.fullmatch(path.name) or (path.suffix == SUFFIX and _DIGEST.fullmatch(path.stem)))


def _entry(path: Path, root: Path) -> Entry:
    folder = path.relative_to(root).parts[0]
    if path.suffix != SUFFIX:
        return Entry(path, folder, leftover=True)
    try:
        recordings = read_cassette(path)
        target = recordings[0].answer.source.target if recordings else ""
        recordings = tuple(checked(recordings, path, target).values())
    except CassetteError as error:
        return Entry(path, folder, fault=str(error))
    if folder_name(target) != folder:
        says = f"{path}: is a recording of {target!r}, whose folder is {folder_name(target)}"
        return Entry(path, folder, recordings, f"{says}; move it there, or delete it")
    for recording in recordings:
        if (fault := _dated(recording, path)) is not None:
            return Entry(path, folder, recordings, fault)
    return Entry(path, folder, recordings)


def _dated(recording: Recording, path: Path) -> str | None:
    day = recording.answer.source.recorded_on
    try:
        if day is not None:
            date.fromisoformat(day)
    except ValueError:
        return f"{path}: recorded.on is {day!r}, and a date such as 2026-02-22 is expected"
    return None


def _days(day: str | None, today: date) -> int | None:
    return None if day is None else (today - date.fromisoformat(day)).days
