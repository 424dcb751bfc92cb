"""The regression gate: does a new release send anything new, or read anything differently?

The reference of a variant is its cell in the same release, where the baseline has that; else in the newest
release of the baseline that says anything about the variant. So a release that did not exist when the
baseline was written is held against the last one known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from upload_matrix.judge.compare import FailOn, Judgement, exit_code, judge
from upload_matrix.judge.history import ChangePoint, difference, differences, environment_deltas
from upload_matrix.model.answer import Source
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import UNRESOLVED, OutcomeKind
from upload_matrix.model.sweep import Cell, ReleaseResult, Sweep
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.form import WireForm


class GateVerdict(ExplainedWord):
    """What a gate comes to: the first of these that is true."""

    REGRESSION = (
        "regression",
        "In a new release an upload fails that was accepted in the reference.",
        "Stay at the last good release, and report it.",
    )
    UNDECIDED = (
        "undecided",
        "No regression was seen, but about some variant nothing can be said.",
        "The gate names the variants and why; record what is missing.",
    )
    CHANGED = (
        "changed",
        "Something else is sent or said, and no upload that was accepted fails for it.",
        "Read it; `--fail-on change` makes it red.",
    )
    IMPROVED = (
        "improved",
        "All that changed is for the better.",
        "Renew the baseline.",
    )
    UNCHANGED = "unchanged", "Every variant behaves as in the reference."


@dataclass(frozen=True, slots=True)
class Undecided:
    """Variants about which the gate can say nothing in a release, and why; no variant means all."""

    release: str
    variants: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Gate:
    """What came of it. ``departures`` are changes from a reference release to a new one, regressions first.

    ``fail_on`` says which of them are red. ``unlooked`` releases of the new sweep were left out by halving.
    ``unchanged`` counts cells of the new ``releases`` that behave as their reference does, ``unavailable``
    those that could not be had here, for the same reason as when the baseline was made. ``answers`` and
    ``baseline_answers`` are who answered the two sweeps, each once: a stand-in's word is not the vendor's.
    ``baseline`` is the file that the baseline was read from, as it was named; None when nobody said.
    """

    distribution: str
    releases: tuple[str, ...]
    departures: tuple[ChangePoint, ...]
    undecided: tuple[Undecided, ...]
    unchanged: int
    unavailable: int = 0
    answers: tuple[Source, ...] = ()
    baseline_answers: tuple[Source, ...] = ()
    fail_on: FailOn = FailOn.REGRESSION
    unlooked: int = 0
    baseline: str | None = None

    @property
    def verdict(self) -> GateVerdict:
        """What it comes to; where nothing could be compared, nothing is known to be unchanged."""
        if self.changed(Judgement.REGRESSION):
            return GateVerdict.REGRESSION
        if self._is_undecided:
            return GateVerdict.UNDECIDED
        if self.changed(Judgement.OTHER):
            return GateVerdict.CHANGED
        return GateVerdict.IMPROVED if self.departures else GateVerdict.UNCHANGED

    @property
    def exit_code(self) -> int:
        """See ``regression.exit_code``."""
        return exit_code(
            self.fail_on,
            regressed=bool(self.changed(Judgement.REGRESSION)),
            changed=bool(self.departures),
            undecided=self._is_undecided,
        )

    @property
    def _is_undecided(self) -> bool:
        compared = self.unchanged or self.departures
        return bool(self.undecided or self.changed(Judgement.UNDECIDED) or not compared)

    def changed(self, *judgements: Judgement) -> tuple[str, ...]:
        """The variants that changed in any release and are judged so (however, by default), each once."""
        return tuple(
            dict.fromkeys(
                variant
                for change in self.departures
                if not judgements or change.judgement in judgements
                for variant in change.variants
            )
        )


@dataclass(slots=True)
class _Ledger:
    """What was found for one release so far."""

    changed: dict[tuple[str, Judgement], list[tuple[Cell, Cell]]]
    undecided: dict[str, list[str]]
    unchanged: int = 0
    unavailable: int = 0


def gate(
    baseline: Sweep,
    new: Sweep,
    releases: Iterable[str] | None = None,
    fail_on: FailOn = FailOn.REGRESSION,
) -> Gate:
    """Hold ``releases`` of ``new`` (all that were tried when None) against ``baseline``.

    Raises ConfigurationError when the two are of different distributions, when a release was not tried
    in ``new``, or when there is none.
    """
    judged = _judged(baseline, new, releases)
    wires = {**baseline.wires, **new.wires}
    departures: list[ChangePoint] = []
    undecided: list[Undecided] = []
    unchanged = unavailable = 0
    for release in judged:
        result = new.results[release]
        if result.unavailable is not None:
            undecided.append(Undecided(release, (), f"it is unavailable: {result.unavailable}"))
            continue
        ledger = _compare(baseline, new, result, wires)
        unchanged += ledger.unchanged
        unavailable += ledger.unavailable
        departures += [
            ChangePoint(
                before=reference,
                after=release,
                between=(),
                differences=differences(pairs, wires),
                beside=environment_deltas(baseline.results[reference], result, new.distribution),
                judgement=judgement,
            )
            for (reference, judgement), pairs in ledger.changed.items()
        ]
        undecided += [Undecided(release, tuple(variants), why) for why, variants in ledger.undecided.items()]
    return Gate(
        new.distribution,
        judged,
        tuple(sorted(departures, key=_weight)),
        tuple(undecided),
        unchanged,
        unavailable,
        _sources(new),
        _sources(baseline),
        fail_on,
        # A gate that is asked about certain releases was not asked about the others.
        unlooked=len(new.releases) - len(new.results) if releases is None else 0,
    )


def _weight(change: ChangePoint) -> int:
    return list(Judgement).index(change.judgement) if change.judgement is not None else len(Judgement)


def _sources(sweep: Sweep) -> tuple[Source, ...]:
    found = {answer.source for answer in sweep.answers if answer.source is not None}
    # As text, because what is not known is None and does not sort.
    return tuple(sorted(found, key=repr))


def _judged(baseline: Sweep, new: Sweep, releases: Iterable[str] | None) -> tuple[str, ...]:
    if baseline.distribution != new.distribution:
        raise ConfigurationError(
            f"the baseline is a sweep of {baseline.distribution}, the new one of {new.distribution}. "
            "Name a baseline of the same SDK."
        )
    known = [release.name for release in new.releases if release.name in new.results]
    judged = tuple(known if releases is None else dict.fromkeys(releases))
    for release in judged:
        if release not in new.results:
            raise ConfigurationError(
                f"release {release!r} was not measured. Measured: {', '.join(known) or 'none'}."
            )
    if not judged:
        raise ConfigurationError("no release to judge: the new sweep measured none.")
    return judged


def _compare(baseline: Sweep, new: Sweep, result: ReleaseResult, wires: Mapping[str, WireForm]) -> _Ledger:
    ledger = _Ledger({}, {})
    for variant in dict.fromkeys((*baseline.variants, *new.variants)):
        reference = _reference(baseline, result.release, variant)
        cell = result.cells.get(variant)
        why = _no_comparison(reference, cell)
        if cell is not None and _is_unavailable_as_before(baseline, cell):
            ledger.unavailable += 1
        elif why is not None:
            ledger.undecided.setdefault(why, []).append(variant)
        elif reference is not None and cell is not None:
            found = difference(reference, cell, wires)
            if found is None and cell.outcome.kind is OutcomeKind.UNRECORDED:
                ledger.undecided.setdefault(_NEVER_ANSWERED, []).append(variant)
            elif found is None:
                ledger.unchanged += 1
            elif found.resolved:
                key = (reference.release, judge(reference.outcome, cell.outcome))
                ledger.changed.setdefault(key, []).append((reference, cell))
            else:
                ledger.undecided.setdefault(_no_judgement(reference, cell), []).append(variant)
    return ledger


_NEVER_ANSWERED = "it sends what it sent, but nobody said how that is read, neither now nor for the baseline"


def _reference(baseline: Sweep, release: str, variant: str) -> Cell | None:
    """The cell that a variant is held against; None when the baseline says nothing about it."""
    cells = _earlier(baseline, release, variant)
    return next((cell for cell in cells if cell.signature is not None), None)


def _earlier(baseline: Sweep, release: str, variant: str) -> Iterator[Cell]:
    """The baseline's cells of a variant: that of the same release first, then from the newest on."""
    names = [each.name for each in reversed(baseline.releases) if each.name in baseline.results]
    for name in ([release] if release in baseline.results else []) + names:
        cell = baseline.results[name].cells.get(variant)
        if cell is not None:
            yield cell


def _is_unavailable_as_before(baseline: Sweep, cell: Cell) -> bool:
    """Whether what keeps the cell from being measured did so already when the baseline was made.

    For instance a client of a library that newer releases of the SDK no longer bring along.
    """
    before = next(_earlier(baseline, cell.release, cell.variant), None)
    return (
        cell.outcome.kind is OutcomeKind.UNAVAILABLE and before is not None and before.outcome == cell.outcome
    )


def _no_comparison(reference: Cell | None, cell: Cell | None) -> str | None:
    if cell is None:
        return None if reference is None else "the baseline has it, the new sweep does not"
    if cell.signature is None:
        return str(cell.outcome)
    if reference is None:
        return "the baseline does not have it; update the baseline"
    return None


def _no_judgement(reference: Cell, cell: Cell) -> str:
    if cell.outcome.kind in UNRESOLVED:
        return f"it sends what it sent, but nobody can say how that is read: {cell.outcome}"
    return (
        "it sends what it sent, but the baseline never saw how that is read "
        f"({reference.outcome.kind}); update the baseline"
    )
