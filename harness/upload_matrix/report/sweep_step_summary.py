"""The Markdown of a sweep under the limit of a CI step's summary, and linked on."""

from __future__ import annotations

from upload_matrix.model.sweep import Sweep
from upload_matrix.report import sweep_markdown
from upload_matrix.report.step_summary import room, with_link

NAME = "step-summary"
SUFFIX = ".summary.md"
KIND = "sweep"
OPTIONS = ("max_bytes", "link")


def render(sweep: Sweep, *, max_bytes: int | None = None, link: str | None = None) -> str:
    """At most ``max_bytes`` bytes (``step_summary.LIMIT`` unless given); ``link`` is where the rest lies.

    Raises ValueError when it is longer and ``max_bytes`` is less than ``sections.SMALLEST``.
    """
    return with_link(sweep_markdown.render(sweep, max_bytes=room(max_bytes, link)), link)
