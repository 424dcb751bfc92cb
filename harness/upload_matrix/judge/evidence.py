"""The answers of a run, one per distinct request form and place: what conclusions are drawn from.

Only accepted and rejected cases are evidence; everything else says nothing about a request form.
"""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.answer import Provenance
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import RED, CaseResult, Run
from upload_matrix.wire.form import WireForm

_JUDGED = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.REJECTED})


@dataclass(frozen=True, slots=True)
class TargetPlace:
    """Who judged: answers are compared only within one target, profile and provenance."""

    target: str
    profile: str | None
    provenance: Provenance

    @property
    def emulated(self) -> bool:
        """Whether a stand-in spoke."""
        return self.provenance is Provenance.EMULATED


@dataclass(frozen=True, slots=True)
class AnsweredForm:
    """A request form with its answer at a place.

    ``example`` is the first case's id; ``operations`` and ``clients`` are all that sent it, in order;
    ``answers`` counts the different answers it got within its kind.
    """

    place: TargetPlace
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
    """The answered forms by first appearance, and those of which nothing is concluded.

    ``wavering`` were both accepted and rejected; of the ``disputed`` it is disputed, by what is known of the
    vendor, whether such an upload is rejected at all. With each of these, what is known.
    """

    answered: tuple[AnsweredForm, ...]
    wavering: tuple[tuple[TargetPlace, str], ...]
    disputed: tuple[tuple[TargetPlace, str], ...] = ()


def answer_of(outcome: Outcome) -> tuple[object, ...]:
    """The server's words of an outcome, without ours."""
    return outcome.kind, outcome.status, outcome.type, outcome.code, outcome.param, outcome.message


def place_of(result: CaseResult) -> TargetPlace | None:
    """Where a result's last attempt was judged, None when it got no answer."""
    source = result.attempts[-1].source if result.attempts else None
    return None if source is None else TargetPlace(result.target, source.profile, source.provenance)


def is_evidence(result: CaseResult) -> bool:
    """Whether the target judged what the client sent: a gateway in between may have sent another upload."""
    return result.hop is None or result.hop.faithful


def gather(run: Run) -> Evidence:
    """Fold a run's results into one entry per place and form; what wavers or is disputed proves nothing."""
    found: dict[tuple[TargetPlace, str], list[CaseResult]] = {}
    for result in run.results:
        if result.outcome.kind not in _JUDGED or not is_evidence(result):
            continue
        place = place_of(result)
        if place is not None and result.attempts[-1].wire in run.wires:
            found.setdefault((place, result.attempts[-1].wire), []).append(result)
    answered = []
    wavering, disputed = [], []
    for (place, digest), results in found.items():
        says = _disputed(results)
        if says is not None:
            disputed.append((place, says))
        elif len({result.outcome.kind for result in results}) > 1:
            wavering.append((place, digest))
        else:
            answered.append(_folded(place, digest, run.wires[digest], results))
    return Evidence(tuple(answered), tuple(wavering), tuple(disputed))


def _disputed(results: list[CaseResult]) -> str | None:
    """What is known against the answer, where it is disputed whether such an upload is rejected."""
    sources = (result.attempts[-1].source for result in results)
    disputes = (source.disputed for source in sources if source is not None and source.disputed is not None)
    return next((dispute.says for dispute in disputes if dispute.whether_rejected), None)


def _folded(place: TargetPlace, digest: str, wire: WireForm, results: list[CaseResult]) -> AnsweredForm:
    return AnsweredForm(
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


# Results grouped by what stood on the wire and how it was answered: many cases, few wire forms.


@dataclass(frozen=True, slots=True)
class WireGroup:
    """Results that sent the same form to the same target with the same outcome, in the run's order.

    ``wire`` is the digest of the last attempt's form, None when no request reached the tap.
    ``outcome`` is the first result's; the others' reads the same.
    """

    wire: str | None
    outcome: Outcome
    target: str
    results: tuple[CaseResult, ...]

    @property
    def red(self) -> bool:
        """Whether any of its results has a red verdict."""
        return any(result.verdict.kind in RED for result in self.results)


def last_wire(result: CaseResult) -> str | None:
    """The digest of the form that the last attempt sent, None when there was no attempt."""
    return result.attempts[-1].wire if result.attempts else None


def by_wire(run: Run) -> tuple[WireGroup, ...]:
    """Every result in one group; red groups first, then those not accepted, each by first appearance."""
    groups: dict[tuple[str | None, str, str], list[CaseResult]] = {}
    for result in run.results:
        groups.setdefault((last_wire(result), str(result.outcome), result.target), []).append(result)
    found = [
        WireGroup(wire, results[0].outcome, target, tuple(results))
        for (wire, _, target), results in groups.items()
    ]
    return tuple(sorted(found, key=_urgency))


def _urgency(group: WireGroup) -> int:
    if group.red:
        return 0
    return 2 if group.outcome.kind is OutcomeKind.ACCEPTED else 1


# Requests that several clients sent alike: evidence that a client is not to blame.
#
# Alike means equal but for the order of the parts: one client writes ``prompt`` first, another ``model``,
# and no server is known to care.


@dataclass(frozen=True, slots=True)
class SharedForm:
    """A request that all of ``clients`` (two or more) sent, each getting the same answer.

    ``wires`` are its forms: one, or several that differ in the order of their parts only.
    """

    wires: tuple[str, ...]
    place: TargetPlace
    clients: tuple[str, ...]
    outcome: Outcome
    cases: int


def shared_forms(evidence: Evidence) -> tuple[SharedForm, ...]:
    """The requests that more than one client sent with the same outcome, in order of first appearance."""
    alike: dict[tuple[TargetPlace, tuple[str, ...]], list[AnsweredForm]] = {}
    for form in evidence.answered:
        alike.setdefault((form.place, _unordered(form.wire)), []).append(form)
    shared = (_merged(forms) for forms in alike.values() if _one_answer(forms))
    return tuple(form for form in shared if len(form.clients) > 1)


def _one_answer(forms: list[AnsweredForm]) -> bool:
    return all(form.answers == 1 for form in forms) and len({form.answer for form in forms}) == 1


def _merged(forms: list[AnsweredForm]) -> SharedForm:
    return SharedForm(
        wires=tuple(form.digest for form in forms),
        place=forms[0].place,
        clients=tuple(dict.fromkeys(client for form in forms for client in form.clients)),
        outcome=forms[0].outcome,
        cases=sum(form.cases for form in forms),
    )


def _unordered(wire: WireForm) -> tuple[str, ...]:
    """A form's identity with its parts sorted."""
    identity = wire.identity()
    parts = identity["parts"] or ()
    return repr(identity | {"parts": identity["parts"] is None}), *sorted(map(repr, parts))


# Controls: operations that share model and account with an upload but send no file.
#
# When the control passes, a rejection of the upload is not about the model or the account; when it is
# rejected too, nothing about the upload is proven yet.


@dataclass(frozen=True, slots=True)
class Control:
    """A control ``operation`` that was asked with a ``model`` for which an upload was rejected."""

    place: TargetPlace
    operation: str
    model: str
    passes: bool


def controls(evidence: Evidence) -> tuple[Control, ...]:
    """The controls of all models for which an upload was rejected, in order of appearance.

    A model for which a control was both accepted and rejected is left out: that control says nothing.
    """
    uploads = {name for form in evidence.answered if not _is_control(form) for name in form.operations}
    rejected = {
        (form.place, form.wire.field("model"))
        for form in evidence.answered
        if not form.accepted and not _is_control(form)
    }
    found: dict[tuple[TargetPlace, str, str], set[bool]] = {}
    for form in evidence.answered:
        model = form.wire.field("model")
        if model is not None and _is_control(form) and (form.place, model) in rejected:
            for operation in form.operations:
                if operation not in uploads:
                    found.setdefault((form.place, operation, model), set()).add(form.accepted)
    return tuple(
        Control(place, operation, model, passes=True in results)
        for (place, operation, model), results in found.items()
        if len(results) == 1
    )


def _is_control(form: AnsweredForm) -> bool:
    return form.wire.parts is None and form.wire.fault is None and not form.wire.uploads()


# Cases that are equal but for the mime table, and still sent and got something else.


AXIS = "mime_table"


@dataclass(frozen=True, slots=True)
class TableResult:
    """What came of the same code under one table; ``guess`` is the type it derives, None for none."""

    table: str
    guess: str | None
    accepted: bool


@dataclass(frozen=True, slots=True)
class TableEffect:
    """The same code under several tables, with different wire forms and outcomes, in ``count`` cases."""

    place: TargetPlace
    results: tuple[TableResult, ...]
    count: int
    examples: tuple[str, ...]


def table_effects(run: Run) -> tuple[TableEffect, ...]:
    """Groups of otherwise equal cases where the mime table changed wire form and outcome, added up.

    ``count`` counts the groups of cases; ``examples`` are the case ids of the first one.
    """
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for result in run.results:
        judged = result.outcome.kind in (OutcomeKind.ACCEPTED, OutcomeKind.REJECTED) and is_evidence(result)
        if AXIS in result.axes and judged:
            others = tuple(pair for pair in result.axes.items() if pair[0] != AXIS)
            groups.setdefault((result.matrix, place_of(result), others), []).append(result)
    found: dict[tuple[TargetPlace, tuple[TableResult, ...]], list[list[CaseResult]]] = {}
    for members in groups.values():
        place = place_of(members[0])
        if place is not None and _differ(members):
            found.setdefault((place, tuple(map(_table_result, members))), []).append(members)
    return tuple(
        TableEffect(place, results, len(cases), tuple(result.id for result in cases[0]))
        for (place, results), cases in found.items()
    )


def _differ(members: list[CaseResult]) -> bool:
    kinds = {result.outcome.kind for result in members}
    return len(kinds) > 1 and len({result.attempts[-1].wire for result in members}) > 1


def _table_result(result: CaseResult) -> TableResult:
    accepted = result.outcome.kind is OutcomeKind.ACCEPTED
    return TableResult(result.axes[AXIS], result.facts.get("guess"), accepted)
