"""One run out of several partial ones: the jobs of a CI that ran other matrices, or parts of one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import CaseResult, Environment, Run

T = TypeVar("T", bound="Hashable")


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


def _distinct(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
