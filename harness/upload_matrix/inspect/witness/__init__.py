"""Where in a program's own code a request is made, and what it raises: told by the running program itself.

Two small programs are loaded first into whatever runs: ``python/sitecustomize.py`` by ``PYTHONPATH`` and
``node.cjs`` by ``NODE_OPTIONS``. They write lines of JSON, which are read here and matched with what the tap
saw. Of programs in other languages, and of ones that ignore these variables, nothing is known.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from upload_matrix.judge.handed_over import Argument
from upload_matrix.model.codec import MalformedError, decode

_HERE = Path(__file__).parent
_LIMIT = 1 << 20
"""Bytes of one line that are read; a program that writes into the file itself is not to fill the memory."""


@dataclass(frozen=True, slots=True)
class CodePlace:
    """A line of the program's own code; ``source`` is its text without indentation."""

    file: str
    line: int
    function: str = ""
    source: str = ""

    def __str__(self) -> str:
        path = Path(self.file)
        try:
            named = path.relative_to(Path.cwd())
        except ValueError:
            named = path
        return f"{named}:{self.line}"

    @property
    def anywhere(self) -> str:
        """As in a report, which names no folder of this machine."""
        text = str(self)
        return f"{Path(self.file).name}:{self.line}" if Path(text).is_absolute() else text


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A request as the program made it: ``places``, the innermost first, and its files by argument.

    ``statement`` is the program's own text of the call, all its lines; "" where it is not known.
    """

    method: str
    url: str
    places: tuple[CodePlace, ...] = ()
    handed_over: Mapping[str, Argument] = field(default_factory=dict)
    statement: str = ""
    pid: int = 0

    @property
    def place(self) -> CodePlace | None:
        """The line that called the library; None where the program's own code was not on the stack."""
        return self.places[0] if self.places else None


@dataclass(frozen=True, slots=True)
class Uncaught:
    """An error that nobody caught: its full name, its message, and the program's own lines, as in a call."""

    error: str
    message: str
    places: tuple[CodePlace, ...] = ()
    handed_over: Mapping[str, Argument] = field(default_factory=dict)
    pid: int = 0

    @property
    def place(self) -> CodePlace | None:
        """The innermost line of the program's own; None for an error that was raised without one."""
        return self.places[0] if self.places else None


def required(environ: Mapping[str, str], path: Path) -> str:
    """The value of NODE_OPTIONS by which Node programs load a file first, after what they load already."""
    return " ".join(filter(None, (environ.get("NODE_OPTIONS", ""), f'--require "{path.as_posix()}"')))


class Witness:
    """Listens to the programs it is put in the environment of, until it is closed."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._read = 0
        self._waiting: list[MadeCall] = []
        self._raised: list[Uncaught] = []

    def close(self) -> None:
        """Forget what was told."""
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def _file(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="upload-matrix-")
        return Path(self._folder.name) / "calls.jsonl"

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """``environ`` with the two programs in the way of a program's start."""
        return {
            **environ,
            "UPLOAD_MATRIX_WITNESS": str(self._file),
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(_HERE / "python"), environ.get("PYTHONPATH", "")))
            ),
            "NODE_OPTIONS": required(environ, _HERE / "node.cjs"),
        }

    def call(self, method: str, path: str) -> MadeCall | None:
        """The call behind a request that arrives now, each once. None for a program that tells nothing."""
        self._catch_up()
        path = urlsplit(path).path
        for place, made in enumerate(self._waiting):
            if made.method == method and urlsplit(made.url).path.endswith(path):
                return self._waiting.pop(place)
        return None

    def raised(self) -> tuple[Uncaught, ...]:
        """What nobody caught, in the order of time."""
        self._catch_up()
        return tuple(self._raised)

    def past(self) -> tuple[MadeCall, ...]:
        """The calls that were made, and whose requests have not arrived so far."""
        self._catch_up()
        return tuple(self._waiting)

    def _catch_up(self) -> None:
        if self._folder is None:
            return
        try:
            with self._file.open("rb") as file:
                file.seek(self._read)
                while (line := file.readline(_LIMIT)).endswith(b"\n"):
                    self._read += len(line)
                    self._note(line)
        except FileNotFoundError:
            return

    def _note(self, line: bytes) -> None:
        try:
            row: Any = json.loads(line)
            event = row.pop("event") if isinstance(row, dict) else None
            if event == "sent":
                self._waiting.append(decode(MadeCall, row))
            elif event == "raised":
                self._raised.append(decode(Uncaught, row))
        except (MalformedError, ValueError, KeyError):
            # Not a line of ours: the program, or one that it started, wrote into the file.
            return
