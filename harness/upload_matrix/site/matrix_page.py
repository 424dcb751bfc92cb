"""The page of one matrix: its table as of the newest run, what decides, its history, and every run."""

from __future__ import annotations

from dataclasses import replace

from upload_matrix.judge.deciding import sentences
from upload_matrix.model.answer import Provenance
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import RED
from upload_matrix.report.grid import build
from upload_matrix.report.html.prose import sentence
from upload_matrix.report.wording import MARKS, SIGNS, of_results, result_line
from upload_matrix.site import frame
from upload_matrix.site.bars import pieces
from upload_matrix.site.changes import grouped
from upload_matrix.site.entries import Entry, mood_of
from upload_matrix.site.stories import Snapshot, Story
from upload_matrix.site.timeline import timeline

_MOST_SENTENCES = 6
_MOST_CASES = 40
_MOST_CHANGES = 25
_KINDS = {sign: kind.value for kind, sign in reversed(SIGNS.items())}
"""The class of a cell of the table, by the sign its words begin with."""


def render(story: Story) -> str:
    """The page of a matrix that was in at least one run; raises ValueError for one that was in none."""
    run = story.latest
    if run is None:
        raise ValueError(f"no run of {story.matrix}")
    now = story.now
    numbers = [
        (now.counts.cases, "case", "cases"),
        (now.counts.wire_forms, "wire form", "wire forms"),
        (len(story.snapshots), "run", "runs"),
        (sum(not step.silent for step in story.steps), "change", "changes"),
    ]
    return frame.page(
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
        sentences=sentences(run)[:_MOST_SENTENCES],
        timeline=timeline(story),
        bars=[(each, pieces(each)) for each in story.snapshots],
        steps=[(step, grouped(step.comparison.changed)) for step in reversed(story.steps) if not step.silent],
        entries=[_here(snapshot) for snapshot in reversed(story.snapshots)],
        outcomes=_outcomes(story),
        most_cases=_MOST_CASES,
        most_changes=_MOST_CHANGES,
    )


def _here(snapshot: Snapshot) -> Entry:
    """A run's entry as far as this matrix goes: it may hold others that went otherwise."""
    counts = snapshot.counts
    return replace(snapshot.entry, headline=sentence(result_line(counts)), mood=mood_of(counts))


def _outcomes(story: Story) -> list[OutcomeKind]:
    """Every outcome that any run has, in the vocabulary's order."""
    seen = {kind for snapshot in story.snapshots for kind, _ in snapshot.outcomes}
    return [kind for kind in OutcomeKind if kind in seen]
