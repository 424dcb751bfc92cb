"""Bodies kept for later: small ones in memory, large ones in a file, never both."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

IN_MEMORY = 64 * 1024
"""Bytes up to which a body stays in memory."""

_CHUNK = 256 * 1024


class Spool:
    """A body: written once, in order, by one thread; read as often as wanted, by any, once it is finished.

    ``folder`` is where a large one's file goes. A spool that was dropped has its size left and nothing else;
    ``problem`` says so when it was because the disk did not take it: what passes must not stop for that.
    """

    def __init__(self, folder: Path, in_memory: int = IN_MEMORY) -> None:
        self._folder = folder
        self._most = in_memory
        self._memory = bytearray()
        self._path: Path | None = None
        self._writing: BinaryIO | None = None
        self.size = 0
        self.dropped = False
        self.problem: str | None = None

    @property
    def on_disk(self) -> bool:
        """Whether the body lies in a file."""
        return self._path is not None

    def write(self, data: bytes | bytearray) -> None:
        """Append."""
        self.size += len(data)
        if self.dropped:
            return
        try:
            self._write(data)
        except OSError as error:
            self.problem = f"not kept: {error.strerror or error}"
            self.drop()

    def finish(self) -> None:
        """No more follows."""
        writing, self._writing = self._writing, None
        if writing is None:
            return
        try:
            writing.close()
        except OSError as error:
            # What was buffered did not fit.
            self.problem = f"not kept: {error.strerror or error}"
            self.drop()

    def chunks(self) -> Iterator[bytes]:
        """What was written, in pieces. Raises LookupError for a spool that was dropped."""
        if self.dropped:
            raise LookupError(f"a body of {self.size} bytes was not kept")
        if self._path is None:
            if self._memory:
                yield bytes(self._memory)
            return
        with self._path.open("rb") as stream:
            while piece := stream.read(_CHUNK):
                yield piece

    def read(self) -> bytes:
        """All of it, in memory."""
        if self._path is not None and not self.dropped:
            return self._path.read_bytes()
        return b"".join(self.chunks())

    def start(self, most: int) -> bytes:
        """The first bytes, at most ``most``."""
        found = bytearray()
        for piece in self.chunks():
            found += piece[: most - len(found)]
            if len(found) >= most:
                break
        return bytes(found)

    def drop(self) -> None:
        """Give up what was written."""
        self.finish()
        self.dropped = True
        self._memory = bytearray()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _write(self, data: bytes | bytearray) -> None:
        if self._writing is None and self.size > self._most:
            descriptor, name = tempfile.mkstemp(dir=self._folder)
            self._path = Path(name)
            self._writing = open(descriptor, "wb")  # noqa: PTH123, SIM115 - a descriptor; see finish
            self._writing.write(self._memory)
            self._memory = bytearray()
        if self._writing is None:
            self._memory += data
        else:
            self._writing.write(data)
