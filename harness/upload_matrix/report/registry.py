"""Which reports there are, and writing them: a report is one file in this folder.

To add one, add a file that exposes ``NAME`` (the word for ``--format``), ``SUFFIX`` (how its file ends)
and ``render(run) -> str``; one that may grow large also exposes ``chunks(run) -> Iterator[str]``. Nothing
is registered elsewhere; ``json_report`` is the shortest to copy.

A report of a sweep or of a gate's result says so with ``KIND``. ``OPTIONS`` names what ``render`` takes
beside its subject: ``max_bytes``, ``link``, ``facts``, ``baseline``, ``root``; ``chunks`` then takes them,
too. A file of several reports lists them in ``REPORTS`` instead (``badge``).
"""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import upload_matrix.report
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run

RUN, SWEEP, GATE = "run", "sweep", "gate"
COMPARISON, AB, ISOLATION, DIAGNOSIS = "comparison", "A/B", "isolation", "diagnosis"
CONFORMANCE, CLIENTS = "conformance", "table of clients"
SERVER, SERVERS = "server", "servers"
"""What a report may be of."""


@dataclass(frozen=True, slots=True)
class Report:
    """A way to write a run, or another kind's subject.

    ``suffix`` is how its file ends, ``options`` what ``shaped`` takes beside the subject; ``pieces`` gives
    the text of one that may grow large in pieces, with the same options.
    """

    name: str
    suffix: str
    shaped: Callable[..., str]
    kind: str = RUN
    options: tuple[str, ...] = ()
    pieces: Callable[..., Iterable[str]] | None = None

    def chunks(self, subject: Any, **options: Any) -> Iterable[str]:
        """The text in pieces, or as one; of the options those that this report takes."""
        taken = {name: value for name, value in options.items() if name in self.options}
        if self.pieces is None:
            return (self.shaped(subject, **taken),)
        return self.pieces(subject, **taken)

    def render(self, subject: Any) -> str:
        """The whole report as text."""
        return "".join(self.chunks(subject))


def available(kind: str = RUN) -> Mapping[str, Report]:
    """Every report in this folder that is of this kind, by name."""
    found = (report for report in _found() if report.kind == kind)
    return {report.name: report for report in sorted(found, key=lambda report: report.name)}


def _found() -> Iterator[Report]:
    for info in pkgutil.iter_modules(upload_matrix.report.__path__):
        module = import_module(f"{upload_matrix.report.__name__}.{info.name}")
        if all(hasattr(module, word) for word in ("NAME", "SUFFIX", "render")):
            yield Report(
                module.NAME,
                module.SUFFIX,
                module.render,
                getattr(module, "KIND", RUN),
                tuple(getattr(module, "OPTIONS", ())),
                getattr(module, "chunks", None),
            )
        yield from getattr(module, "REPORTS", ())


def find(formats: Iterable[str], kind: str = RUN) -> tuple[Report, ...]:
    """The reports of these names, each once; raises ConfigurationError, with the closest word."""
    known = available(kind)
    wanted = tuple(dict.fromkeys(formats))
    for word in wanted:
        if word not in known:
            close = get_close_matches(word, known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(known)}."
            of = "" if kind == RUN else f" of a {kind}"
            raise ConfigurationError(f"no report{of} is called {word!r}. {hint}")
    return tuple(known[word] for word in wanted)


_ENDINGS = {".json": "json", ".md": "markdown", ".html": "html", ".xml": "junit", ".svg": "badge"}


def by_ending(path: Path, kind: str) -> Report:
    """The report that a file's ending asks for; raises ConfigurationError with the endings there are."""
    known = {ending: name for ending, name in _ENDINGS.items() if name in available(kind)}
    name = known.get(path.suffix.lower())
    if name is None:
        raise ConfigurationError(f"-o {path}: the ending says what to write: {', '.join(known)}")
    return available(kind)[name]


def check_name(name: str) -> None:
    """Raise ConfigurationError unless ``name`` is a plain file name."""
    if not name or name in {".", ".."} or "/" in name or "\\" in name:
        raise ConfigurationError(f"{name!r} is no name for a report's file: leave folders to the folder.")


def write(run: Run, folder: Path, name: str, formats: Iterable[str], **options: Any) -> tuple[Path, ...]:
    """Write ``folder/name.suffix`` for each format, made if need be; returns the paths in that order.

    ``options`` go to the reports that take them.

    A file is there whole or not at all. Raises ConfigurationError for an unknown format or a name that
    is no plain file name, before anything is written, and when the disk says no.
    """
    wanted = find(formats)
    check_name(name)
    with _named(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return tuple(
        write_text(folder / f"{name}{report.suffix}", report.chunks(run, **options)) for report in wanted
    )


def write_text(path: Path, text: str | Iterable[str]) -> Path:
    """Write UTF-8 with LF line ends in one step: into a file beside ``path``, then put in its place.

    ``text`` may come in pieces, so that a large report is never in memory as a whole.
    What UTF-8 cannot hold (a lone surrogate) is written as ``\\udc80``.
    Raises ConfigurationError naming the file when the disk says no; what was there before is still there.
    """
    # The name is this process's own, so that two runs writing at once cannot mix their halves.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _named(path):
        try:
            with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.writelines([text] if isinstance(text, str) else text)
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return path


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be written: {error.strerror or error}; make room, or name another place"
        ) from error
