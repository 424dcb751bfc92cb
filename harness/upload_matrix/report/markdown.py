"""Markdown for a CI step's summary and for a vendor's issue: result first, then matrix, then evidence.

All of a run's words are somebody else's (a server's message, a filename, a prompt), so each goes
through ``markdown_escape``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from upload_matrix.judge.deciding import nearest_passing, sentences
from upload_matrix.model.result import Run
from upload_matrix.report.costs import cost_section
from upload_matrix.report.gateway import gateway_sections
from upload_matrix.report.markdown_clients import client_sections
from upload_matrix.report.markdown_escape import Section, joined, marked, prose
from upload_matrix.report.markdown_groups import failing_groups
from upload_matrix.report.markdown_matrix import matrix_table
from upload_matrix.report.markdown_tail import counted, environments, known_failures, reproduce, unresolved
from upload_matrix.report.repeats import repeats_section
from upload_matrix.report.wording import count, of_results, result_line, shorten

NAME = "markdown"
SUFFIX = ".md"
OPTIONS = ("max_bytes",)

_LONGEST_TITLE = 120


def render(run: Run, *, title: str = "Upload matrix", max_bytes: int | None = None) -> str:
    """The run as Markdown, in UTF-8 at most ``max_bytes`` long (GitHub's step summary takes 1 MiB).

    Whole sections are left out to stay below, and a line says which. Raises ValueError when the report
    is longer than ``max_bytes`` and that is less than ``sections.SMALLEST``.
    """
    counts = count(run)
    head = "\n\n".join(
        [
            f"# {prose(shorten(title, _LONGEST_TITLE))}",
            f"**{prose(result_line(counts))}** {prose(of_results(run.results))}",
        ]
    )
    sections = [
        *conclusions(run),
        *gateway_sections(run),
        *repeats_section(run),
        *_matrices(run),
        *cost_section(run),
        *environments(run),
        counted(counts),
    ]
    return joined(head, sections, reproduce(run), max_bytes)


def conclusions(run: Run) -> Iterator[Section]:
    """What can be concluded, and the run's own notes; nothing when there is neither."""
    lines = [f"- {marked(sentence)}" for sentence in (*sentences(run), *run.notes)]
    if lines:
        yield Section("Conclusions", "\n".join(lines))


def _matrices(run: Run) -> Iterator[Section]:
    """A section per matrix with its table; what its clients sent and what failed stand in sections below."""
    nearest = nearest_passing(run)
    for name in dict.fromkeys(result.matrix for result in run.results):
        results = tuple(result for result in run.results if result.matrix == name)
        yield Section(f"Matrix {name}", f"## Matrix {prose(name)}\n\n{matrix_table(results)}")
        yield from client_sections(replace(run, results=results))
        yield from failing_groups(replace(run, results=results), nearest)
        yield from unresolved(results)
        yield from known_failures(results)
