"""The HTML report: one self-contained page of a run, for people. What it is made of lives in ``html``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model.result import Run

NAME = "html"
SUFFIX = ".html"


def render(run: Run) -> str:
    """The whole page as text."""
    return "".join(chunks(run))


def chunks(run: Run) -> Iterator[str]:
    """The page in pieces: its frame, then each block of embedded data."""
    # The template engine is loaded only when a page is wanted: every command that lists the formats
    # imports this file.
    from harness.reports.html.run_page import page

    return page(run).chunks()
