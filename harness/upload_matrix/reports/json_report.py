"""The JSON report: the truth that every other report is a view of.

One case a line and one part a line, so that a difference between two reports reads well. Nothing in it
depends on the time or the machine but ``environments``, which are an input of the run; times stand in a
file of their own (``machine``). ``schema`` publishes the format.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from upload_matrix.analysis.deciding import sentences
from upload_matrix.analysis.proportions import repetitions
from upload_matrix.analysis.run_cost import run_cost
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run
from upload_matrix.reports.cost_json import encode_cost
from upload_matrix.reports.counts import count
from upload_matrix.reports.decode import Decoder, MalformedError, may, need, texts
from upload_matrix.reports.encode import Document, encode_environment, encode_result, encode_wire
from upload_matrix.reports.json_lines import line, separated, wire_lines
from upload_matrix.reports.price_codec import decode_price, encode_price
from upload_matrix.reports.repeats_json import encode_repetition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

NAME = "json"
SUFFIX = ".json"
FORMAT = "upload-matrix report"
VERSION = 1


def render(run: Run) -> str:
    """The whole report as text."""
    return "".join(chunks(run))


dump = render


def chunks(run: Run) -> Iterator[str]:
    """The report in pieces of a line or so: a hundred thousand cases need not be in memory twice."""
    yield "{\n"
    head: Document = {
        "format": FORMAT,
        "version": VERSION,
        "summary": _summary(run),
        "matrices": list(run.matrices),
    }
    if run.controls is not None:
        head["controls"] = list(run.controls)
    cost = run_cost(run)
    if cost is not None:
        head["cost"] = encode_cost(cost)
    for key, value in head.items():
        yield f"{line(key)}: {line(value)},\n"
    lists: dict[str, Iterable[Any]] = {
        "conclusions": sentences(run),
        "notes": run.notes,
        "environments": map(encode_environment, run.environments),
        "cases": map(encode_result, run.results),
    }
    # What few runs have is left out of the others' reports.
    if run.prices:
        lists["prices"] = map(encode_price, run.prices)
    repeated = repetitions(run)
    if repeated:
        lists["repetitions"] = map(encode_repetition, repeated)
    for key, values in lists.items():
        yield f"{line(key)}: ["
        yield from separated(line(value) for value in values)
        yield "],\n"
    yield '"wire_forms": {'
    yield from separated(
        f"{line(digest)}: {wire_lines(encode_wire(run.wires[digest]))}" for digest in sorted(run.wires)
    )
    yield "}\n}\n"


def _summary(run: Run) -> Document:
    counts = count(run)
    return {
        "cases": counts.cases,
        "by_outcome": dict(counts.by_outcome),
        "by_verdict": dict(counts.by_verdict),
        "wire_forms": counts.wire_forms,
        "answers": {"by_supply": dict(counts.by_supply), "by_provenance": dict(counts.by_provenance)},
        "calls": counts.calls,
    }


def load(text: str, name: str) -> Run:
    """Read a report back; ``name`` is its file, for messages.

    Gives the run that was written, ``seconds`` zero, and a shipped picture's bytes known by name only
    (``decode.ASSET_SIZE``). Raises ``ConfigurationError`` naming the file and what is wrong with it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name}: not JSON: {error}. Write the report again with a run.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ConfigurationError(
            f'{name}: not a report of upload-matrix: it does not say "format": "{FORMAT}". '
            f"Name the {SUFFIX} file that a run has written."
        )
    try:
        _check_version(document.get("version"), name)
        return _run(document, name)
    except MalformedError as error:
        raise ConfigurationError(f"{name}: the report {error}. Write it again with a run.") from error


def _check_version(version: Any, name: str) -> None:
    if version == VERSION:
        return
    if isinstance(version, int) and version > VERSION:
        raise ConfigurationError(
            f"{name}: report version {version} was written by a newer upload-matrix; this one reads "
            f"version {VERSION}. Upgrade upload-matrix, or write the report again with this one."
        )
    raise MalformedError(f"has {version!r} as its 'version', not {VERSION}")


def _run(document: Document, name: str) -> Run:
    decoder = Decoder()
    wires = {
        digest: _read(name, f"wire_forms[{digest}]", partial(decoder.wire, digest), form)
        for digest, form in need(document, "wire_forms", dict).items()
    }
    cases = need(document, "cases", list)
    controls = may(document, "controls", list)
    results = []
    for index, each in enumerate(cases):
        results.append(_read(name, f"cases[{index}]", decoder.result, each))
        # A hundred thousand cases need not be in memory as data and as results at once.
        cases[index] = None
    for result in results:
        for wire in result.wires:
            if wire not in wires:
                raise MalformedError(f"lacks the wire form {wire!r} that {result.id!r} names")
    return Run(
        matrices=texts(need(document, "matrices", list), "matrices"),
        results=tuple(results),
        wires=wires,
        environments=tuple(
            _read(name, f"environments[{index}]", decoder.environment, each)
            for index, each in enumerate(need(document, "environments", list))
        ),
        notes=texts(may(document, "notes", list) or [], "notes"),
        prices=tuple(
            _read(name, f"prices[{index}]", decode_price, each)
            for index, each in enumerate(may(document, "prices", list) or ())
        ),
        controls=None if controls is None else texts(controls, "controls"),
    )


def _read(name: str, where: str, decode: Callable[[Document], T], document: Document) -> T:
    try:
        return decode(document)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {where} {error}. Write the report again with a run.") from error
