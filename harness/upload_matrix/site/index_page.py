"""The index: every matrix with its newest result and its past, the sweeps, and all reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upload_matrix.model.answer import Provenance
from upload_matrix.report.html.page import BAD, PLAIN, Mood
from upload_matrix.report.html.prose import sentence
from upload_matrix.report.registry import GATE, RUN, SWEEP
from upload_matrix.report.wording import plural, result_line
from upload_matrix.site import frame
from upload_matrix.site.bars import Piece, pieces
from upload_matrix.site.entries import Entry, mood_of, worst
from upload_matrix.site.stories import Story

_PAST = 24
"""Runs whose result a matrix's row shows as marks: the newest."""


@dataclass(frozen=True, slots=True)
class Row:
    """A matrix in the index. ``past`` holds runs, oldest first, with how each went."""

    story: Story
    headline: str
    mood: Mood
    past: tuple[tuple[Entry, Mood], ...]
    bar: tuple[Piece, ...]
    emulated: bool


def render(title: str, stories: Sequence[Story], entries: Sequence[Entry]) -> str:
    """The page, matrices by name, reports newest first."""
    rows = [_row(story) for story in sorted(stories, key=lambda story: story.matrix)]
    newest = list(reversed(entries))
    of_kind = {kind: [entry for entry in newest if entry.kind == kind] for kind in (RUN, SWEEP, GATE)}
    moods = [row.mood for row in rows]
    mood = worst(moods) if rows else PLAIN
    return frame.page(
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


def _row(story: Story) -> Row:
    now = story.now
    return Row(
        story=story,
        headline=sentence(result_line(now.counts)),
        mood=mood_of(now.counts),
        past=tuple((each.entry, mood_of(each.counts)) for each in story.snapshots[-_PAST:]),
        bar=pieces(now),
        emulated=Provenance.EMULATED in now.counts.by_provenance,
    )


def _headline(rows: Sequence[Row]) -> str:
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
    return plural(number, "matrix").replace("matrixs", "matrices")
