"""What a captured sweep needs to be told: which wire forms have an answer, and which are to be asked for.

A server judges the wire, so the unit is a wire form at a target. For each that is to be asked one cell
stands, whose client will send it; every other cell of that form reads the answer later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from upload_matrix.model.answer import Supply
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.sweep import Cell, Sweep, WireAnswer

_OURS = frozenset({OutcomeKind.HARNESS_ERROR, OutcomeKind.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class NeededAnswer:
    """A wire form to ask a target for, and the cell (``release``, ``variant``) that sends it."""

    wire: str
    target: str
    release: str
    variant: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What a sweep may ask a target for.

    ``anew`` asks for forms that have a recording too; ``free`` says that an answer costs nothing.
    """

    may_ask: bool
    anew: bool = False
    free: bool = False


@dataclass(frozen=True, slots=True)
class TargetNeeds:
    """The distinct wire forms meant for one target, by how they come to an answer.

    ``needed`` = ``recorded`` + ``given`` (by a stand-in, at no cost) + the unanswered ones; of all these
    ``to_ask`` will be asked for. ``free`` says that asking costs nothing.
    """

    target: str
    needed: int
    recorded: int
    given: int
    to_ask: int
    free: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """The needs of a sweep. ``unknown`` are forms that the baseline never saw, None without a baseline.

    ``wanted`` holds what is to be asked, target by target, in the order of the sweep's variants.
    """

    forms: int
    unknown: tuple[str, ...] | None
    targets: tuple[TargetNeeds, ...]
    wanted: tuple[NeededAnswer, ...]

    @property
    def paid(self) -> tuple[TargetNeeds, ...]:
        """The targets whose answers may cost something, and that are to be asked."""
        return tuple(each for each in self.targets if each.to_ask and not each.free)


def needs(
    sweep: Sweep,
    targets: Mapping[str, str],
    asking: Mapping[str, Asking],
    *,
    asked: Collection[tuple[str, str]] = (),
    baseline: Sweep | None = None,
) -> Needs:
    """What ``sweep``, captured without asking anybody, needs.

    ``targets`` is the target of every variant, ``asking`` what each target may be asked; a (form, target)
    of ``asked`` is not asked for again.
    """
    answers = {(answer.wire, answer.target): answer for answer in sweep.answers}
    wanted = tuple(
        NeededAnswer(*key, cell.release, cell.variant)
        for key, cell in _senders(sweep, targets, answers).items()
        if key not in asked and _is_wanted(cell, answers[key], asking[key[1]])
    )
    return Needs(
        forms=len(sweep.wires),
        unknown=None if baseline is None else tuple(sorted(sweep.wires.keys() - baseline.wires.keys())),
        targets=tuple(_by_target(sweep, asking, wanted)),
        wanted=wanted,
    )


def _senders(
    sweep: Sweep, targets: Mapping[str, str], meant: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Cell]:
    """For each form at a target the cell to send it: with the fewest attempts, of the newest release.

    One that nobody answered goes before one that was answered, as the same form may be a scripted
    attempt of another case.
    """
    found: dict[tuple[str, str], Cell] = {}
    for variant in sweep.variants:
        for release in reversed(sweep.releases):
            result = sweep.results.get(release.name)
            cell = None if result is None else result.cells.get(variant)
            if cell is None or cell.outcome.kind in _OURS:
                continue
            for wire in cell.wires:
                key = (wire, targets[variant])
                if key in meant and (key not in found or _rank(cell) < _rank(found[key])):
                    found[key] = cell
    return found


def _rank(cell: Cell) -> tuple[bool, int]:
    return cell.outcome.kind is not OutcomeKind.UNRECORDED, len(cell.wires)


def _is_wanted(cell: Cell, answer: WireAnswer, asking: Asking) -> bool:
    # Without an answer and not unrecorded either, a request broke off: asking again would not help.
    unrecorded = answer.source is None and cell.outcome.kind is OutcomeKind.UNRECORDED
    return asking.may_ask and (unrecorded or (asking.anew and answer.source is not None))


def _by_target(
    sweep: Sweep, asking: Mapping[str, Asking], wanted: tuple[NeededAnswer, ...]
) -> Iterator[TargetNeeds]:
    grouped: dict[str, list[WireAnswer]] = {}
    for answer in sweep.answers:
        grouped.setdefault(answer.target, []).append(answer)
    for target, answers in sorted(grouped.items()):
        supplies = [answer.source.supply for answer in answers if answer.source is not None]
        yield TargetNeeds(
            target=target,
            needed=len(answers),
            recorded=supplies.count(Supply.RECORDED),
            given=len(supplies) - supplies.count(Supply.RECORDED),
            to_ask=sum(each.target == target for each in wanted),
            free=asking[target].free,
        )


# What a sweep would do, as far as that is known before anything is built or measured.


@dataclass(frozen=True, slots=True)
class Outlook:
    """``releases`` are in question; ``first`` are measured in any case, all of them unless it halves.

    ``resume`` of them are measured already, by an interrupted sweep. ``kept`` is how many of the
    environments for ``first`` are there, None where that is not known: real ones are resolved anew every
    day, and with ``elsewhere`` the machines of a cluster build their own. ``known`` and ``new`` are
    releases that the baseline has and has not, None without a baseline. ``python`` is the version of the
    ``runtime``.
    """

    distribution: str
    python: str
    way: str
    releases: int
    first: int
    variants: int
    kept: int | None = None
    elsewhere: bool = False
    resume: int = 0
    known: int | None = None
    new: tuple[str, ...] | None = None
    runtime: str = "Python"

    @property
    def cells(self) -> int:
        """Cells of the releases that are measured in any case."""
        return self.first * self.variants

    @property
    def most_cells(self) -> int:
        """Cells if every release comes to be measured."""
        return self.releases * self.variants
