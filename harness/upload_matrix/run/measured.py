"""One release measured: every variant in it, with what was sent and who answered; or why it was given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from upload_matrix.model.answer import Source, Supply
from upload_matrix.model.case import Case, case_id
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import CaseResult, Environment
from upload_matrix.model.sweep import Cell, ReleaseResult
from upload_matrix.model.wire import WireForm
from upload_matrix.run.attempts import without_secrets
from upload_matrix.run.instruction import seat
from upload_matrix.run.session import Session


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured release with what it sent: wire forms by digest, and who answered by (form, target)."""

    result: ReleaseResult
    wires: dict[str, WireForm]
    answers: dict[tuple[str, str], Source | None]


def measure_release(
    session: Session, variants: Sequence[Case], release: str, python: str, runtimes: Mapping[str, str]
) -> Measured:
    """Run every variant in a release, and leave its environments again.

    ``python`` is the interpreter for all of them, ``runtimes`` are those of clients (see Settings). Raises
    ConfigurationError, and whatever this machine does when it has no memory, disk or files left.
    """
    cases = [_placed(case, release, python) for case in variants]
    seats = tuple(dict.fromkeys(seat(case, runtimes) for case in cases))
    session.warm(cases)
    # Seat by seat: where one probe serves several mime tables, it changes over as seldom as can be.
    by_id = {
        case.id: session.run(case)
        for case in sorted(cases, key=lambda case: seats.index(seat(case, runtimes)))
    }
    results = [by_id[case.id] for case in cases]
    environments = tuple(
        item for item in session.environments() if item.name in {place.name for place in seats}
    )
    for place in seats:
        session.leave(place)
    return Measured(
        _release_result(release, variants, results, environments),
        {attempt.wire: session.wires[attempt.wire] for result in results for attempt in result.attempts},
        _answers(results),
    )


def given_up(variants: Sequence[Case], release: str, why: str) -> Measured:
    """A release about which nothing could be found out, by our own failure: every cell says ``why``."""
    outcome = without_secrets(Outcome(OutcomeKind.HARNESS_ERROR, detail=why))
    cells = {case.id: Cell(case.id, release, (), outcome) for case in variants}
    return Measured(ReleaseResult(release, cells), {}, {})


def merge_answer(
    answers: dict[tuple[str, str], Source | None], key: tuple[str, str], source: Source | None
) -> None:
    """Note who answered a form: the answer that was asked for counts before its replays and before none.

    So it does not depend on which release happened to come first.
    """
    known = answers.get(key)
    if known is None or (source is not None and known.supply is Supply.RECORDED):
        answers[key] = source if source is not None or key not in answers else known


def _placed(case: Case, release: str, python: str) -> Case:
    axes = {**case.axes, "sdk": release, "python": python}
    return replace(case, id=case_id(case.matrix, axes), axes=axes)


def _release_result(
    release: str,
    variants: Sequence[Case],
    results: Sequence[CaseResult],
    environments: tuple[Environment, ...],
) -> ReleaseResult:
    unavailable = [
        result.outcome.detail for result in results if result.outcome.kind is OutcomeKind.UNAVAILABLE
    ]
    if results and len(unavailable) == len(results):
        return ReleaseResult(release, unavailable=unavailable[0] or "not available")
    cells = {
        case.id: Cell(
            case.id,
            release,
            tuple(attempt.wire for attempt in result.attempts),
            result.outcome,
            result.client.read,
        )
        for case, result in zip(variants, results, strict=True)
    }
    return ReleaseResult(release, cells, environments)


def _answers(results: Sequence[CaseResult]) -> dict[tuple[str, str], Source | None]:
    found: dict[tuple[str, str], Source | None] = {}
    for result in results:
        for attempt in result.attempts:
            source = attempt.source
            if source is None or source.supply is not Supply.SCRIPTED:
                merge_answer(found, (attempt.wire, result.target), source)
    return found
