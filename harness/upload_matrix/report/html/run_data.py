"""A run as columns of numbers and tables of what they stand for: small to embed and quick to filter.

The block ``columns`` holds a number a case and column, column after column in the order that ``index`` names,
the axes' last; ``index`` has the tables for them. That is what the matrix, the lists and the filters need.
The rest, which a reader asks for one case at a time, stands in chunked tables.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from upload_matrix.judge.differences import nearest_in
from upload_matrix.judge.evidence import Evidence, last_wire
from upload_matrix.model.answer import Provenance
from upload_matrix.model.case import NOT_APPLICABLE, OPTIONAL_AXES
from upload_matrix.model.codec import encode
from upload_matrix.model.hop import Hop
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import RED, Attempt, CaseResult, Place, Run, VerdictKind
from upload_matrix.report.grid import build
from upload_matrix.report.grounds import grounds
from upload_matrix.report.html.embed import INT32
from upload_matrix.report.html.wire_data import hop_document, wire_table
from upload_matrix.report.wording import (
    FAILED,
    MARKS,
    SIGNS,
    WAYS_OUT,
    beyond_the_outcome,
    heading,
    is_python,
    of_source,
    short,
)

# -- tables that hold each value once: a hundred thousand cases share a few answers --


K = TypeVar("K", bound="Hashable")

_MOST_NEAREST = 5_000
"""Rejected forms for which the nearest that passes is looked for."""

CHUNK = 2048
"""Rows of a table in one block: what a browser unpacks when it first needs one of them."""


class Interned(Generic[K]):
    """Rows by the key that makes them equal, numbered from 0 in the order in which they first came."""

    def __init__(self) -> None:
        self._places: dict[K, int] = {}
        self.rows: list[Any] = []

    def place(self, key: K, row: Callable[[], Any]) -> int:
        """The number of ``key``'s row; ``row`` makes it the first time."""
        known = self._places.get(key)
        if known is None:
            known = self._places[key] = len(self.rows)
            self.rows.append(row())
        return known

    def itself(self, key: K) -> int:
        """The number of the row that is ``key`` itself."""
        return self.place(key, lambda: key)


def chunked(name: str, rows: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """A table as blocks ``NAME.0``, ``NAME.1``, ... of ``CHUNK`` rows each."""
    for start in range(0, len(rows), CHUNK):
        yield f"{name}.{start // CHUNK}", rows[start : start + CHUNK]


Document = dict[str, Any]

ABSENT = -1
"""The number of a value that a case does not have: an axis of another matrix, a request never sent."""

NOBODY, LIVE, EMULATED, GATEWAY = 0, 1, 2, 3
"""Who answered a case: a case with one emulated answer counts as emulated, one that only a gateway answered
in its own words as the gateway's. What a stand-in said behind a gateway counts, too."""


def blocks(run: Run, evidence: Evidence, root: str | None = None) -> Iterator[tuple[str, Any]]:
    """The run's blocks by name, ``index`` first, of it and its evidence; ``root`` as in ``place_address``."""
    data = RunData(run, evidence, root)
    yield "index", data.index()
    yield "columns", data.columns()
    for name, rows in data.tables().items():
        yield from chunked(name, rows)


class RunData:
    """Numbers the pieces of a run, one pass over its results."""

    def __init__(self, run: Run, evidence: Evidence, root: str | None = None) -> None:
        self._run = run
        self._evidence = evidence
        self._root = root
        self._wires, self._wire_places = wire_table(run.wires)
        self._matrices: Interned[str] = Interned()
        self._targets: Interned[str] = Interned()
        self._environments: Interned[str] = Interned()
        self._outcomes: Interned[Outcome] = Interned()
        self._verdicts: Interned[Any] = Interned()
        self._findings: Interned[Any] = Interned()
        self._facts: Interned[Any] = Interned()
        self._clients: Interned[Any] = Interned()
        self._attempts: Interned[tuple[Attempt, ...]] = Interned()
        self._hops: Interned[Hop] = Interned()
        self._axes: dict[str, Interned[str]] = {}
        for result in run.results:
            for axis in result.axes:
                self._axes.setdefault(axis, Interned())
        self._ids: list[str] = []
        names = ("matrix", "target", "environment", "outcome", "verdict", "findings", "wire", "answered")
        self._columns: dict[str, list[int]] = {
            name: [] for name in (*names, "facts", "client", "attempts", "hop")
        }
        self._values: dict[str, list[int]] = {axis: [] for axis in self._axes}
        for result in run.results:
            self._add(result)

    def _add(self, result: CaseResult) -> None:
        said = result.findings
        wire = last_wire(result)
        row = {
            "matrix": self._matrices.itself(result.matrix),
            "target": self._targets.itself(result.target),
            "environment": self._environments.itself(result.environment),
            "outcome": self._outcomes.place(result.outcome, lambda: _outcome(result)),
            "verdict": self._verdicts.place(
                (result.verdict, result.outcome), lambda: _verdict(result, self._root)
            ),
            "findings": self._findings.place(said, lambda: _findings(result)),
            "wire": ABSENT if wire is None else self._wire_places.get(wire, ABSENT),
            "answered": _answered(result),
            "facts": self._facts.place(tuple(result.facts.items()), lambda: dict(result.facts)),
            "client": self._clients.place(result.client, lambda: encode(result.client)),
            "attempts": self._attempts.place(result.attempts, lambda: self._tries(result)),
            "hop": self._hop(result.hop),
        }
        self._ids.append(result.id)
        for name, place in row.items():
            self._columns[name].append(place)
        for axis, table in self._axes.items():
            value = result.axes.get(axis, OPTIONAL_AXES.get(axis))
            self._values[axis].append(ABSENT if value is None else table.itself(value))

    def _hop(self, hop: Hop | None) -> int:
        if hop is None:
            return ABSENT
        return self._hops.place(hop, lambda: hop_document(hop, self._wire_places, ABSENT))

    def _tries(self, result: CaseResult) -> list[Document]:
        documents: list[Document] = [encode(each) for each in result.attempts]
        for attempt, document in zip(result.attempts, documents, strict=True):
            document["form"] = self._wire_places.get(attempt.wire, ABSENT)
            if attempt.source is not None:
                document["says"] = of_source(attempt.source, attempt.rule)
            if attempt.nearest is not None:
                document["nearest_form"] = self._wire_places.get(attempt.nearest, ABSENT)
        return documents

    def index(self) -> Document:
        """What a page needs at once."""
        return {
            "words": _words(),
            "chunk": CHUNK,
            "not_applicable": NOT_APPLICABLE,
            "neutral": dict(OPTIONAL_AXES),
            "matrices": self._matrices.rows,
            "layouts": [self._layout(name) for name in self._matrices.rows],
            "axes": [{"name": axis, "values": table.rows} for axis, table in self._axes.items()],
            "targets": self._targets.rows,
            "asked": self._run.target,
            "environments": self._environments.rows,
            "outcomes": self._outcomes.rows,
            "verdicts": self._verdicts.rows,
            "findings": self._findings.rows,
            "wires": [row["digest"] for row in self._wires],
            "lines": _lines(row["line"] for row in self._wires),
            "ids": self._ids,
            "columns": list(self._columns),
            "surroundings": [encode(each) for each in self._run.environments],
            "grounds": self._grounds(),
        }

    def _grounds(self) -> Document:
        """What the rules of emulated answers rest on, by profile and rule."""
        answered = {
            (attempt.source, attempt.rule): None
            for result in self._run.results
            for attempt in result.attempts
            if attempt.source is not None and attempt.rule is not None
        }
        found = ((source, rule, grounds(source, rule)) for source, rule in answered)
        return {f"{source.profile} {rule}": asdict(each) for source, rule, each in found if each is not None}

    def columns(self) -> array[int]:
        """All columns, one after the other."""
        return array(INT32, chain(*self._columns.values(), *self._values.values()))

    def _layout(self, matrix: str) -> Document:
        """How a matrix is laid out before anybody chooses: as in the other reports."""
        grid = build([result for result in self._run.results if result.matrix == matrix])
        return {
            "rows": list(grid.row_axes),
            "columns": list(grid.column_axes),
            "constants": dict(grid.constants),
        }

    def tables(self) -> dict[str, list[Any]]:
        """What a page asks for one row at a time, by name."""
        nearest = self._nearest()
        return {
            "wires": self._wires,
            "nearest": [nearest.get(row["digest"]) for row in self._wires],
            "facts": self._facts.rows,
            "clients": self._clients.rows,
            "attempts": self._attempts.rows,
            "hops": self._hops.rows,
        }

    def _nearest(self) -> dict[str, Document | None]:
        """By a rejected form's digest the nearest that passes, if any, or why it was not looked for.

        Of very many rejected forms it is looked for first for those that are not as expected.
        """
        rejected = [form for form in self._evidence.answered if not form.accepted]
        if len(rejected) > _MOST_NEAREST:
            red = {last_wire(result) for result in self._run.results if result.verdict.kind in RED}
            rejected.sort(key=lambda form: form.digest not in red)
        said = (
            f"The run has {len(rejected):,} rejected requests, too many to find the nearest that passes for "
            f"each: it was done for {_MOST_NEAREST:,}, those not as expected first, and not for this one."
        )
        unsought = {"form": ABSENT, "says": said}
        sought = rejected[:_MOST_NEAREST]
        rows: dict[str, Document | None] = {form.digest: unsought for form in rejected[_MOST_NEAREST:]}
        rows.update((form.digest, None) for form in sought)
        for digest, (passing, _) in nearest_in(self._evidence, sought).items():
            rows[digest] = {"form": self._wire_places.get(passing, ABSENT)}
        return rows


def _lines(lines: Iterator[str]) -> Document:
    """Request lines, each once: thousands of forms go to a few addresses."""
    table: Interned[str] = Interned()
    places = [table.itself(line) for line in lines]
    return {"table": table.rows, "places": places}


def _outcome(result: CaseResult) -> Document:
    outcome = result.outcome
    return {
        **encode(outcome),
        "short": short(outcome),
        "heading": heading(outcome),
    }


def place_address(place: Place, root: str | None) -> str | None:
    """Where a page's link to a line of a matrix leads; None for a page that lies nowhere.

    ``root`` is the way from the page to the folder that the place is named from.
    """
    return None if root is None else f"{quote(f'{root}/{place.file}', errors='replace')}#L{place.line}"


def _verdict(result: CaseResult, root: str | None) -> Document:
    document: Document = encode(result.verdict)
    if result.verdict.at is not None:
        document["at"] = {"says": str(result.verdict.at), "address": place_address(result.verdict.at, root)}
    beyond = beyond_the_outcome(result)
    return document | ({"beyond": beyond} if beyond else {})


def _findings(result: CaseResult) -> list[Document]:
    documents: list[Document] = [encode(each) for each in result.findings]
    return [document | {"code_to_copy": is_python(document["fix"])} for document in documents]


def _answered(result: CaseResult) -> int:
    told = {attempt.source.provenance for attempt in result.attempts if attempt.source is not None}
    forwarded = () if result.hop is None else result.hop.forwarded
    behind = {each.source.provenance for each in forwarded if each.source is not None}
    if Provenance.EMULATED in told | behind:
        return EMULATED
    if Provenance.LIVE in told:
        return LIVE
    return GATEWAY if Provenance.GATEWAY in told else NOBODY


def _words() -> Document:
    """The words and signs of outcomes and verdicts, so that the page's scripts have none of their own."""
    return {
        "outcomes": [
            {
                "kind": kind.value,
                "sign": SIGNS[kind],
                "says": kind.value.replace("_", " "),
                "failed": kind in FAILED,
                "way_out": WAYS_OUT.get(kind),
            }
            for kind in OutcomeKind
        ],
        "verdicts": [
            {
                "kind": kind.value,
                "says": kind.value.replace("-", " "),
                "mark": MARKS[kind],
                "red": kind in RED,
            }
            for kind in VerdictKind
        ],
    }
