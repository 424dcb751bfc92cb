"""Commands on a real terminal of a width of one's own; what stands there is read back."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping


def on_terminal(*words: str, columns: int = 80, environ: Mapping[str, str] | None = None) -> tuple[int, str]:
    """The exit code of ``upload-matrix WORDS``, and all that it wrote to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "COLUMNS")}
    env |= {"TERM": "xterm", **(environ or {})}
    with subprocess.Popen(
        [sys.executable, "-m", "upload_matrix", *words], stdin=theirs, stdout=theirs, stderr=theirs, env=env
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    return process.returncode, written.decode("utf-8").replace("\r\n", "\n")


def lines_of(written: str) -> list[str]:
    """The lines that stand there in the end: what was written over is gone."""
    return [line.rpartition("\x1b[K")[2] for line in written.split("\n")]
