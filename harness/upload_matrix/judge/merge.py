"""One sweep or run out of several partial ones: shards, the two halves of an interrupted sweep, CI jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import CaseResult, Environment, Run
from upload_matrix.model.sweep import Cell, ReleaseResult, Sweep, WireAnswer, alike

T = TypeVar("T")

_SAME = ("distribution", "releases", "strategy", "guard")
_PIN = "Run every shard with the same options and the same list of releases."


# Sweeps: shards, or an interrupted one and its continuation.


def merge(sweeps: Sequence[Sweep]) -> Sweep:
    """The sweeps as one; which of them comes first only decides the order of variants and notes.

    Raises ConfigurationError when there is none, or when two contradict each other: other releases in
    question, another strategy or guard, a release that was available to one only, a cell that behaves
    otherwise, a wire form answered by another target's or profile's words or left unanswered by one.
    """
    if not sweeps:
        raise ConfigurationError("nothing to merge: name the sweeps' JSON reports.")
    first = sweeps[0]
    for number, sweep in enumerate(sweeps[1:], 2):
        for name in _SAME:
            if getattr(sweep, name) != getattr(first, name):
                raise ConfigurationError(f"sweeps 1 and {number} do not have the same {name}. {_PIN}")
    names = (release.name for release in first.releases)
    tried = {name: [sweep.results[name] for sweep in sweeps if name in sweep.results] for name in names}
    return Sweep(
        distribution=first.distribution,
        releases=first.releases,
        variants=_distinct(variant for sweep in sweeps for variant in sweep.variants),
        results={name: _result(results) for name, results in tried.items() if results},
        wires={digest: wire for sweep in sweeps for digest, wire in sweep.wires.items()},
        strategy=first.strategy,
        guard=first.guard,
        answers=_answers(sweeps),
        notes=_distinct(note for sweep in sweeps for note in sweep.notes),
    )


def _distinct(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _result(results: Sequence[ReleaseResult]) -> ReleaseResult:
    first = results[0]
    cells: dict[str, Cell] = {}
    for result in results:
        if (result.unavailable is None) != (first.unavailable is None):
            raise ConfigurationError(
                f"release {first.release} was available to one sweep and not to another: "
                f"{result.unavailable or first.unavailable}. Measure it again where it could not be built."
            )
        for variant, cell in result.cells.items():
            known = cells.setdefault(variant, cell)
            if not alike(known, cell):
                raise ConfigurationError(
                    f"release {first.release}, {variant}: one sweep has {_told(known)}, another "
                    f"{_told(cell)}. Measure the release again in one environment."
                )
            if known.read is None:
                cells[variant] = cell
    # Builders' words about the same fault may differ by machine; one of them will do.
    return ReleaseResult(first.release, cells, _environments(results), first.unavailable, first.unbuildable)


def _environments(results: Sequence[ReleaseResult]) -> tuple[Environment, ...]:
    found: dict[str, Environment] = {}
    for result in results:
        for environment in result.environments:
            if found.setdefault(environment.name, environment) != environment:
                raise ConfigurationError(
                    f"release {result.release}: the environment {environment.name!r} is not the same in two "
                    "sweeps. Measure one release's variants with the same interpreter and libraries."
                )
    return tuple(found.values())


def _told(cell: Cell) -> str:
    read = f", which the client {cell.read}" if cell.read else ""
    return f"{cell.outcome} with wire forms {', '.join(cell.wires) or 'none'}{read}"


def _answers(sweeps: Sequence[Sweep]) -> tuple[WireAnswer, ...]:
    found: dict[tuple[str, str], WireAnswer] = {}
    for answer in (answer for sweep in sweeps for answer in sweep.answers):
        key = answer.target, answer.wire
        known = found.setdefault(key, answer)
        if _speaker(known.source) != _speaker(answer.source):
            raise ConfigurationError(
                f"wire form {answer.wire} at {answer.target}: one sweep has {_words(known.source)}, another "
                f"{_words(answer.source)}. Run every shard with the same target and recordings."
            )
        found[key] = min(known, answer, key=_way)
    return tuple(found[key] for key in sorted(found))


def _speaker(source: Source | None) -> tuple[Provenance, str | None] | None:
    return None if source is None else (source.provenance, source.profile)


def _words(source: Source | None) -> str:
    if source is None:
        return "no answer"
    return f"{source.provenance} words" + (f" (profile {source.profile})" if source.profile else "")


def _way(answer: WireAnswer) -> tuple[bool, str, str]:
    """Orders the ways of one answer: one that was just given comes before the recording made of it."""
    source = answer.source
    if source is None:
        return (False, "", "")
    return (source.supply is Supply.RECORDED, source.recorded_on or "", source.supply)


# Runs: the jobs of a CI that ran other matrices, or parts of one.


def merge_runs(runs: Sequence[Run]) -> Run:
    """The runs as one, their cases in the order given; a case that two have alike stands once.

    Raises ConfigurationError when there is none, or when two contradict each other: a case with another
    result, an environment of one name with other contents.
    """
    if not runs:
        raise ConfigurationError("nothing to merge: name the runs' JSON reports.")
    results: dict[str, CaseResult] = {}
    environments: dict[str, Environment] = {}
    for number, run in enumerate(runs, 1):
        for environment in run.environments:
            if environments.setdefault(environment.name, environment) != environment:
                raise ConfigurationError(
                    f"report {number} has another environment {environment.name!r} than one before it. Merge "
                    "runs of one machine image, or show them side by side with `upload-matrix site`."
                )
        for result in run.results:
            known = results.setdefault(result.id, result)
            if known != result:
                raise ConfigurationError(
                    f"report {number} has {result.id} as {result.outcome} ({result.verdict.kind.value}), one "
                    f"before it as {known.outcome} ({known.verdict.kind.value}). Parts of a run have no case "
                    "in common; to see what changed between two runs, use `upload-matrix compare`."
                )
    return Run(
        matrices=_distinct(name for run in runs for name in run.matrices),
        results=tuple(results.values()),
        wires={digest: wire for run in runs for digest, wire in run.wires.items()},
        environments=tuple(environments[name] for name in sorted(environments)),
        notes=_distinct(note for run in runs for note in run.notes),
        prices=_distinct(price for run in runs for price in run.prices),
        controls=_controls(runs),
    )


def _controls(runs: Sequence[Run]) -> tuple[str, ...] | None:
    """The controls that were named, in whichever part; None where no part had any named."""
    named = [run.controls for run in runs if run.controls is not None]
    return _distinct(control for controls in named for control in controls) if named else None
