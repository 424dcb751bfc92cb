"""A comparison of two variants as JSON: the truth that its other forms are views of. No times in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from upload_matrix.judge.ab import Ab, Side, Test
from upload_matrix.judge.run_cost import RunCost, cost_of_variant, run_cost
from upload_matrix.model.codec import Document, encode, in_lines, line, separated
from upload_matrix.model.result import Run
from upload_matrix.report.json_report import cost_of, proportion

SUFFIX = ".ab.json"
FORMAT = "upload-matrix ab"
VERSION = 1
_DIGITS = 6


def dump(ab: Ab, run: Run) -> str:
    """The whole comparison as text; ``run`` is what it compares."""
    return "".join(chunks(ab, run))


def chunks(ab: Ab, run: Run) -> Iterator[str]:
    """The comparison in pieces of a line or so."""
    cost = run_cost(run)
    head: Document = {
        "format": FORMAT,
        "version": VERSION,
        "verdict": ab.verdict.value,
        "exit_code": ab.exit_code,
        "emulated": ab.emulated,
        "same_wire": ab.same_wire,
        "a": _side(ab.a, cost),
        "b": _side(ab.b, cost),
    }
    if ab.test is not None:
        head["test"] = _test(ab.test)
    if ab.needed is not None:
        head["repeats_needed"] = ab.needed
    yield "{\n"
    for key, value in head.items():
        yield f"{line(key)}: {line(value)},\n"
    lists: Mapping[str, Iterable[Any]] = {
        "differences": ({"where": each.where, "from": each.before, "to": each.after} for each in ab.deltas),
        "controls": (encode(proportion(each)) for each in ab.controls),
        "notes": run.notes,
        "prices": map(encode, run.prices),
        "environments": map(encode, run.environments),
        "cases": map(encode, run.results),
    }
    for key, values in lists.items():
        yield f"{line(key)}: ["
        yield from separated(line(value) for value in values)
        yield "],\n"
    yield '"wire_forms": {'
    yield from separated(
        f"{line(digest)}: {in_lines(encode(run.wires[digest]))}" for digest in sorted(run.wires)
    )
    yield "}\n}\n"


def _side(side: Side, cost: RunCost | None) -> Document:
    own = None if cost is None else cost_of_variant(cost, side.variant)
    document: Document = {
        "case": side.variant,
        "target": side.result.target,
        "environment": side.result.environment,
        "wires": list(side.wires),
        "repetition": encode(proportion(side.repetition)),
    }
    return document if own is None else document | {"cost": encode(cost_of(own.cost))}


def _test(test: Test) -> Document:
    about = {} if test.about is None else {"about": encode(test.about)}
    return {
        "name": "fisher",
        "p": round(test.p, _DIGITS),
        "significant": test.significant,
        "a": [test.a, test.of_a],
        "b": [test.b, test.of_b],
        "answers_tried": test.tried,
        **about,
    }
