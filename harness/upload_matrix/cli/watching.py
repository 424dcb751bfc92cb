"""``--watch``: the same command again whenever a file changes that its result depends on.

The files are looked at twice a second, which asks for no package and works on every disk. Each run is a
process of its own, so that it sees code that was changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

_EVERY = 0.5
"""Seconds between two looks at the files."""

_MOST = 20_000
"""Files looked at, at most: a folder with more is no folder of sources."""

_LEFT_OUT = frozenset(
    {"node_modules", "__pycache__", "reports", "cassettes", "build", "dist", "site-packages"}
)
_SOURCES = (
    *(".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx", ".go", ".rb", ".php", ".rs"),
    *(".java", ".kt", ".cs", ".pl", ".r", ".sh", ".toml", ".yaml", ".yml", ".json", ".env"),
)
"""Endings of what people write; what a program itself writes would have it run for ever."""

Seen = Mapping[Path, tuple[int, int]]
"""Size and time of change of every file."""

watch_option = click.option("--watch", is_flag=True, help="Run again whenever files change, until Ctrl-C.")


def sources(roots: Sequence[Path], *, every_kind: bool) -> Seen:
    """The files at or below ``roots``: of ``every_kind``, or only sources."""
    found: dict[Path, tuple[int, int]] = {}
    for path in _files(roots):
        if len(found) >= _MOST:
            break
        if every_kind or path in roots or path.suffix.lower() in _SOURCES:
            with suppress(OSError):
                state = path.stat()
                found[path] = (state.st_size, state.st_mtime_ns)
    return found


def _files(roots: Sequence[Path]) -> Iterator[Path]:
    for root in roots:
        if root.is_file():
            yield root
        for folder, folders, names in os.walk(root):
            folders[:] = [each for each in folders if each not in _LEFT_OUT and not each.startswith(".")]
            yield from (Path(folder, name) for name in names)


def changed(before: Seen, after: Seen) -> Path | None:
    """The first file that is new, gone or otherwise; None when all is as it was."""
    return next((path for path in {**before, **after} if before.get(path) != after.get(path)), None)


def watched(look: Callable[[], Seen]) -> int:
    """Run this command without ``--watch`` again and again, until Ctrl-C; the last run's exit code."""
    from upload_matrix.files import shown
    from upload_matrix.report.streams import say
    from upload_matrix.report.wording import plural

    words = list(sys.argv[1:])
    words.remove("--watch")
    command = [sys.executable, "-m", "upload_matrix", *words]
    status = 0
    try:
        while True:
            # Before it runs, so that what is saved meanwhile counts.
            before = look()
            status = subprocess.run(command, check=False).returncode  # noqa: S603 - our own words
            say(f"exit code {status}; watching {plural(len(before), 'file')}, Ctrl-C ends it")
            while (path := changed(before, look())) is None:
                time.sleep(_EVERY)
            say(f"{shown(path)} changed: again")
    except KeyboardInterrupt:
        return status


def watch_matrices(values: Mapping[str, Any]) -> int:
    """As ``watched``, for the matrices that a command names."""
    roots = [Path(path) for path in values["matrices"] or ("matrix",)]
    return watched(lambda: sources(roots, every_kind=True))


def watch_program(values: Mapping[str, Any]) -> int:
    """As ``watched``, for the sources in this folder and the files that a program's command line names."""
    roots = [Path(), *(Path(word) for word in values["command_line"] if Path(word).is_file())]
    return watched(lambda: sources(roots, every_kind=False))
