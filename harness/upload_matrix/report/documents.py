"""JSON reports of any kind, told apart by their first lines and read back, for ``report`` and ``site``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from upload_matrix.judge.gate import Gate
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import gate_report, json_report, registry, sweep_json

Subject = Run | Sweep | Gate

_FORMAT = re.compile(r'\A\s*\{\s*"format"\s*:\s*"([^"\\]*)"')

_READERS: Mapping[str, tuple[str, Callable[[str, str], Subject]]] = {
    json_report.FORMAT: (registry.RUN, json_report.load),
    sweep_json.FORMAT: (registry.SWEEP, sweep_json.load),
    gate_report.FORMAT: (registry.GATE, gate_report.load),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A report that was read: its file's ``name``, its ``kind`` (one of the registry's) and what it is of."""

    name: str
    kind: str
    subject: Subject


def format_of(text: str) -> str | None:
    """The format that a JSON text claims in its first key; None when it claims none."""
    found = _FORMAT.match(text[:400])
    return None if found is None else found[1]


def kind_of(text: str) -> str | None:
    """Which kind of report a text is, by what it claims; None when it is none that can be rendered."""
    known = _READERS.get(format_of(text) or "")
    return None if known is None else known[0]


def read(text: str, name: str) -> Document:
    """Read a report of any kind; ``name`` is its file, for messages.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    claimed = format_of(text)
    known = _READERS.get(claimed or "")
    if known is None and claimed is not None and claimed.startswith("upload-matrix"):
        raise ConfigurationError(
            f"{name}: {claimed!r} has no other view; name the JSON of a run, a sweep or its gate."
        )
    # What claims nothing is given to the reader of runs, whose message says what is wrong.
    kind, load = known or (registry.RUN, json_report.load)
    return Document(name, kind, load(text, name))
