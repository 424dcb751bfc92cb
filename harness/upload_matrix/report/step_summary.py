"""Markdown for the summary of a CI step: short, details folded, under the server's limit, and linked on.

GitHub takes 1 MiB for a step and shows nothing of a longer summary:
https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits.
What failed as the matrix expects is folded; what is red stands open, before everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from upload_matrix.judge.conclusions import nearest_passing
from upload_matrix.judge.gate import Gate
from upload_matrix.model.result import RED, Run, VerdictKind
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import gate_report, sweep_markdown
from upload_matrix.report.costs import cost_section
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
from upload_matrix.report.markdown_escape import Section, joined, prose, within_html
from upload_matrix.report.markdown_escape import link as linked
from upload_matrix.report.registry import GATE, RUN, SWEEP, Report
from upload_matrix.report.repeats import repeats_section
from upload_matrix.report.wording import count, of_results, result_line

LIMIT = 1_000_000
"""Bytes of a summary unless asked otherwise: a little room is left of the server's 1,048,576."""

LINK_WORDS = "The whole report and its files"


def render(run: Run, *, max_bytes: int | None = None, link: str | None = None) -> str:
    """The run in at most ``max_bytes`` bytes (``LIMIT`` unless given); ``link`` is where the rest lies.

    Raises ValueError when it is longer and ``max_bytes`` is less than ``sections.SMALLEST``.
    """
    counts = count(run)
    head = "\n\n".join(
        [
            f"## {prose(result_line(counts))}",
            prose(of_results(run.results)),
            *([linked(LINK_WORDS, link)] if link is not None else []),
        ]
    )
    nearest = nearest_passing(run)
    red = replace(run, results=tuple(result for result in run.results if result.verdict.kind in RED))
    calm = replace(run, results=tuple(result for result in run.results if result.verdict.kind not in RED))
    sections = [
        *failing_groups(red, nearest),
        *conclusions(run),
        *gateway_sections(run),
        *repeats_section(run),
        *_matrices(run),
        *cost_section(run),
        *map(folded, failing_groups(calm, nearest)),
        *map(folded, environments(run)),
        folded(counted(counts)),
    ]
    return joined(head, sections, reproduce(run), max_bytes or LIMIT)


def _matrices(run: Run) -> Iterator[Section]:
    for name in dict.fromkeys(result.matrix for result in run.results):
        results = tuple(result for result in run.results if result.matrix == name)
        yield Section(f"Matrix {name}", f"### Matrix {prose(name)}\n\n{matrix_table(results)}")
        if any(result.verdict.kind is VerdictKind.UNRESOLVED for result in results):
            yield from unresolved(results)
        yield from map(folded, known_failures(results))


def folded(section: Section) -> Section:
    """The section behind its title, to be opened by who wants it."""
    summary = within_html(section.title)
    return Section(section.title, f"<details><summary>{summary}</summary>\n\n{section.text}\n\n</details>")


def with_link(text: str, link: str | None) -> str:
    """A Markdown report with the link under its title."""
    if link is None:
        return text
    title, gap, rest = text.partition("\n\n")
    return f"{title}\n\n{linked(LINK_WORDS, link)}{gap}{rest}"


def room(max_bytes: int | None, link: str | None) -> int:
    """Bytes that are left for a report beside its link."""
    beside = 0 if link is None else len(f"\n\n{linked(LINK_WORDS, link)}".encode())
    return (max_bytes or LIMIT) - beside


def sweep_summary(sweep: Sweep, *, max_bytes: int | None = None, link: str | None = None) -> str:
    """A sweep, as ``render`` has a run."""
    return with_link(sweep_markdown.render(sweep, max_bytes=room(max_bytes, link)), link)


def gate_summary(gate: Gate, *, max_bytes: int | None = None, link: str | None = None) -> str:
    """A gate's result, as ``render`` has a run."""
    return with_link(gate_report.markdown(gate, max_bytes=room(max_bytes, link)), link)


REPORTS = tuple(
    Report("step-summary", ".summary.md", shaped, kind, ("max_bytes", "link"))
    for kind, shaped in ((RUN, render), (SWEEP, sweep_summary), (GATE, gate_summary))
)
