"""A site's pages: the frame of the reports' pages with the site's own style, the index, a page a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from upload_matrix.model.answer import Provenance
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import RED
from upload_matrix.report.grid import build
from upload_matrix.report.html import embed
from upload_matrix.report.html import page as report_page
from upload_matrix.report.html.page import BAD, PLAIN, Mood, mood_of, sentence
from upload_matrix.report.html.run_page import conclusions_of
from upload_matrix.report.registry import GATE, RUN, SWEEP
from upload_matrix.report.wording import MARKS, SIGNS, of_results, result_line
from upload_matrix.site.reading import IndexEntry, worst
from upload_matrix.site.stories import MatrixStory, Snapshot, grouped, timeline

_STYLES = ("table", "change_cards", "differences")
"""Style sheets of the reports' pages whose elements stand in a site's pages too."""


@cache
def engine() -> Environment:
    """The reports' template engine, which finds the site's templates beside theirs."""
    theirs = report_page.engine()
    loaders = [PackageLoader("upload_matrix.site"), *([theirs.loader] if theirs.loader is not None else [])]
    return theirs.overlay(loader=ChoiceLoader(loaders))


def page(template: str, *, title: str, mood: Mood, root: str, **values: Any) -> str:
    """A page as HTML; ``root`` leads from it to the site's root (``""`` or ``"../"``).

    The policy allows exactly its own style and scripts, and nothing from anywhere.
    """
    shared = embed.style(_STYLES)
    style = shared.text + "\n" + _asset("site.css")
    common, own = embed.script(), _asset("site.js")
    allowed = embed.Asset("", f"{common.source} {embed.source_of(own)}")
    policy = embed.policy(embed.Asset(style, embed.source_of(style)), allowed)
    return (
        engine()
        .get_template(f"site/{template}.html")
        .render(
            title=title,
            mood=mood,
            root=root,
            policy=policy,
            # Files of this package: escaping would change them, and their hashes.
            style=Markup(style),  # noqa: S704
            scripts=[Markup(text) for text in (common.text, own)],  # noqa: S704
            **values,
        )
    )


@cache
def _asset(name: str) -> str:
    text = resources.files(__package__).joinpath("assets", name).read_text("utf-8")
    if "</" in text or "<!--" in text:
        raise ValueError(f"{name} holds what would end its element early")
    return text


# -- bars: how much of a run came out which way, as pieces of 100 --


WHOLE = 100


@dataclass(frozen=True, slots=True)
class BarPiece:
    """A piece of a bar: where it begins and how long it is, of ``WHOLE``, with what it stands for.

    ``red``: these cases are not as expected. Only they are in full colour, and as thick as the bar.
    """

    kind: OutcomeKind
    red: bool
    number: int
    start: float
    length: float


def pieces(snapshot: Snapshot) -> tuple[BarPiece, ...]:
    """The bar of one run; () when no case ran."""
    total = len(snapshot.cases)
    found: list[BarPiece] = []
    start = 0.0
    for kind, red, number in snapshot.outcomes:
        length = round(WHOLE * number / total, 2)
        found.append(BarPiece(kind, red, number, round(start, 2), length))
        start += length
    return tuple(found)


# -- the index: every matrix with its newest result and its past, the sweeps, and all reports --


_PAST = 24
"""Runs whose result a matrix's row shows as marks: the newest."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A matrix in the index. ``past`` holds runs, oldest first, with how each went."""

    story: MatrixStory
    headline: str
    mood: Mood
    past: tuple[tuple[IndexEntry, Mood], ...]
    bar: tuple[BarPiece, ...]
    emulated: bool


def index(title: str, stories: Sequence[MatrixStory], entries: Sequence[IndexEntry]) -> str:
    """The page, matrices by name, reports newest first."""
    rows = [_row(story) for story in sorted(stories, key=lambda story: story.matrix)]
    newest = list(reversed(entries))
    of_kind = {kind: [entry for entry in newest if entry.kind == kind] for kind in (RUN, SWEEP, GATE)}
    moods = [row.mood for row in rows]
    mood = worst(moods) if rows else PLAIN
    return page(
        "index",
        title=title,
        mood=mood,
        root="",
        headline=_headline(rows),
        rows=rows,
        sweeps=of_kind[SWEEP],
        gates=of_kind[GATE],
        reports=newest,
        emulated=any(row.emulated for row in rows) or any(each.emulated for each in of_kind[SWEEP]),
        facts=[
            (f"{number:,}", one if number == 1 else many)
            for number, one, many in (
                (len(rows), "matrix", "matrices"),
                (len(of_kind[RUN]), "run", "runs"),
                (len(of_kind[SWEEP]), "sweep", "sweeps"),
            )
            if number
        ],
    )


def _row(story: MatrixStory) -> IndexRow:
    now = story.now
    return IndexRow(
        story=story,
        headline=sentence(result_line(now.counts)),
        mood=mood_of(now.counts),
        past=tuple((each.entry, mood_of(each.counts)) for each in story.snapshots[-_PAST:]),
        bar=pieces(now),
        emulated=Provenance.EMULATED in now.counts.by_provenance,
    )


def _headline(rows: Sequence[IndexRow]) -> str:
    if not rows:
        return "Uploads, release by release"
    bad = sum(row.mood is BAD for row in rows)
    if bad:
        return f"{bad:,} of {_matrices(len(rows))} {'is' if bad == 1 else 'are'} not as expected"
    calm = sum(row.mood.word == "good" for row in rows)
    if calm == len(rows):
        return "The matrix is as expected" if calm == 1 else f"All {_matrices(calm)} are as expected"
    return f"{calm:,} of {_matrices(len(rows))} {'is' if calm == 1 else 'are'} as expected"


def _matrices(number: int) -> str:
    return "1 matrix" if number == 1 else f"{number:,} matrices"


# -- one matrix: its table as of the newest run, what decides, its history, and every run --


_MOST_SENTENCES = 6
_MOST_CASES = 40
_MOST_CHANGES = 25
_KINDS = {sign: kind.value for kind, sign in reversed(SIGNS.items())}
"""The class of a cell of the table, by the sign its words begin with."""


def matrix(story: MatrixStory) -> str:
    """The page of a matrix that was in at least one run; raises ValueError for one that was in none."""
    run = story.latest
    if run is None:
        raise ValueError(f"no run of {story.matrix}")
    now = story.now
    said, alone = conclusions_of(run)
    numbers = [
        (now.counts.cases, "case", "cases"),
        (now.counts.wire_forms, "wire form", "wire forms"),
        (len(story.snapshots), "run", "runs"),
        (sum(not step.silent for step in story.steps), "change", "changes"),
    ]
    return page(
        "matrix",
        title=story.matrix,
        mood=mood_of(now.counts),
        root="../",
        story=story,
        now=now,
        headline=sentence(result_line(now.counts)),
        answers=of_results(run.results),
        emulated=Provenance.EMULATED in now.counts.by_provenance,
        facts=[(f"{number:,}", one if number == 1 else many) for number, one, many in numbers],
        grid=build(run.results),
        marks=MARKS,
        red=RED,
        kinds=_KINDS,
        sentences=said[:_MOST_SENTENCES],
        alone=alone,
        timeline=timeline(story),
        bars=[(each, pieces(each)) for each in story.snapshots],
        steps=[(step, grouped(step.comparison.changed)) for step in reversed(story.steps) if not step.silent],
        entries=[_here(snapshot) for snapshot in reversed(story.snapshots)],
        outcomes=_outcomes(story),
        most_cases=_MOST_CASES,
        most_changes=_MOST_CHANGES,
    )


def _here(snapshot: Snapshot) -> IndexEntry:
    """A run's entry as far as this matrix goes: it may hold others that went otherwise."""
    counts = snapshot.counts
    return replace(snapshot.entry, headline=sentence(result_line(counts)), mood=mood_of(counts))


def _outcomes(story: MatrixStory) -> list[OutcomeKind]:
    """Every outcome that any run has, in the vocabulary's order."""
    seen = {kind for snapshot in story.snapshots for kind, _, _ in snapshot.outcomes}
    return [kind for kind in OutcomeKind if kind in seen]
