"""A sweep from its plan to its result: batch by batch, kept on disk as it goes, spot-checked at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from upload_matrix.environments.interpreters import UnbuildableError
from upload_matrix.environments.kept import Blueprint, Built, Way
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.judge.bisect import next_batch
from upload_matrix.model.answer import Source
from upload_matrix.model.case import Case
from upload_matrix.model.errors import UnavailableError
from upload_matrix.model.sweep import Guard, Release, ReleaseResult, Strategy, Sweep, WireAnswer
from upload_matrix.run.measure import Executor, Measured, merge_answer
from upload_matrix.wire.form import WireForm


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What a sweep is asked to do. ``guard`` None measures every release; ``own`` are the releases that
    this shard may measure, None for all. ``beside`` are requirements installed with each release;
    ``headers`` has all request headers kept."""

    distribution: str
    releases: tuple[Release, ...]
    variants: tuple[Case, ...]
    python: str
    way: Way
    guard: Guard | None
    own: frozenset[str] | None = None
    beside: tuple[str, ...] = ()
    headers: bool = False

    def key(self) -> str:
        """What tells this sweep from another when an interrupted one is looked for."""
        variants = [(case.id, case.target, dict(case.request)) for case in self.variants]
        words = [self.distribution, self.python, self.way.value, str(self.guard), variants]
        more: list[object] = [list(self.beside)] if self.beside else []
        more += ["headers"] if self.headers else []
        text = json.dumps([*words, sorted(self.own or ()), *more], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass
class Progress:
    """What was measured so far; grows release by release."""

    plan: SweepPlan
    results: dict[str, ReleaseResult] = field(default_factory=dict)
    wires: dict[str, WireForm] = field(default_factory=dict)
    answers: dict[tuple[str, str], Source | None] = field(default_factory=dict)

    def take(self, measured: Measured) -> None:
        """Add one release."""
        self.results[measured.result.release] = measured.result
        self.wires.update(measured.wires)
        for key, source in measured.answers.items():
            merge_answer(self.answers, key, source)

    def resume(self, earlier: Sweep) -> None:
        """Add what an interrupted sweep of the same plan had measured."""
        known = {release.name for release in self.plan.releases}
        self.results.update({name: result for name, result in earlier.results.items() if name in known})
        self.wires.update(earlier.wires)
        for answer in earlier.answers:
            merge_answer(self.answers, (answer.wire, answer.target), answer.source)

    def sweep(self, notes: Iterable[str] = ()) -> Sweep:
        """The sweep as far as it has come, in an order that does not depend on who finished first."""
        order = [release.name for release in self.plan.releases]
        results = {name: self.results[name] for name in order if name in self.results}
        used = {
            digest for result in results.values() for cell in result.cells.values() for digest in cell.wires
        }
        return Sweep(
            distribution=self.plan.distribution,
            releases=self.plan.releases,
            variants=tuple(case.id for case in self.plan.variants),
            results=results,
            wires={digest: self.wires[digest] for digest in sorted(used)},
            strategy=Strategy.ALL if self.plan.guard is None else Strategy.BISECT,
            guard=self.plan.guard,
            answers=tuple(
                WireAnswer(wire, target, source)
                for (wire, target), source in sorted(self.answers.items(), key=lambda item: item[0])
                if wire in used
            ),
            notes=tuple(notes),
        )


def run_sweep(
    progress: Progress,
    executor: Executor,
    store: EnvironmentStore | None,
    told: Callable[[ReleaseResult, int], None],
    ready_told: Callable[[int, int, int], None] | None = None,
) -> None:
    """Measure until nothing is left to find.

    ``store`` builds the environments ahead, None where those who measure build their own.
    ``told`` is called after every release with its result and how many of the current batch are left,
    ``ready_told`` before that with how many environments of the batch are ready, how many cannot be had,
    and of how many.
    Raises what the executor raises; ``progress`` then holds what was done.
    """
    plan = progress.plan
    while batch := _batch(progress):
        ready, refused = _built(plan, batch, plan.way, store, ready_told)
        for name, why in refused.items():
            unbuildable = isinstance(why, UnbuildableError)
            progress.results[name] = ReleaseResult(name, unavailable=str(why), unbuildable=unbuildable)
        left = len(ready)
        for measured in executor.measure(ready):
            progress.take(measured)
            left -= 1
            told(measured.result, left)


def _built(
    plan: SweepPlan,
    names: Sequence[str],
    way: Way,
    store: EnvironmentStore | None,
    ready_told: Callable[[int, int, int], None] | None = None,
) -> tuple[list[str], dict[str, UnavailableError]]:
    """The releases that can be measured, and why the others cannot."""
    if store is None:
        return list(names), {}
    counts = {True: 0, False: 0}

    def one_done(_: Blueprint, outcome: Built | UnavailableError) -> None:
        counts[isinstance(outcome, UnavailableError)] += 1
        if ready_told is not None:
            ready_told(counts[False], counts[True], len(names))

    blueprints = [Blueprint(plan.python, name, way, plan.distribution, beside=plan.beside) for name in names]
    built = store.build_many(blueprints, one_done)
    refused = {
        item.version: outcome for item, outcome in built.items() if isinstance(outcome, UnavailableError)
    }
    return [item.version for item in built if item.version not in refused], refused


def _batch(progress: Progress) -> list[str]:
    plan = progress.plan
    names = [release.name for release in plan.releases]
    if plan.own is not None:
        return [name for name in names if name in plan.own and name not in progress.results]
    statements = progress.sweep().statements
    return [names[index] for index in next_batch(len(names), statements, plan.guard)]


def spot_checked(
    progress: Progress,
    executor_of: Callable[[Way], Executor],
    store: EnvironmentStore | None,
    number: int,
) -> tuple[str, ...]:
    """Sentences on whether releases behave the same in an environment resolved for them alone.

    ``store`` is as in ``run_sweep``.
    Of the releases that were measured on shared dependencies, ``number`` are taken, spread from the
    newest to the oldest.
    """
    plan = progress.plan
    measured = [
        release.name
        for release in plan.releases
        if release.name in progress.results and progress.results[release.name].signatures()
    ]
    if plan.way is not Way.OVERLAY or number < 1 or not measured:
        return ()
    steps = max(1, min(number, len(measured)) - 1)
    chosen = list(
        dict.fromkeys(measured[-1 - (len(measured) - 1) * step // steps] for step in range(steps + 1))
    )
    chosen = chosen[:number]
    ready, refused = _built(plan, chosen, Way.REAL, store)
    with executor_of(Way.REAL) as executor:
        found = {item.result.release: item.result for item in executor.measure(ready)}
    whys = {name: str(why) for name, why in refused.items()}
    whys |= {name: item.unavailable for name, item in found.items() if item.unavailable is not None}
    said = [
        f"spot check: {plan.distribution} {name} was not checked, as it cannot be installed alone here: "
        f"{whys[name]}"
        for name in chosen
        if name in whys
    ]
    silent = [name for name in ready if name not in whys and not found[name].signatures()]
    if silent:
        said.append(f"spot check: {plan.distribution} {', '.join(silent)} could not be measured again")
    ready = [name for name in ready if name not in whys and name not in silent]
    partly = set()
    for name in ready:
        told = progress.results[name].signatures()
        if lost := len(told.keys() - found[name].signatures().keys()):
            partly.add(name)
            said.append(
                f"spot check: {lost} of {len(told)} variants of {plan.distribution} {name} could not be "
                "measured again"
            )
    alike = [name for name in ready if not _apart(progress.results[name], found[name])]
    if same := [name for name in alike if name not in partly]:
        said.append(
            f"spot check: {plan.distribution} {', '.join(same)} behave the same with dependencies "
            "resolved today"
        )
    said += [_differs(plan, name, progress.results[name], found[name]) for name in ready if name not in alike]
    return tuple(said)


def _apart(shared: ReleaseResult, real: ReleaseResult) -> list[str]:
    """The variants that behave otherwise, of those about which both say something."""
    told, again = shared.signatures(), real.signatures()
    return [variant for variant in told if variant in again and told[variant] != again[variant]]


def _differs(plan: SweepPlan, name: str, shared: ReleaseResult, real: ReleaseResult) -> str:
    where = _apart(shared, real)
    example = real.cells[where[0]]
    return (
        f"spot check: with dependencies resolved today {plan.distribution} {name} differs in "
        f"{len(where)} of {len(shared.cells)} variants, for instance {example.variant}: {example.outcome}"
    )


def shard(names: Sequence[str], number: int, of: int) -> frozenset[str]:
    """Every ``of``-th release, from the ``number``-th on (1-based)."""
    return frozenset(names[number - 1 :: of])
