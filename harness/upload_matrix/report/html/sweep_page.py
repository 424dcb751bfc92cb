"""The page of a sweep: its history as bands along the releases, change points, certainty, wire forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from upload_matrix.judge.history import ChangePoint, History, Row, history, same_end
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.sweep import Cell, Sweep
from upload_matrix.report.html.page import OPEN, PLAIN, Content, Page, emulated, shown
from upload_matrix.report.html.wire_data import delta_rows, wire_table
from upload_matrix.report.sweep_report import (
    answers,
    behaviour,
    in_short,
    labels,
    measured,
    result,
    silences,
    silent_cells,
    span,
    sureness,
)
from upload_matrix.report.wording import of_source, telling_names


def render(sweep: Sweep) -> str:
    """The whole page as text."""
    return "".join(page(sweep).chunks())


def page(sweep: Sweep, *, title: str | None = None) -> Page:
    """The page; ``title`` is the distribution's name unless given."""
    found = history(sweep)
    said, counts = result(sweep, found), sweep.counts
    numbers = [
        (counts.releases, "release", "releases"),
        (counts.measured, "measured", "measured"),
        (len(found.changes), "change", "changes"),
        (counts.cells, "cell", "cells"),
        (counts.wire_forms, "wire form", "wire forms"),
        (counts.asked, "live call", "live calls"),
    ]
    return Page(
        kind="sweep",
        title=title or sweep.distribution,
        headline=said.removeprefix("? "),
        lead=_newest(found),
        mood=OPEN if said.startswith("? ") else PLAIN,
        answers=answers(sweep),
        emulated=any(emulated(answer.source) for answer in sweep.answers),
        facts=tuple((f"{number:,}", one if number == 1 else many) for number, one, many in numbers),
        sections=shown(
            ("what_changed", "What changed", _what_changed(found)),
            ("history", "Version history", _history(sweep, found)),
            ("changes", "Change points", _changes(sweep, found)),
            ("certainty", "Certainty", _certainty(sweep)),
            ("forms", "Wire forms", _forms(sweep)),
        ),
    )


def _newest(found: History) -> str:
    """The newest change that is more than other words of an error; empty where there is none."""
    change = next((each for each in reversed(found.changes) if not each.wording), None)
    return "" if change is None else f"`{change.before}` → `{change.after}`: {'; '.join(in_short(change))}."


_VARIANTS_NAMED = 3


def _what_changed(found: History) -> Content | None:
    """What changed where, the newest first; other words of an error come last. None where nothing did."""
    names = telling_names([variant for row in found.rows for variant in row.variants])
    rows = [
        {
            "before": change.before,
            "after": change.after,
            "says": in_short(change),
            "variants": [names[each] for each in change.variants[:_VARIANTS_NAMED]],
            "more": len(change.variants[_VARIANTS_NAMED:]),
            "wording": change.wording,
        }
        for change in reversed(found.changes)
    ]
    rows.sort(key=lambda row: bool(row["wording"]))
    return Content({"rows": rows}) if rows else None


def _history(sweep: Sweep, found: History) -> Content | None:
    """The chart; None when no release says anything."""
    if not found.rows or not found.spans:
        return None
    drawn = chart(sweep, found)
    kinds = dict.fromkeys(band.kind for line in drawn.lines for band in line.bands)
    return Content({"chart": drawn, "kinds": tuple(kinds), "measured": measured(sweep), "notes": sweep.notes})


def _changes(sweep: Sweep, found: History) -> Content | None:
    """The changes, the newest first, other words of errors last; None when nothing changed."""
    changes = found.changes
    if not changes:
        return None
    known = {release.name: release for release in sweep.releases}
    newest = [*changes[::-1]]
    newest.sort(key=lambda change: change.wording)
    return Content({"changes": [_told(change) for change in newest], "releases": known})


def _told(change: ChangePoint) -> dict[str, object]:
    return {
        "change": change,
        "beside": delta_rows(change.beside),
        "differences": [
            {"variants": each.variants, "rows": delta_rows(each.deltas), "outcome": each.outcome}
            for each in change.differences
        ],
    }


_CELLS_SHOWN = 40


def _certainty(sweep: Sweep) -> Content:
    """Sentences that claim no more than was seen."""
    cells = silent_cells(sweep)
    return Content(
        {
            "sentences": sureness(sweep),
            "silences": silences(sweep),
            "cells": cells[:_CELLS_SHOWN],
            "more": len(cells[_CELLS_SHOWN:]),
        }
    )


_MOST_FORMS = 300


def _forms(sweep: Sweep) -> Content | None:
    """The first ``_MOST_FORMS`` forms; None when nothing was sent."""
    if not sweep.wires:
        return None
    outcomes: dict[str, dict[Outcome, None]] = {}
    variants: dict[str, dict[str, None]] = {}
    for release in sweep.results.values():
        for cell in release.cells.values():
            for digest in dict.fromkeys(cell.wires):
                outcomes.setdefault(digest, {})[cell.outcome] = None
                variants.setdefault(digest, {})[cell.variant] = None
    said = {
        (answer.wire, answer.target): of_source(answer.source)
        for answer in sweep.answers
        if answer.source is not None
    }
    answered: dict[str, dict[str, None]] = {}
    for (digest, _), words in sorted(said.items()):
        answered.setdefault(digest, {})[words] = None
    rows, _ = wire_table(sweep.wires)
    shown = sorted(rows, key=lambda row: (-len(variants.get(row["digest"], ())), row["digest"]))[:_MOST_FORMS]
    return Content(
        {
            "forms": shown,
            "named": labels(sweep),
            "outcomes": {digest: tuple(kinds) for digest, kinds in outcomes.items()},
            "variants": {digest: tuple(names) for digest, names in variants.items()},
            "answers": {digest: tuple(words) for digest, words in answered.items()},
            "more": len(rows) - len(shown),
        }
    )


# -- the chart: where each band begins and ends, in percent of the width --


_LABELS_APART = 5.0
"""Percent of the width between two labels of an axis."""


@dataclass(frozen=True, slots=True)
class Band:
    """What one group of variants did in a run of releases.

    ``start`` and ``width`` are percents. ``wires`` are digests, the last attempt's last. ``outcome`` is None
    where nothing is known. ``says`` tells all of it in words; ``emulated`` that a stand-in answered.
    ``wording``: only an error's words are others than in the band before.
    """

    start: float
    width: float
    first: str
    last: str
    outcome: Outcome | None
    words: str
    form: str
    wires: tuple[str, ...]
    says: str
    emulated: bool
    wording: bool

    @property
    def kind(self) -> OutcomeKind | None:
        """The outcome's kind."""
        return None if self.outcome is None else self.outcome.kind


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Variants with one history, and their bands from left to right; ``name`` tells the first in short."""

    name: str
    variants: tuple[str, ...]
    bands: tuple[Band, ...]

    @property
    def changed(self) -> bool:
        """Whether its variants did not behave alike in all releases of which something is known."""
        return len({(band.outcome, band.wires) for band in self.bands if band.outcome is not None}) > 1

    @property
    def newest(self) -> float:
        """Where its newest change is that is more than other words, in percent; 0 for none."""
        return max((band.start for band in self.bands[1:] if not band.wording), default=0.0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A label or a release at a place of the axis, in percent."""

    at: float
    says: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """``versions`` and ``years`` label the axis; ``releases`` has a tick a release with its state.

    A state is ``measured``, ``unlooked`` (not tried) or ``silent`` (tried in vain); ``changes`` are the
    places of change points.
    """

    lines: tuple[ChangeLine, ...]
    versions: tuple[Tick, ...]
    years: tuple[Tick, ...]
    releases: tuple[Tick, ...]
    changes: tuple[Tick, ...]


def chart(sweep: Sweep, found: History) -> Chart:
    """Lay a sweep's history out."""
    place = {release.name: index for index, release in enumerate(sweep.releases)}
    share = 100 / max(1, len(sweep.releases))
    named = labels(sweep)
    names = telling_names(sweep.variants)
    stand_in = {answer.wire for answer in sweep.answers if emulated(answer.source)}
    lines = [
        ChangeLine(
            names[row.variants[0]], row.variants, tuple(_bands(row, found, place, share, named, stand_in))
        )
        for row in found.rows
    ]
    return Chart(
        lines=tuple(sorted(lines, key=lambda line: (-line.changed, -line.newest))),
        versions=tuple(_apart(_versions(sweep, share))),
        years=tuple(_apart(_years(sweep, share))),
        releases=tuple(
            Tick(round(index * share, 3), release.name, _state(sweep, index))
            for index, release in enumerate(sweep.releases)
        ),
        changes=tuple(
            Tick(round(place[change.after] * share, 3), f"{change.before} → {change.after}")
            for change in found.changes
        ),
    )


def _bands(
    row: Row,
    found: History,
    place: Mapping[str, int],
    share: float,
    named: Mapping[str, str],
    stand_in: Set[str],
) -> Iterator[Band]:
    """A band per run of spans in which the row's behaviour stays."""
    start = 0
    before: Cell | None = None
    while start < len(row.cells):
        stop = start + 1
        cell = row.cells[start]
        same = None if cell is None else cell.signature
        while stop < len(row.cells):
            other = row.cells[stop]
            if (None if other is None else other.signature) != same:
                break
            stop += 1
        first, last = found.spans[start].first, found.spans[stop - 1].last
        words, form = ("not known", "") if cell is None else behaviour(cell, named)
        outcome = None if cell is None else cell.outcome
        said = (
            f": {outcome.message or outcome.detail}"
            if outcome and (outcome.message or outcome.detail)
            else ""
        )
        spoke = cell is not None and not stand_in.isdisjoint(cell.wires)
        yield Band(
            start=round(place[first] * share, 3),
            width=round((place[last] - place[first] + 1) * share, 3),
            first=first,
            last=last,
            outcome=outcome,
            words=words.split(" ", 1)[-1] if cell is not None else words,
            form=form,
            wires=() if cell is None else cell.wires,
            says=f"{span(first, last)}: {words}{said}{' (emulated)' if spoke else ''}",
            emulated=spoke,
            wording=cell is not None and before is not None and _same_but_words(before, cell),
        )
        start, before = stop, cell


def _same_but_words(old: Cell, new: Cell) -> bool:
    return old.wires == new.wires and old.telling == new.telling and same_end(old.outcome, new.outcome)


def _state(sweep: Sweep, index: int) -> str:
    said = sweep.statements.get(index)
    if said is None:
        return "unlooked"
    return "measured" if said else "silent"


def _versions(sweep: Sweep, share: float) -> Iterator[Tick]:
    """The first release of every major version, else of every minor one."""
    names = [release.name for release in sweep.releases]
    depth = 1 if len({_head(name, 1) for name in names}) > 1 else 2
    seen = set()
    for index, name in enumerate(names):
        head = _head(name, depth)
        if head not in seen:
            seen.add(head)
            yield Tick(round(index * share, 3), name)


def _head(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def _years(sweep: Sweep, share: float) -> Iterator[Tick]:
    seen: set[int] = set()
    for index, release in enumerate(sweep.releases):
        if release.published is not None and release.published.year not in seen:
            seen.add(release.published.year)
            yield Tick(round(index * share, 3), str(release.published.year))


def _apart(ticks: Iterable[Tick]) -> Iterator[Tick]:
    """Ticks that are far enough from the one before to be read."""
    last = -_LABELS_APART
    for tick in ticks:
        if tick.at - last >= _LABELS_APART:
            last = tick.at
            yield tick
