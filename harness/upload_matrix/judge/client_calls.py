"""What each client sends for the same call: of calls that several clients make, who puts what on the wire.

A *call* is a matrix's cases that differ in the client alone (and in ``retries``, which asks for a second
attempt at the same call). Clients that send the same are one row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from upload_matrix.model.case import OPTIONAL_AXES, value_on
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.model.sweep import outcome_words
from upload_matrix.wire.carriers.multipart import Part, base_name
from upload_matrix.wire.difference import diff
from upload_matrix.wire.form import Framing, WireForm

# What a client sends when its first attempt has failed: the same again, something else, or nothing.


SAME = "the same"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Again:
    """What came after an interruption (``after-500``): ``SAME``, ``NOTHING``, or in words what differs."""

    interruption: str
    how: str


def second_attempt(interruption: str, result: CaseResult, wires: Mapping[str, WireForm]) -> Again:
    """What followed the first attempt of a case (one at least) whose first attempt was made to fail."""
    first, *later = (attempt.wire for attempt in result.attempts)
    if not later:
        return Again(interruption, NOTHING)
    other = next((digest for digest in later if digest != first), None)
    if other is None:
        return Again(interruption, SAME)
    if first not in wires or other not in wires:
        return Again(interruption, f"wire form {other} after {first}")
    return Again(interruption, "; ".join(map(str, diff(wires[first], wires[other]))))


CLIENT = "client"
RETRIES = "retries"


@dataclass(frozen=True, slots=True)
class ClientRow:
    """``clients`` that sent the same for a call and came to the same end.

    ``parts`` are those of the file's field, as they were sent; () when no request was sent in full, and
    then ``framing`` is None. ``outcome`` is the first client's. ``again`` is what followed a failed first
    attempt, () where no case asked.
    """

    clients: tuple[str, ...]
    parts: tuple[Part, ...]
    framing: Framing | None
    outcome: Outcome
    again: tuple[Again, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientCall:
    """``values`` holds, per axis of the table, the values for which the ``rows`` are the same."""

    values: tuple[tuple[str, ...], ...]
    rows: tuple[ClientRow, ...]


@dataclass(frozen=True, slots=True)
class ClientTable:
    """The calls of one matrix, at least one of them made by two clients, by their ``axes`` that vary.

    ``alike`` are axes all of whose values give the same in every call.
    """

    matrix: str
    axes: tuple[str, ...]
    alike: Mapping[str, tuple[str, ...]]
    calls: tuple[ClientCall, ...]


def client_tables(run: Run) -> tuple[ClientTable, ...]:
    """A table for every matrix in which several clients make the same call with a file; others have none."""
    found = (_table(name, run) for name in dict.fromkeys(result.matrix for result in run.results))
    return tuple(table for table in found if table is not None)


def _table(matrix: str, run: Run) -> ClientTable | None:
    results = [result for result in run.results if result.matrix == matrix]
    fields = _file_fields(results, run.wires)
    uploads = [result for result in results if fields[_operation(result)]]
    axes = [axis for axis in dict.fromkeys(axis for each in uploads for axis in each.axes) if axis != CLIENT]
    values = {axis: list(dict.fromkeys(value_on(each.axes, axis) for each in uploads)) for axis in axes}
    varying = tuple(axis for axis in axes if axis != RETRIES and len(values[axis]) > 1)
    grouped: dict[tuple[str, ...], dict[str, list[CaseResult]]] = {}
    for result in uploads:
        call = grouped.setdefault(tuple(value_on(result.axes, axis) for axis in varying), {})
        call.setdefault(value_on(result.axes, CLIENT), []).append(result)
    if all(len(by_client) < 2 for by_client in grouped.values()):
        return None
    calls = [
        ClientCall(tuple((value,) for value in key), tuple(_rows(by_client, fields, run.wires)))
        for key, by_client in grouped.items()
    ]
    for position in reversed(range(len(varying))):
        calls = _merged(calls, position)
    return _without_alike(ClientTable(matrix, varying, {}, tuple(calls)), values)


def _operation(result: CaseResult) -> str:
    return result.axes.get("operation", "")


def _file_fields(results: Sequence[CaseResult], wires: Mapping[str, WireForm]) -> Mapping[str, set[str]]:
    """Per operation the fields that any client sent as a file: so one who sends it as text shows up, too."""
    fields: defaultdict[str, set[str]] = defaultdict(set)
    for result in results:
        for attempt in result.attempts:
            parts = wires[attempt.wire].parts or () if attempt.wire in wires else ()
            fields[_operation(result)] |= {base_name(part.name) for part in parts if part.is_upload}
    return fields


def _rows(
    by_client: Mapping[str, Sequence[CaseResult]],
    fields: Mapping[str, set[str]],
    wires: Mapping[str, WireForm],
) -> Iterator[ClientRow]:
    rows: dict[object, ClientRow] = {}
    for client, results in by_client.items():
        row = _row(client, results, fields, wires)
        seen = [
            (part.name, part.filename, part.content_type, as_extended(part), part.content)
            for part in row.parts
        ]
        key = tuple(seen), row.framing, outcome_words(row.outcome)[:5], row.again
        known = rows.get(key)
        rows[key] = row if known is None else replace(known, clients=(*known.clients, client))
    yield from rows.values()


def as_extended(part: Part) -> bool:
    """Whether the filename is written as ``filename*`` (RFC 5987), which RFC 7578 forbids here."""
    return "filename*" in part.disposition


def _row(
    client: str,
    results: Sequence[CaseResult],
    fields: Mapping[str, set[str]],
    wires: Mapping[str, WireForm],
) -> ClientRow:
    retried = [each for each in results if value_on(each.axes, RETRIES) != OPTIONAL_AXES[RETRIES]]
    first = next((each for each in results if each not in retried), results[0])
    wire = wires.get(first.attempts[0].wire) if first.attempts else None
    again = tuple(
        second_attempt(value_on(each.axes, RETRIES), each, wires) for each in retried if each.attempts
    )
    if wire is None or first.outcome.kind is OutcomeKind.NOT_SENT:
        return ClientRow((client,), (), None, first.outcome, again)
    named = fields[_operation(first)]
    parts = tuple(part for part in wire.parts or () if base_name(part.name) in named)
    return ClientRow((client,), parts, wire.framing, first.outcome, again)


def _merged(calls: Sequence[ClientCall], position: int) -> list[ClientCall]:
    """Calls that differ in one axis alone and have the same rows become one."""
    groups: dict[object, list[ClientCall]] = {}
    for call in calls:
        others = call.values[:position] + call.values[position + 1 :]
        groups.setdefault((others, call.rows), []).append(call)
    return [
        replace(
            group[0],
            values=(
                *group[0].values[:position],
                tuple(value for call in group for value in call.values[position]),
                *group[0].values[position + 1 :],
            ),
        )
        for group in groups.values()
    ]


def _without_alike(table: ClientTable, values: Mapping[str, Sequence[str]]) -> ClientTable:
    telling = [
        position
        for position, axis in enumerate(table.axes)
        if any(len(call.values[position]) < len(values[axis]) for call in table.calls)
    ]
    return ClientTable(
        table.matrix,
        tuple(table.axes[position] for position in telling),
        {axis: tuple(values[axis]) for place, axis in enumerate(table.axes) if place not in telling},
        tuple(
            replace(call, values=tuple(call.values[position] for position in telling)) for call in table.calls
        ),
    )
