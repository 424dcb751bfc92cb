"""What ``report`` does: read JSON of any kind, merge, render, and print, write or open."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upload_matrix.files import read_text
from upload_matrix.judge.bisect import missing
from upload_matrix.judge.merge import merge, merge_runs
from upload_matrix.model.client_table import TABLE_FORMAT
from upload_matrix.model.conformance import FORMAT as CONFORMANCE_FORMAT
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.reception import SERVER_FORMAT, SERVERS_FORMAT
from upload_matrix.model.result import Run
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import (
    ab_report,
    compare_text,
    conformance,
    diagnosis,
    every_client,
    gate_report,
    isolation,
    json_report,
    registry,
    server_report,
    sweep_json,
    sweep_report,
)
from upload_matrix.report.green import last_green
from upload_matrix.report.machine import load_calls
from upload_matrix.report.opening import open_page, root_from
from upload_matrix.report.registry import Report

# -- JSON reports of any kind, told apart by their first lines --


_FORMAT = re.compile(r'\A\s*\{\s*"format"\s*:\s*"([^"\\]*)"')

_READERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    json_report.FORMAT: (registry.RUN, json_report.load),
    sweep_json.FORMAT: (registry.SWEEP, sweep_json.load),
    gate_report.FORMAT: (registry.GATE, gate_report.load),
    compare_text.FORMAT: (registry.COMPARISON, compare_text.load),
    ab_report.FORMAT: (registry.AB, ab_report.load),
    isolation.FORMAT: (registry.ISOLATION, isolation.load),
    diagnosis.FORMAT: (registry.DIAGNOSIS, diagnosis.load),
    CONFORMANCE_FORMAT: (registry.CONFORMANCE, conformance.load),
    SERVER_FORMAT: (registry.SERVER, server_report.load),
    SERVERS_FORMAT: (registry.SERVERS, server_report.load_many),
    TABLE_FORMAT: (registry.CLIENTS, every_client.load),
}


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report that was read: its file's ``name``, its ``kind`` (one of the registry's) and what it is of."""

    name: str
    kind: str
    subject: Any


def format_of(text: str) -> str | None:
    """The format that a JSON text claims in its first key; None when it claims none."""
    found = _FORMAT.match(text[:400])
    return None if found is None else found[1]


def kind_of(text: str) -> str | None:
    """Which kind of report a text is, by what it claims; None when it is none that can be rendered."""
    known = _READERS.get(format_of(text) or "")
    return None if known is None else known[0]


def read(text: str, name: str) -> ReadReport:
    """Read a report of any kind; ``name`` is its file, for messages.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    claimed = format_of(text)
    known = _READERS.get(claimed or "")
    if known is None and claimed is not None and claimed.startswith("upload-matrix"):
        raise ConfigurationError(
            f"{name}: {claimed!r} has no other view; name the JSON of a run, sweep, gate, "
            "comparison, A/B, isolation, diagnosis, conformance or server."
        )
    # What claims nothing is given to the reader of runs, whose message says what is wrong.
    kind, load = known or (registry.RUN, json_report.load)
    return ReadReport(name, kind, load(text, name))


_WEB = re.compile(r"https?://[^\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rendering:
    """The command's options, under their own names."""

    files: tuple[str, ...]
    form: str | None = None
    merge: bool = False
    output: str | None = None
    show: bool = False
    max_bytes: int | None = None
    link: str | None = None
    facts: str | None = None
    baseline: str | None = None


def render(document: ReadReport, wanted: Rendering) -> Iterator[str]:
    """The pieces to print: the view itself, or nothing but where it was written.

    Raises ConfigurationError for a format or option that does not fit, OSError when the disk says no.
    """
    form = wanted.form or ("html" if wanted.show else "markdown")
    (report,) = registry.find([form], document.kind)
    chunks = _chunks(report, document, wanted)
    if wanted.output is None and not wanted.show:
        yield from chunks
        return
    path = _path(wanted, report)
    registry.write_text(path, chunks)
    said = open_page(path) if wanted.show else None
    if said is not None:
        yield f"{said}\n"


def read_all(wanted: Rendering) -> ReadReport:
    """The one report that was named, or its parts merged.

    Raises ConfigurationError for files that are no reports or do not go together, OSError when the disk says
    no.
    """
    documents = [read(read_text(Path(name)), name) for name in wanted.files]
    first = documents[0]
    if len(documents) == 1:
        return first
    odd = next((each for each in documents if each.kind != first.kind), None)
    if odd is not None:
        raise ConfigurationError(
            f"{first.name} is of a {first.kind}, {odd.name} of a {odd.kind}: merge parts of one kind"
        )
    if not wanted.merge:
        raise ConfigurationError(f"{len(documents)} reports make one with --merge; without it, give one file")
    return ReadReport(first.name, first.kind, _merged(first.kind, [each.subject for each in documents]))


def lacking(document: ReadReport, *, merged: bool) -> str | None:
    """What a report of nothing, or a merged sweep, does not know, in words; None where it knows all."""
    subject = document.subject
    if isinstance(subject, Run) and not subject.results:
        return f"{document.name}: no case ran, so there is nothing to show"
    if isinstance(subject, Sweep) and not subject.results:
        return f"{document.name}: no release was measured, so there is nothing to show"
    gaps = missing(subject) if merged and isinstance(subject, Sweep) else None
    return f"the merged sweep is not complete: {sweep_report.lacking_words(gaps)}" if gaps else None


def _merged(kind: str, subjects: Sequence[Any]) -> Run | Sweep:
    if isinstance(subjects[0], Run):
        return merge_runs(subjects)
    if isinstance(subjects[0], Sweep):
        return merge(subjects)
    raise ConfigurationError(
        f"results of {kind}s cannot be merged; merge the runs or the sweeps, and judge them once"
    )


def _chunks(report: Report, document: ReadReport, wanted: Rendering) -> Iterable[str]:
    given: dict[str, Any] = {
        "max_bytes": wanted.max_bytes,
        "link": _link(wanted.link),
        "facts": _facts(wanted),
        "baseline": _baseline(wanted),
    }
    for option, value in given.items():
        if value is not None and option not in report.options:
            able = [
                each.name for each in registry.available(document.kind).values() if option in each.options
            ]
            raise ConfigurationError(
                f"--{option.replace('_', '-')} does not go with {report.name!r}, but with {', '.join(able)}"
            )
    if "link" in report.options and given["link"] is None:
        given["link"] = page_of_the_job(os.environ)
    if "baseline" in report.options and given["baseline"] is None and not wanted.merge:
        given["baseline"] = last_green(document.subject, Path(document.name))
    options = {name: value for name, value in given.items() if value is not None and name in report.options}
    if "root" in report.options and (wanted.output is not None or wanted.show):
        options["root"] = root_from(_path(wanted, report).parent)
    if wanted.max_bytes is None:
        return report.chunks(document.subject, **options)
    try:
        return report.chunks(document.subject, **options)
    except ValueError as error:
        raise ConfigurationError(f"--max-bytes {wanted.max_bytes}: {error}") from error


def _link(text: str | None) -> str | None:
    if text is not None and _WEB.fullmatch(text) is None:
        raise ConfigurationError(f"--link {text!r} is not an address: give one that begins with https://")
    return text


def _facts(wanted: Rendering) -> tuple[CallRecord, ...] | None:
    if wanted.facts is None:
        return None
    return load_calls(read_text(Path(wanted.facts)), wanted.facts)


def _baseline(wanted: Rendering) -> Run | None:
    return (
        None
        if wanted.baseline is None
        else json_report.load(read_text(Path(wanted.baseline)), wanted.baseline)
    )


def page_of_the_job(environ: Mapping[str, str]) -> str | None:
    """The page of the running GitHub Actions workflow, where its artifacts lie; None elsewhere.

    https://docs.github.com/actions/reference/workflows-and-actions/variables
    """
    words = [environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    if environ.get("GITHUB_ACTIONS") != "true" or not all(words):
        return None
    server, repository, run = words
    return f"{server}/{repository}/actions/runs/{run}#artifacts"


def _path(wanted: Rendering, report: Report) -> Path:
    if wanted.output is not None:
        return Path(wanted.output)
    first = Path(wanted.files[0])
    path = first.with_name(first.name.removesuffix(".json") + report.suffix)
    if path == first:
        raise ConfigurationError(
            f"{first} is the JSON itself; name another file with -o, or another --format"
        )
    return path
