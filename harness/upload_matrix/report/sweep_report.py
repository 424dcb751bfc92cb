"""A sweep as a readable report, and the words that every view of a sweep shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from upload_matrix.judge.bisect import Certainty, Missing, certainty, missing
from upload_matrix.judge.compare import read_sentence
from upload_matrix.judge.history import (
    CellChange,
    ChangePoint,
    History,
    Row,
    Stretch,
    header_changes,
    history,
    raised,
    same_end,
)
from upload_matrix.model.outcome import UNRESOLVED, Outcome
from upload_matrix.model.sweep import Cell, Release, Strategy, Sweep, alike, outcome_words
from upload_matrix.report.document import (
    PAGE,
    Aside,
    BeforeAfter,
    Block,
    Code,
    Headline,
    Items,
    Listing,
    Marked,
    Paragraph,
    Readable,
    Section,
    Strong,
    Table,
    Words,
    listed,
    markdown,
    named,
)
from upload_matrix.report.wording import heading, of_source, plural, request_line, short, shorten
from upload_matrix.wire.difference import Difference

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
    unbuildable = sum(result.unbuildable for result in sweep.results.values())
    asides += [f"{plural(unbuildable, 'release')} cannot be installed here"] if unbuildable else []
    asides += [lacking_words(lacking)] if lacking else []
    beside = f" ({'; '.join(asides)})" if asides else ""
    return f"{'? ' if lacking else ''}{of}: {what}{beside}"


def in_short(change: ChangePoint) -> tuple[str, ...]:
    """What changed, a line for each way: ``2 variants: not sent → accepted``; most variants first."""
    told: dict[str, int] = {}
    for each in change.differences:
        words = _in_short(each)
        told[words] = told.get(words, 0) + len(each.variants)
    ranked = sorted(told.items(), key=lambda pair: -pair[1])
    return tuple(f"{plural(number, 'variant')}: {words}" for words, number in ranked)


def _in_short(difference: CellChange) -> str:
    if difference.wording:
        return "an error in other words"
    if difference.outcome is not None and len(set(map(heading, difference.outcome))) > 1:
        return " → ".join(map(heading, difference.outcome))
    if difference.outcome is not None and not same_end(*difference.outcome):
        names = tuple(map(raised, difference.outcome))
        how = " → ".join(f"`{name}`" for name in names) if all(names) else "with another type or param"
        return f"{heading(difference.outcome[0])}, {how}"
    if difference.deltas:
        first, more = difference.deltas[0], len(difference.deltas) - 1
        return f"another request, `{first}`{f' and {more:,} more' if more else ''}"
    return read_sentence(difference.read) if difference.read is not None else "another outcome"


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
            "what they send was measured all the same, and there only a change in that is seen. "
            f"{_why_unread(sweep)}"
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
    chances = ", ".join(f"{_share(chance)} for {_lasting(duration)}" for duration, chance in judged.chances)
    yield f"The chance to miss a change that begins at a random release: {chances}."
    if sweep.strategy is Strategy.BISECT and judged.unlooked:
        yield WAY_OUT_OF_BLINDNESS


_WHYS = 3
"""Reasons for cells without an answer that are quoted, the most frequent first."""


def _why_unread(sweep: Sweep) -> str:
    """What stood in the answers' place, with how often."""
    cells = (cell for result in sweep.results.values() for cell in result.cells.values())
    whys = Counter(
        cell.outcome.message or cell.outcome.detail or short(cell.outcome)
        for cell in cells
        if cell.signature is not None and cell.outcome.kind in UNRESOLVED
    )
    told = [f'"{shorten(why, 160)}" ({number:,} times)' for why, number in whys.most_common(_WHYS)]
    more = len(whys) - len(told)
    return f"In their place: {', '.join(told)}{f' and {more:,} more' if more else ''}."


def _share(chance: float) -> str:
    """A chance in whole percent; a small one is not rounded down to none."""
    return "under 1%" if 0 < chance < 0.005 else f"{chance:.0%}"


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


# -- the readable report --


NAME = "markdown"
SUFFIX = ".md"
KIND = "sweep"
OPTIONS = ("max_bytes",)

_LONGEST_TITLE = 120
_VARIANTS_NAMED = 8
_STRETCHES_NAMED = 20
_FORMS_SHOWN = 60
_COLUMNS = 6
"""Spans that one table of the history holds; more go on in a further table."""

_SAME = "="
_UNKNOWN = "–"


def render(sweep: Sweep, *, max_bytes: int | None = None) -> str:
    """The sweep as Markdown; ``max_bytes`` as in ``document.markdown``."""
    return markdown(readable(sweep), max_bytes)


def readable(sweep: Sweep, *, title: str = "Version sweep", commands: Sequence[str] = ()) -> Readable:
    """Result, who answered, change points, certainty, what says nothing; ``commands`` made it."""
    found = history(sweep)
    notes = (Items(tuple(map(Marked, sweep.notes))),) if sweep.notes else ()
    lead = (
        Headline(result(sweep, found), answers(sweep)),
        Paragraph(f"{measured(sweep)}. {counted(sweep)}."),
        *notes,
    )
    sections = (
        *_changes(sweep, found),
        *_history(sweep, found),
        Section("Certainty", (Items(tuple(map(Marked, sureness(sweep)))),)),
        *_silent(sweep),
        *_forms(sweep),
        *_headers(sweep),
    )
    foot: tuple[Block, ...] = (Paragraph("Made with:"), Listing("\n".join(commands), "sh"))
    if not commands:
        foot = (Paragraph("The JSON report of the sweep has every cell and every wire form."),)
    return Readable(shorten(title, _LONGEST_TITLE), lead, sections, foot)


def _changes(sweep: Sweep, found: History) -> Iterator[Section]:
    if found.changes:
        yield Section("Change points", (), only=PAGE)
    known = {release.name: release for release in sweep.releases}
    for change in found.changes:
        facts = [fact for name in (change.before, change.after) for fact in _facts(known[name])]
        yield change_section(change, [Paragraph((listed(facts, "; "), "."))] if facts else [])


def _facts(release: Release) -> Iterator[Words]:
    if release.published is not None:
        yield (Code(release.name), f" was published on {release.published}")
    if release.yanked is not None:
        yield (Code(release.name), f" is yanked ({release.yanked})" if release.yanked else " is yanked")


def change_section(change: ChangePoint, facts: Iterable[Block] = ()) -> Section:
    """A change point: what is not sure about it, then each difference. Also shown while a sweep runs."""
    title = f"{change.before} → {change.after}: {plural(len(change.variants), 'variant')}"
    return Section(title, (*facts, *change_blocks(change)), 3)


def change_blocks(change: ChangePoint) -> Iterator[Block]:
    """What is not sure about a change, and each of its differences."""
    if change.between:
        number = len(change.between)
        which = "it" if number == 1 else "one of them"
        unknown = (" nothing is known of ", Code(span(change.between[0], change.between[-1])))
        came = f" ({plural(number, 'release')}), so the change came with {which} or with "
        yield Paragraph((Strong("Not to the release:"), unknown, came, Code(change.after), "."))
    if not all(each.resolved for each in change.differences):
        words = " an outcome that says nothing about the upload is among these."
        yield Paragraph((Strong("Not for sure:"), words))
    if change.beside:
        yield Paragraph((Strong("Beside the SDK"), ", these differ between the two environments:"))
        yield BeforeAfter(tuple(_deltas(change.beside)))
    for each in change.differences:
        variants = named(each.variants, _VARIANTS_NAMED)
        yield Paragraph((Strong(f"{plural(len(each.variants), 'variant')}:"), " ", variants))
        yield BeforeAfter((*_deltas(each.deltas), *_beyond_the_wire(each)))


def _deltas(deltas: Iterable[Difference]) -> Iterator[tuple[Words, Words, Words]]:
    for delta in deltas:
        yield Code(delta.where), Code(delta.before), Code(delta.after)


def _beyond_the_wire(difference: CellChange) -> Iterator[tuple[Words, Words, Words]]:
    if difference.outcome is not None:
        old, new = difference.outcome
        yield "outcome", heading(old), heading(new)
        if outcome_words(old)[-2:] != outcome_words(new)[-2:]:
            yield "says", _said(old), _said(new)
    if difference.read is not None:
        yield "the client", *difference.read


def _said(outcome: Outcome) -> Words:
    return Code(outcome.message or outcome.detail)


def _history(sweep: Sweep, found: History) -> Iterator[Section]:
    if not found.spans:
        return
    labelled = labels(sweep)
    tables = []
    for start in range(0, len(found.spans), _COLUMNS):
        stop = start + _COLUMNS
        columns = ((Code(span(each.first, each.last)), _of(each)) for each in found.spans[start:stop])
        rows = (
            (named(row.variants, _VARIANTS_NAMED), *_cells(row, start, stop, labelled)) for row in found.rows
        )
        tables.append(Table(("variant", *columns), tuple(rows)))
    legend = (
        "A column is a run of releases in which no variant changed, with their number. A cell is the outcome "
        f"and the first digits of the wire form; `{_SAME}` is as in the column before, {_UNKNOWN} not known."
    )
    yield Section("Version history", (*tables, Paragraph(Marked(legend))), only=PAGE)


def _of(column: Stretch) -> str:
    whole = column.measured == column.releases
    return f" ({column.releases:,})" if whole else f" ({column.measured:,} of {column.releases:,} measured)"


def _cells(row: Row, start: int, stop: int, labelled: Mapping[str, str]) -> Iterator[Words]:
    for index in range(start, min(stop, len(row.cells))):
        cell = row.cells[index]
        before = row.cells[index - 1] if index > start else None
        if cell is None:
            yield _UNKNOWN
        elif before is not None and alike(before, cell):
            yield _SAME
        else:
            outcome, forms = behaviour(cell, labelled)
            yield (outcome, " ", Code(forms)) if forms else outcome


def _headers(sweep: Sweep) -> Iterator[Section]:
    """The footnote on headers, where they were asked for."""
    cells = (cell for result in sweep.results.values() for cell in result.cells.values())
    if all(cell.headers is None for cell in cells):
        return
    found = header_changes(sweep)
    blocks: list[Block] = [
        Paragraph(
            "No server is known to judge an upload by these, so they are no change points, and halving does "
            "not look for them: a change lies between two measured releases."
            if found
            else "No request header changed between two measured releases."
        )
    ]
    for change in found:
        number = plural(len(change.variants), "variant")
        blocks += [
            Paragraph((Strong(f"{change.before} → {change.after}:"), f" {number}")),
            BeforeAfter(tuple(_deltas(change.deltas))),
        ]
    yield Section("Headers and telemetry", tuple(blocks))


def _silent(sweep: Sweep) -> Iterator[Section]:
    blocks: list[Block] = []
    for each in silences(sweep):
        names = named(each.stretches, _STRETCHES_NAMED)
        blocks += [Paragraph((Strong(f"{plural(each.releases, 'release')}:"), " ", names)), Listing(each.why)]
    if blocks:
        yield Section("Releases that say nothing", tuple(blocks))
    cells = silent_cells(sweep)
    if cells:
        lines: list[Words] = [
            (Code(cell.release), " ", Code(cell.variant), f": {cell.outcome}")
            for cell in cells[:_VARIANTS_NAMED]
        ]
        lines += [f"and {len(cells) - _VARIANTS_NAMED:,} more"] if len(cells) > _VARIANTS_NAMED else []
        yield Section("Cells that say nothing, in releases that otherwise do", (Items(tuple(lines)),))


def _forms(sweep: Sweep) -> Iterator[Section]:
    labelled = labels(sweep)
    rows: list[tuple[Words, ...]] = []
    for digest in sorted(digest for digest in labelled if digest in sweep.wires):
        wire = sweep.wires[digest]
        files = [
            (Code(upload.name), ": ", Code(upload.filename), ", ", Code(upload.declared))
            for upload in wire.uploads()
        ]
        rows.append(
            (Code(labelled[digest]), Code(request_line(wire)), listed(files, "; ") or Aside("(no file)"))
        )
    if rows:
        more = [Paragraph(f"And {len(rows) - _FORMS_SHOWN:,} more.")] if len(rows) > _FORMS_SHOWN else []
        table = Table(("form", "request", "files"), tuple(rows[:_FORMS_SHOWN]))
        yield Section("Wire forms", (table, *more), only=PAGE)
