"""The answers of a run, one per distinct request form and place: what conclusions are drawn from.

Only accepted and rejected cases are evidence; everything else says nothing about a request form.
"""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.answer import Provenance
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import CaseResult, Run
from upload_matrix.wire.form import WireForm

_JUDGED = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.REJECTED})


@dataclass(frozen=True, slots=True)
class Place:
    """Who judged: answers are compared only within one target, profile and provenance."""

    target: str
    profile: str | None
    provenance: Provenance

    @property
    def emulated(self) -> bool:
        """Whether a stand-in spoke."""
        return self.provenance is Provenance.EMULATED


@dataclass(frozen=True, slots=True)
class Answered:
    """A request form with its answer at a place.

    ``example`` is the first case's id; ``operations`` and ``clients`` are all that sent it, in order;
    ``answers`` counts the different answers it got within its kind.
    """

    place: Place
    digest: str
    wire: WireForm
    outcome: Outcome
    example: str
    cases: int
    operations: tuple[str, ...]
    clients: tuple[str, ...]
    answers: int

    @property
    def accepted(self) -> bool:
        """Whether the server accepted the form; otherwise it rejected it."""
        return self.outcome.kind is OutcomeKind.ACCEPTED

    @property
    def answer(self) -> tuple[object, ...]:
        """What makes two answers the same."""
        return answer_of(self.outcome)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answered forms by first appearance, and the ones that were both accepted and rejected."""

    answered: tuple[Answered, ...]
    wavering: tuple[tuple[Place, str], ...]


def answer_of(outcome: Outcome) -> tuple[object, ...]:
    """The server's words of an outcome, without ours."""
    return outcome.kind, outcome.status, outcome.type, outcome.code, outcome.param, outcome.message


def place_of(result: CaseResult) -> Place | None:
    """Where a result's last attempt was judged, None when it got no answer."""
    source = result.attempts[-1].source if result.attempts else None
    return None if source is None else Place(result.target, source.profile, source.provenance)


def is_evidence(result: CaseResult) -> bool:
    """Whether the target judged what the client sent: a gateway in between may have sent another upload."""
    return result.hop is None or result.hop.faithful


def gather(run: Run) -> Evidence:
    """Fold a run's results into one entry per place and form; a form that wavers is evidence of nothing."""
    found: dict[tuple[Place, str], list[CaseResult]] = {}
    for result in run.results:
        if result.outcome.kind not in _JUDGED or not is_evidence(result):
            continue
        place = place_of(result)
        if place is not None and result.attempts[-1].wire in run.wires:
            found.setdefault((place, result.attempts[-1].wire), []).append(result)
    answered = []
    wavering = []
    for (place, digest), results in found.items():
        if len({result.outcome.kind for result in results}) > 1:
            wavering.append((place, digest))
        else:
            answered.append(_folded(place, digest, run.wires[digest], results))
    return Evidence(tuple(answered), tuple(wavering))


def _folded(place: Place, digest: str, wire: WireForm, results: list[CaseResult]) -> Answered:
    return Answered(
        place=place,
        digest=digest,
        wire=wire,
        outcome=results[0].outcome,
        example=results[0].id,
        cases=len(results),
        operations=_distinct(results, "operation"),
        clients=_distinct(results, "client"),
        answers=len({answer_of(result.outcome) for result in results}),
    )


def _distinct(results: list[CaseResult], axis: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(result.axes[axis] for result in results if axis in result.axes))
