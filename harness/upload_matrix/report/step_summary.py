"""Markdown for the summary of a CI step: short, details folded, under the server's limit, and linked on.

GitHub takes 1 MiB for a step and shows nothing of a longer summary:
https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits.
What failed as the matrix expects is folded; what is red stands open, in words before everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from upload_matrix.judge.differences import nearest_passing
from upload_matrix.judge.gate import Gate
from upload_matrix.model.result import RED, Run, VerdictKind
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import gate_report, sweep_report
from upload_matrix.report.costs import cost_section
from upload_matrix.report.document import Link, Paragraph, Readable, Section, folded
from upload_matrix.report.document import markdown as as_markdown
from upload_matrix.report.gateway import gateway_sections
from upload_matrix.report.markdown import (
    conclusions,
    counted,
    environments,
    failing_groups,
    known_failures,
    matrix_table,
    reproduce,
    unresolved,
)
from upload_matrix.report.red import red_sections
from upload_matrix.report.registry import GATE, RUN, SWEEP, Report
from upload_matrix.report.repeats import repeats_section
from upload_matrix.report.wording import count, of_results, result_line

LIMIT = 1_000_000
"""Bytes of a summary unless asked otherwise: a little room is left of the server's 1,048,576."""

LINK_WORDS = "The whole report and its files"


def render(
    run: Run, *, max_bytes: int | None = None, link: str | None = None, baseline: Run | None = None
) -> str:
    """The run in at most ``max_bytes`` bytes (``LIMIT`` unless given); ``link`` is where the rest lies.

    ``baseline`` is the last green run: what is red is then held against it. Raises ValueError when it is
    longer than ``max_bytes`` and that is less than ``document.SMALLEST``.
    """
    counts = count(run)
    linked = () if link is None else (Paragraph(Link(LINK_WORDS, link)),)
    lead = (Paragraph(of_results(run.results)), *linked)
    nearest = nearest_passing(run)
    red = replace(run, results=tuple(result for result in run.results if result.verdict.kind in RED))
    calm = replace(run, results=tuple(result for result in run.results if result.verdict.kind not in RED))
    sections = (
        *red_sections(run, baseline, 3),
        *conclusions(run, 3 if red.results else 0),
        *failing_groups(red, nearest),
        *gateway_sections(run),
        *repeats_section(run),
        *_matrices(run),
        *cost_section(run),
        *map(folded, failing_groups(calm, nearest)),
        *map(folded, environments(run)),
        folded(counted(counts)),
    )
    return as_markdown(
        Readable(result_line(counts), lead, sections, reproduce(run), level=2), max_bytes or LIMIT
    )


def _matrices(run: Run) -> Iterator[Section]:
    for name in dict.fromkeys(result.matrix for result in run.results):
        results = tuple(result for result in run.results if result.matrix == name)
        yield Section(f"Matrix {name}", tuple(matrix_table(results)), 3)
        if any(result.verdict.kind is VerdictKind.UNRESOLVED for result in results):
            yield from unresolved(results)
        yield from map(folded, known_failures(results))


def _with_link(report: Readable, max_bytes: int | None, link: str | None) -> str:
    """The report with the link under its title."""
    linked = () if link is None else (Paragraph(Link(LINK_WORDS, link)),)
    return as_markdown(replace(report, lead=(*linked, *report.lead)), max_bytes or LIMIT)


def sweep_summary(sweep: Sweep, *, max_bytes: int | None = None, link: str | None = None) -> str:
    """A sweep, as ``render`` has a run."""
    return _with_link(sweep_report.readable(sweep), max_bytes, link)


def gate_summary(gate: Gate, *, max_bytes: int | None = None, link: str | None = None) -> str:
    """A gate's result, as ``render`` has a run."""
    return _with_link(gate_report.readable(gate), max_bytes, link)


REPORTS = tuple(
    Report("step-summary", ".summary.md", shaped, kind, ("max_bytes", "link", *more))
    for kind, shaped, more in (
        (RUN, render, ("baseline",)),
        (SWEEP, sweep_summary, ()),
        (GATE, gate_summary, ()),
    )
)
