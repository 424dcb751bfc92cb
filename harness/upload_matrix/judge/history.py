"""The version history of a sweep: in which releases something changed, and what behaved alike between.

Releases that were not measured count as what lies on both sides of them; ``certainty`` says how sure that
is. A release that says nothing about a variant neither ends a run nor begins one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from upload_matrix.judge.bisect import Boundary, boundaries
from upload_matrix.judge.compare import Judgement, changed_read
from upload_matrix.model.outcome import UNRESOLVED, Outcome
from upload_matrix.model.result import Environment
from upload_matrix.model.sweep import Cell, ReleaseResult, Signature, Sweep, outcome_words, package
from upload_matrix.wire.difference import Difference, contents, diff
from upload_matrix.wire.form import WireForm

# What separates two cells of one variant, and the variants for which it is the same.


@dataclass(frozen=True, slots=True)
class CellChange:
    """What changed alike for all of ``variants``: on the wire, and as (old, new) the outcome and the read.

    ``deltas`` of one attempt among several that changed differently begin with ``attempt 2``. ``read`` is
    what the client makes of the answer: ``returns TYPE`` or ``raises CLASS``.
    """

    variants: tuple[str, ...]
    deltas: tuple[Difference, ...]
    outcome: tuple[Outcome, Outcome] | None
    read: tuple[str, str] | None = None

    @property
    def resolved(self) -> bool:
        """Whether this is about the release: something else was sent, or both outcomes are judgements."""
        kinds = {outcome.kind for outcome in self.outcome or ()}
        return bool(self.deltas) or not kinds & UNRESOLVED

    @property
    def wording(self) -> bool:
        """Whether only the words of an error are others: the same was sent, and came to the same end."""
        if self.deltas or self.read is not None or self.outcome is None:
            return False
        return same_end(*self.outcome)


def same_end(old: Outcome, new: Outcome) -> bool:
    """Whether two outcomes are one but for the words that were said."""
    ends = [replace(each, message=None, detail=raised(each)) for each in (old, new)]
    return ends[0] == ends[1]


def raised(outcome: Outcome) -> str | None:
    """The name of the error that ended a call without an answer: ``TypeError``; None where there is none."""
    if outcome.status is not None or outcome.detail is None:
        return None
    return outcome.detail.partition(":")[0]


def differences(pairs: Iterable[tuple[Cell, Cell]], wires: Mapping[str, WireForm]) -> tuple[CellChange, ...]:
    """The differences of (old, new) cells, each once with its variants; pairs that are alike give none."""
    found: dict[object, list[CellChange]] = {}
    for old, new in pairs:
        each = difference(old, new, wires)
        if each is not None:
            spoken = None if each.outcome is None else tuple(map(outcome_words, each.outcome))
            found.setdefault((each.deltas, spoken, each.read), []).append(each)
    return tuple(
        replace(group[0], variants=tuple(each.variants[0] for each in group)) for group in found.values()
    )


def difference(old: Cell, new: Cell, wires: Mapping[str, WireForm]) -> CellChange | None:
    """What separates two cells of one variant; None when they behave alike.

    A form that ``wires`` lacks is named by its digest.
    """
    deltas = () if old.wires == new.wires else tuple(_wire_deltas(old, new, wires))
    changed = outcome_words(old.outcome) != outcome_words(new.outcome)
    read = changed_read(old.telling, new.telling)
    if not deltas and not changed and read is None:
        return None
    return CellChange((new.variant,), deltas, (old.outcome, new.outcome) if changed else None, read)


def _wire_deltas(old: Cell, new: Cell, wires: Mapping[str, WireForm]) -> Iterator[Difference]:
    if not old.wires or not new.wires:
        yield Difference("request", _request(old, wires), _request(new, wires))
        # What was sent at the one end is all that there is to see.
        sent = wires.get((old.wires or new.wires)[0])
        for each in () if sent is None else contents(sent):
            yield replace(each, before=each.after, after=None) if old.wires else each
        return
    if len(old.wires) != len(new.wires):
        yield Difference("attempts", str(len(old.wires)), str(len(new.wires)))
    attempts = [_form_deltas(*pair, wires) for pair in zip(old.wires, new.wires, strict=False)]
    if len(set(attempts)) == 1:
        yield from attempts[0]
        return
    for number, deltas in enumerate(attempts, 1):
        yield from (
            Difference(f"attempt {number} {delta.where}", delta.before, delta.after) for delta in deltas
        )


def _form_deltas(old: str, new: str, wires: Mapping[str, WireForm]) -> tuple[Difference, ...]:
    if old == new:
        return ()
    unknown = (Difference("wire form", old, new),)
    if old not in wires or new not in wires:
        return unknown
    # Two forms may differ in what the diff does not look into: the difference itself must not be lost.
    return diff(wires[old], wires[new]) or unknown


def _request(cell: Cell, wires: Mapping[str, WireForm]) -> str | None:
    if not cell.wires:
        return None
    digest = cell.wires[0]
    named = f"wire form {digest}"
    return f"{wires[digest].method} {wires[digest].path}, {named}" if digest in wires else named


@dataclass(frozen=True, slots=True)
class HeaderChange:
    """Where request headers changed alike for ``variants``, from one measured release to the next."""

    before: str
    after: str
    variants: tuple[str, ...]
    deltas: tuple[Difference, ...]


def header_changes(sweep: Sweep) -> tuple[HeaderChange, ...]:
    """Every change of request headers, oldest first; () where they were not asked for.

    Halving does not look for them: what lies between the two releases may have it already.
    """
    found: dict[tuple[int, str, str, tuple[Difference, ...]], list[str]] = {}
    for variant in sweep.variants:
        known: tuple[str, tuple[tuple[str, str], ...]] | None = None
        for index, release in enumerate(sweep.releases):
            cell = sweep.cell(index, variant)
            if cell is None or cell.headers is None:
                continue
            if known is not None and (deltas := _header_deltas(known[1], cell.headers)):
                found.setdefault((index, known[0], release.name, deltas), []).append(variant)
            known = release.name, cell.headers
    ordered = sorted(found.items(), key=lambda item: item[0][0])
    return tuple(
        HeaderChange(before, after, tuple(variants), deltas)
        for (_, before, after, deltas), variants in ordered
    )


def _header_deltas(
    old: tuple[tuple[str, str], ...], new: tuple[tuple[str, str], ...]
) -> tuple[Difference, ...]:
    before, after = ({name.lower(): (name, value) for name, value in side} for side in (old, new))
    shared = [name for name in before if name in after]
    order = [name for name in after if name in before]
    respelled = [name for name in shared if before[name][0] != after[name][0]]
    deltas = []
    if respelled:
        spellings = (", ".join(side[name][0] for name in respelled) for side in (before, after))
        deltas.append(Difference("spelling", next(spellings), next(spellings)))
    for name in dict.fromkeys((*before, *after)):
        was, now = (side[name][1] if name in side else None for side in (before, after))
        if was != now:
            deltas.append(Difference(name, was, now))
    if shared != order:
        deltas.append(Difference("order", ", ".join(shared), ", ".join(order)))
    return tuple(deltas)


def environment_deltas(old: ReleaseResult, new: ReleaseResult, distribution: str) -> tuple[Difference, ...]:
    """What differs around the SDK ``distribution``: interpreter, mime table, guesses, other libraries.

    Environments belong together by name, where a word such as ``openai-1.2.0`` does not count; one that
    only one side has is left out.
    """
    before, after = _environments(old, distribution), _environments(new, distribution)
    found: dict[Difference, None] = {}
    for name in after:
        if name in before:
            facts = (_facts(side[name], distribution) for side in (before, after))
            found.update(dict.fromkeys(_changed(*facts)))
    return tuple(found)


def _environments(result: ReleaseResult, distribution: str) -> dict[str, Environment]:
    # The name of a package of npm may have a slash itself.
    own = f"/{package(distribution)}-{result.release}/"
    return {
        f"/{environment.name}/".replace(own, "/").strip("/"): environment
        for environment in result.environments
    }


def _facts(environment: Environment, distribution: str) -> dict[str, str | None]:
    facts: dict[str, str | None] = {"python": environment.python, "mime table": environment.mime_table}
    facts |= {name: version for name, version in environment.clients.items() if name != package(distribution)}
    return facts | {f"guess for {end}": guess for end, guess in environment.guesses.items()}


def _changed(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> Iterator[Difference]:
    for name in (*old, *(name for name in new if name not in old)):
        if old.get(name) != new.get(name):
            yield Difference(name, old.get(name), new.get(name))


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A change from release ``before`` to release ``after``.

    ``between`` are known releases between the two that say nothing about these variants: the change
    came with one of them or with ``after``. ``beside`` is what else differs between the two
    environments: the change may be that library's and not the SDK's. ``judgement`` is what it means for
    these variants, where somebody asked: a gate does, a history does not.
    """

    before: str
    after: str
    between: tuple[str, ...]
    differences: tuple[CellChange, ...]
    beside: tuple[Difference, ...] = ()
    judgement: Judgement | None = None

    @property
    def variants(self) -> tuple[str, ...]:
        """All variants that changed here."""
        return tuple(variant for each in self.differences for variant in each.variants)

    @property
    def wording(self) -> bool:
        """Whether nothing but the words of errors changed."""
        return all(each.wording for each in self.differences)

    @property
    def sure(self) -> bool:
        """Whether ``after`` itself, and a judgement of it, made the difference."""
        return not self.between and all(each.resolved for each in self.differences)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of releases in which nothing changed for any variant.

    ``first`` and ``last`` say something themselves; ``releases`` counts all from one to the other,
    ``measured`` those that say something.
    """

    first: str
    last: str
    releases: int
    measured: int


@dataclass(frozen=True, slots=True)
class Row:
    """Variants with one and the same history: a cell per span, None where nothing is known.

    The cells are the first variant's, each the first of its span.
    """

    variants: tuple[str, ...]
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class History:
    """``spans`` oldest first; ``rows`` in the order of the sweep's variants; ``changes`` oldest first."""

    spans: tuple[Stretch, ...]
    rows: tuple[Row, ...]
    changes: tuple[ChangePoint, ...]


def history(sweep: Sweep) -> History:
    """The history of what a sweep measured, finished or not."""
    found = boundaries(sweep.statements)
    telling = [index for index, said in sorted(sweep.statements.items()) if said]
    starts = sorted({*telling[:1], *(boundary.after for boundary in found)})
    spans: list[list[int]] = [[] for _ in starts]
    for index in telling:
        spans[bisect_right(starts, index) - 1].append(index)
    return History(
        spans=tuple(_span(sweep, indices) for indices in spans),
        rows=_rows(sweep, spans),
        changes=tuple(_change(sweep, boundary) for boundary in found),
    )


def _span(sweep: Sweep, indices: Sequence[int]) -> Stretch:
    first, last = indices[0], indices[-1]
    return Stretch(sweep.releases[first].name, sweep.releases[last].name, last - first + 1, len(indices))


def _rows(sweep: Sweep, spans: Sequence[Sequence[int]]) -> tuple[Row, ...]:
    alike: dict[tuple[Signature | None, ...], list[Row]] = {}
    for variant in sweep.variants:
        at = [
            next((index for index in indices if variant in sweep.statements[index]), None)
            for indices in spans
        ]
        key = tuple(None if index is None else sweep.statements[index][variant] for index in at)
        cells = tuple(None if index is None else sweep.cell(index, variant) for index in at)
        alike.setdefault(key, []).append(Row((variant,), cells))
    return tuple(
        Row(tuple(variant for row in rows for variant in row.variants), rows[0].cells)
        for rows in alike.values()
    )


def _change(sweep: Sweep, boundary: Boundary) -> ChangePoint:
    before, after = (sweep.releases[index].name for index in (boundary.before, boundary.after))
    old, new = sweep.results[before], sweep.results[after]
    changed = sorted(boundary.variants, key=sweep.variants.index)
    return ChangePoint(
        before=before,
        after=after,
        between=tuple(release.name for release in sweep.releases[boundary.before + 1 : boundary.after]),
        differences=differences(
            ((old.cells[variant], new.cells[variant]) for variant in changed), sweep.wires
        ),
        beside=environment_deltas(old, new, sweep.distribution),
    )
