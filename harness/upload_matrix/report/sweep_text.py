"""A sweep and its gate for a terminal, and the words that every readable report of a sweep shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from upload_matrix.judge.bisect import Certainty, Missing, certainty, missing
from upload_matrix.judge.compare import read_sentence
from upload_matrix.judge.history import CellChange, ChangePoint, History, history
from upload_matrix.model.sweep import Cell, Strategy, Sweep, outcome_words
from upload_matrix.report.grid import wrapped
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import heading, of_source, plural, short

_LABEL = 6
"""Digits of a digest that are shown at least; more where two forms would look the same."""

WAY_OUT_OF_BLINDNESS = "Measure more with a smaller `--guard`, or everything with `--strategy all`."


def span(first: str, last: str) -> str:
    """``1.0.0-1.12.0``, or ``1.0.0`` for a single release."""
    return first if first == last else f"{first}-{last}"


def stretch(sweep: Sweep, ends: tuple[int, int]) -> str:
    """A stretch of releases, given by its first and last index, by name."""
    return span(*(sweep.releases[index].name for index in ends))


def result(sweep: Sweep, found: History) -> str:
    """``openai 1.0.0-3.54.0: 4 changes in 396 releases``; what is not sure, or not known, is said beside."""
    if not sweep.releases:
        return f"? {sweep.distribution}: no release was in question"
    of = f"{sweep.distribution} {stretch(sweep, (0, len(sweep.releases) - 1))}"
    every, known = plural(len(sweep.releases), "release"), sweep.counts.measured
    if not known:
        return f"? {of}: nothing is known of any of {every}"
    lacking = missing(sweep)
    among = every if known == len(sweep.releases) else f"the {known:,} of {every} measured"
    if known == 1:
        measured_one = every if known == len(sweep.releases) else f"only {known} of {every}"
        what = f"{measured_one} measured, and none to compare it with"
    elif found.changes:
        what = f"{plural(len(found.changes), 'change')} in {among}"
    else:
        what = f"nothing changed in {among}"
    unsure = sum(not change.sure for change in found.changes)
    asides = [f"{unsure:,} of them not sure, or not to the release"] if unsure else []
    asides += [lacking_words(lacking)] if lacking else []
    beside = f" ({'; '.join(asides)})" if asides else ""
    return f"{'? ' if lacking else ''}{of}: {what}{beside}"


def lacking_words(lacking: Missing) -> str:
    """``18 releases could not be measured; 4 of 36 cells could not be measured``."""
    return "; ".join(_lacking(lacking))


def _lacking(lacking: Missing) -> Iterator[str]:
    if lacking.releases:
        yield f"{plural(lacking.releases, 'release')} could not be measured"
    if lacking.untried:
        yield f"{plural(lacking.untried, 'release')} not tried"
    if lacking.silent:
        yield f"{lacking.silent:,} of {plural(lacking.cells, 'cell')} could not be measured"
    if lacking.unread:
        yield f"{lacking.unread:,} of {plural(lacking.cells, 'cell')} without an answer that says anything"


def answers(sweep: Sweep) -> str:
    """Who answered, each once, so that a stand-in never passes for the vendor."""
    said = sorted({of_source(answer.source) for answer in sweep.answers if answer.source is not None})
    return f"Answers: {'; '.join(said) if said else 'none'}"


def counted(sweep: Sweep) -> str:
    """``7,920 cells, 9 distinct wire forms, 7 answers needed: 7 recorded, 0 asked live``."""
    counts = sweep.counts
    how = [f"{counts.recorded:,} recorded"]
    how += [f"{counts.emulated:,} emulated"] if counts.emulated else []
    how += [f"{counts.asked:,} asked live"]
    how += [f"{counts.unanswered:,} nobody gave"] if counts.unanswered else []
    return (
        f"{plural(counts.cells, 'cell')}, {plural(counts.wire_forms, 'distinct wire form')}, "
        f"{plural(counts.needed, 'answer')} needed: {', '.join(how)}"
    )


def measured(sweep: Sweep) -> str:
    """``74 of 396 releases measured (strategy bisect, guard every 8 releases), 2 unavailable``."""
    counts = sweep.counts
    how = f"strategy {sweep.strategy.value}"
    how += f", guard {sweep.guard}" if sweep.guard is not None else ""
    unavailable = f", {counts.unavailable:,} unavailable" if counts.unavailable else ""
    return f"{counts.measured:,} of {plural(counts.releases, 'release')} measured ({how}){unavailable}"


def sureness(sweep: Sweep) -> tuple[str, ...]:
    """How sure the history is, in sentences that claim no more than was seen."""
    judged = certainty(len(sweep.releases), sweep.statements, sweep.variants)
    return tuple(_sureness(sweep, judged, missing(sweep)))


def _sureness(sweep: Sweep, judged: Certainty, lacking: Missing) -> Iterator[str]:
    if judged.first is None or judged.last is None:
        yield "No release says anything."
        return
    if judged.first > 0:
        yield f"Nothing is known of {stretch(sweep, (0, judged.first - 1))}."
    if judged.last < judged.releases - 1:
        yield f"Nothing is known of {stretch(sweep, (judged.last + 1, judged.releases - 1))}."
    if judged.first == judged.last:
        yield f"Only {sweep.releases[judged.first].name} was measured: there is nothing to compare it with."
    elif judged.complete and not lacking.unread:
        yield "Every release was measured: no change between the first and the last can have been missed."
    if judged.partial:
        yield (
            f"Some releases say nothing about {len(judged.partial):,} of "
            f"{plural(len(sweep.variants), 'variant')}: what changed for these there is not known."
        )
    if lacking.unread:
        yield (
            f"{lacking.unread:,} of {plural(lacking.cells, 'cell')} had no answer that says anything: "
            "there only a change in what is sent is seen."
        )
    if judged.unlooked:
        number = sum(last - first + 1 for first, last in judged.unlooked)
        longest = max(judged.unlooked, key=lambda ends: (ends[1] - ends[0], -ends[0]))
        verb = "was" if number == 1 else "were"
        yield (
            f"{plural(number, 'release')} in {plural(len(judged.unlooked), 'run')} {verb} not looked at, the "
            f"longest run {stretch(sweep, longest)} ({plural(judged.longest_unlooked, 'release')})."
        )
    if judged.longest_blind == 0:
        if judged.first < judged.last and not (judged.complete or judged.unlooked or judged.partial):
            within = stretch(sweep, (judged.first, judged.last))
            yield f"Of {within} every release was measured: no change within can have been missed."
        return
    yield (
        f"A change that lasts {judged.longest_blind + 1} releases or more cannot have been missed. A shorter "
        "one could be, if it came and went again between two measured releases."
    )
    chances = ", ".join(f"{chance:.0%} for {_lasting(duration)}" for duration, chance in judged.chances)
    yield f"The chance to miss a change that begins at a random release: {chances}."
    if sweep.strategy is Strategy.BISECT and judged.unlooked:
        yield WAY_OUT_OF_BLINDNESS


def _lasting(duration: int) -> str:
    return f"one that lasts {plural(duration, 'release')}"


@dataclass(frozen=True, slots=True)
class SilentReleases:
    """Releases of which nothing is known, in stretches by name, for one reason."""

    releases: int
    stretches: tuple[str, ...]
    why: str


def silences(sweep: Sweep) -> tuple[SilentReleases, ...]:
    """The releases that were tried in vain, by reason."""
    groups: dict[str, list[int]] = {}
    for index, said in sorted(sweep.statements.items()):
        if not said:
            name = sweep.releases[index].name
            # A reason often names its release; the same reason should stand once all the same.
            groups.setdefault(_reason(sweep, index).replace(name, "…"), []).append(index)
    return tuple(
        SilentReleases(
            len(indices),
            tuple(stretch(sweep, ends) for ends in _neighbours(indices)),
            why if len(indices) > 1 else _reason(sweep, indices[0]),
        )
        for why, indices in groups.items()
    )


def _reason(sweep: Sweep, index: int) -> str:
    result = sweep.results[sweep.releases[index].name]
    if result.unavailable is not None:
        return result.unavailable
    outcomes = dict.fromkeys(str(cell.outcome) for cell in result.cells.values())
    return "; ".join(outcomes) or "no case applies to it"


def _neighbours(indices: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def silent_cells(sweep: Sweep) -> tuple[Cell, ...]:
    """Cells of our own failures, in releases that otherwise say something."""
    return tuple(
        cell
        for index, said in sorted(sweep.statements.items())
        if said
        for cell in sweep.results[sweep.releases[index].name].cells.values()
        if cell.signature is None
    )


def labels(sweep: Sweep) -> Mapping[str, str]:
    """A short name for every wire form that a cell names: the first digits of its digest."""
    results = sweep.results.values()
    digests = {digest for result in results for cell in result.cells.values() for digest in cell.wires}
    longest = max(map(len, digests), default=_LABEL)
    length = next(
        (size for size in range(_LABEL, longest) if len({each[:size] for each in digests}) == len(digests)),
        longest,
    )
    return {digest: digest[:length] for digest in digests}


def behaviour(cell: Cell, named: Mapping[str, str]) -> tuple[str, str]:
    """A cell's outcome in short words, and the labels of its wire forms (``3f2a91 ×2``)."""
    forms = [named[digest] for digest in cell.wires]
    if len(set(forms)) == 1:
        times = f" ×{len(forms)}" if len(forms) > 1 else ""
        return short(cell.outcome), forms[0] + times
    return short(cell.outcome), ", ".join(forms)


# -- terminal --


WIDTH = 100
_INDENT = "  "
_VARIANTS_NAMED = 3
_STRETCHES_NAMED = 5


def summary(sweep: Sweep, width: int = WIDTH) -> str:
    """The whole sweep in short: result, who answered, change points, certainty, what says nothing."""
    found = history(sweep)
    lines: list[str] = []
    for sentence in (result(sweep, found), answers(sweep), measured(sweep), counted(sweep), *sweep.notes):
        lines += wrapped(sentence, width, hanging=_INDENT)
    for change in found.changes:
        lines += ["", *change_lines(change, width)]
    lines += ["", "Certainty"]
    for sentence in sureness(sweep):
        lines += wrapped(sentence.replace("`", ""), width, _INDENT)
    silent = silences(sweep)
    lines += ["", "Releases that say nothing"] if silent else []
    for each in silent:
        names = ", ".join(each.stretches[:_STRETCHES_NAMED])
        more = len(each.stretches) - _STRETCHES_NAMED
        names += f" and {more:,} more runs" if more > 0 else ""
        lines += wrapped(f"{names}: {each.why}", width, _INDENT, _INDENT * 2)
    return "\n".join(lines) + "\n"


def change_lines(change: ChangePoint, width: int = WIDTH) -> Iterator[str]:
    """One change point: the two releases, what is not sure, and each difference with its variants.

    Also fit to be shown while a sweep runs.
    """
    places = f"{visible(change.before)} -> {visible(change.after)}"
    yield f"{judged(change)}{places}  {plural(len(change.variants), 'variant')}"
    if change.between:
        names = span(change.between[0], change.between[-1])
        yield from wrapped(f"not to the release: nothing is known of {names}", width, _INDENT, _INDENT * 2)
    if not all(each.resolved for each in change.differences):
        yield f"{_INDENT}not for sure: an outcome here says nothing about the upload"
    for delta in change.beside:
        yield from wrapped(f"beside the SDK: {delta}", width, _INDENT, _INDENT * 2)
    for each in change.differences:
        yield from _difference(each, width)


def _difference(difference: CellChange, width: int) -> Iterator[str]:
    for delta in difference.deltas:
        yield from wrapped(str(delta), width, _INDENT, _INDENT * 2)
    if difference.outcome is not None:
        old, new = difference.outcome
        yield from wrapped(f"outcome: {heading(old)} -> {heading(new)}", width, _INDENT, _INDENT * 2)
        words = new.message or new.detail
        if words and outcome_words(old)[-2:] != outcome_words(new)[-2:]:
            yield from wrapped(f"now says: {words}", width, _INDENT, _INDENT * 2)
    if difference.read is not None:
        yield from wrapped(read_sentence(difference.read), width, _INDENT, _INDENT * 2)
    yield from (f"{_INDENT * 2}in {name}" for name in named_variants(difference.variants))


def named_variants(variants: Sequence[str]) -> Iterator[str]:
    """The first few by name, and how many more."""
    yield from map(visible, variants[:_VARIANTS_NAMED])
    if len(variants) > _VARIANTS_NAMED:
        yield f"{len(variants) - _VARIANTS_NAMED:,} more"


def judged(change: ChangePoint) -> str:
    """``Regression: `` before a departure's releases; empty for a change that nobody judged."""
    return "" if change.judgement is None else f"{change.judgement.value.capitalize()}: "
