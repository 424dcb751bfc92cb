"""Asking for one wire form at a time across processes: what one pays for, the others read."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock

_FOLDER = "upload-matrix-locks"


def alone(path: Path, sample: int | None = None) -> AbstractContextManager[object]:
    """Hold the lock of a recording that may not exist yet; waits for whoever holds it.

    With a ``sample`` it is that of asking for this one, without it that of writing the file: a file may
    be added to while an answer for it is waited for.

    The lock lies in the temporary folder, not beside the recording, which is under version control. It
    goes with its process, so one that was killed leaves nothing locked.
    """
    folder = Path(tempfile.gettempdir()) / _FOLDER
    folder.mkdir(exist_ok=True)
    what = str(path.absolute()) if sample is None else f"{path.absolute()}#{sample}"
    name = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return FileLock(folder / f"{name}.lock")
