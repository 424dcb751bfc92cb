"""A regression gate's result as JSON: what a program reads, and what its other forms are made from.

One departure a line. ``verdict``, ``exit_code`` and ``summary`` follow from the rest: they are written for
readers; only its counts of cells are read back. ``gate_schema`` publishes the format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from upload_matrix.judge.celldiff import Difference
from upload_matrix.judge.gate import Gate, Undecided
from upload_matrix.judge.history import ChangePoint
from upload_matrix.judge.regression import FailOn, Judgement
from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.codec import Document, MalformedError, line, parsed, separated
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.wirediff import Delta
from upload_matrix.report.decode import may, need, texts
from upload_matrix.report.sweep_codec import encode_change

NAME = "json"
SUFFIX = ".json"
KIND = "gate"
FORMAT = "upload-matrix gate"
VERSION = 2


def dump(gate: Gate) -> str:
    """The whole result as text."""
    return "".join(chunks(gate))


render = dump


def chunks(gate: Gate) -> Iterator[str]:
    """The result in pieces of a line or so."""
    yield "{\n"
    head: Document = {
        "format": FORMAT,
        "version": VERSION,
        "distribution": gate.distribution,
        "verdict": gate.verdict.value,
        "exit_code": gate.exit_code,
        "fail_on": gate.fail_on.value,
        "summary": {
            "releases": len(gate.releases),
            "unlooked": gate.unlooked,
            "changed": len(gate.changed()),
            "changed_as": {judgement.value: len(gate.changed(judgement)) for judgement in Judgement},
            "undecided": len(gate.undecided),
            "unchanged": gate.unchanged,
            "unavailable": gate.unavailable,
        },
        "releases": list(gate.releases),
    }
    for key, value in head.items():
        yield f"{line(key)}: {line(value)},\n"
    lists: dict[str, Iterable[Any]] = {
        "answers": map(_encode_source, gate.answers),
        "baseline_answers": map(_encode_source, gate.baseline_answers),
        "departures": map(_encode_departure, gate.departures),
        "undecided": map(_encode_undecided, gate.undecided),
    }
    separator = ""
    for key, values in lists.items():
        yield f"{separator}{line(key)}: ["
        yield from separated(line(value) for value in values)
        yield "]"
        separator = ",\n"
    yield "\n}\n"


def _encode_source(source: Source) -> Document:
    document = {
        "target": source.target,
        "provenance": source.provenance.value,
        "supply": source.supply.value,
        "profile": source.profile,
        "recorded_on": source.recorded_on,
    }
    return {key: value for key, value in document.items() if value is not None}


def _encode_departure(change: ChangePoint) -> Document:
    # A departure is between a release of the baseline and a new one: nothing lies between, by its nature.
    document = encode_change(change)
    kept = {key: document[key] for key in document if key not in {"between", "sure"}}
    return kept if change.judgement is None else kept | {"judgement": change.judgement.value}


def _encode_undecided(undecided: Undecided) -> Document:
    return {"release": undecided.release, "variants": list(undecided.variants), "why": undecided.why}


def load(text: str, name: str) -> Gate:
    """Read a result back; ``name`` is its file, for messages.

    Raises ``ConfigurationError`` naming the file and what is wrong with it.
    """
    try:
        document = parsed(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}: not JSON: {error}. {_WAY_OUT}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ConfigurationError(
            f'{name}: not a gate\'s result: it does not say "format": "{FORMAT}". '
            "Name the .gate.json file that a sweep with --baseline has written."
        )
    if document.get("version") != VERSION:
        raise ConfigurationError(
            f"{name}: version {document.get('version')!r} of a gate's result; this upload-matrix reads "
            f"version {VERSION}. {_WAY_OUT}"
        )
    try:
        return _gate(document)
    except ValueError as error:
        raise ConfigurationError(f"{name}: the gate's result {error}. {_WAY_OUT}") from error


_WAY_OUT = "Write it again with `upload-matrix sweep --baseline`."


def _gate(document: Document) -> Gate:
    summary = need(document, "summary", dict)
    return Gate(
        distribution=need(document, "distribution", str),
        releases=texts(need(document, "releases", list), "releases"),
        departures=tuple(_change(each) for each in need(document, "departures", list)),
        undecided=tuple(
            Undecided(
                need(each, "release", str),
                texts(need(each, "variants", list), "variants"),
                need(each, "why", str),
            )
            for each in need(document, "undecided", list)
        ),
        unchanged=need(summary, "unchanged", int),
        unavailable=need(summary, "unavailable", int),
        answers=tuple(_source(each) for each in need(document, "answers", list)),
        baseline_answers=tuple(_source(each) for each in need(document, "baseline_answers", list)),
        fail_on=FailOn(need(document, "fail_on", str)),
        unlooked=need(summary, "unlooked", int),
    )


def _source(document: Document) -> Source:
    return Source(
        target=need(document, "target", str),
        provenance=Provenance(need(document, "provenance", str)),
        supply=Supply(need(document, "supply", str)),
        profile=may(document, "profile", str),
        recorded_on=may(document, "recorded_on", str),
    )


def _change(document: Document) -> ChangePoint:
    return ChangePoint(
        before=need(document, "before", str),
        after=need(document, "after", str),
        between=(),
        differences=tuple(_difference(each) for each in need(document, "differences", list)),
        beside=_deltas(document, "beside"),
        judgement=Judgement(need(document, "judgement", str)),
    )


def _difference(document: Document) -> Difference:
    outcome, read = may(document, "outcome", dict), may(document, "read", dict)
    return Difference(
        variants=texts(need(document, "variants", list), "variants"),
        deltas=_deltas(document, "wire"),
        outcome=None
        if outcome is None
        else (_outcome(need(outcome, "from", dict)), _outcome(need(outcome, "to", dict))),
        read=None if read is None else (need(read, "from", str), need(read, "to", str)),
    )


def _deltas(document: Document, key: str) -> tuple[Delta, ...]:
    return tuple(
        Delta(need(each, "where", str), may(each, "from", str), may(each, "to", str))
        for each in need(document, key, list)
    )


def _outcome(document: Document) -> Outcome:
    try:
        kind = OutcomeKind(need(document, "kind", str))
    except ValueError as error:
        raise MalformedError(f"has an outcome that is none: {error}") from error
    words = {name: may(document, name, str) for name in ("type", "code", "param", "message", "detail")}
    return Outcome(kind=kind, status=may(document, "status", int), **words)
