"""The HTML report: one self-contained page of a run, for people. What it is made of lives in ``html``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.model.plan import CallRecord
from upload_matrix.model.result import Run

NAME = "html"
SUFFIX = ".html"
OPTIONS = ("facts",)


def render(run: Run, *, facts: Sequence[CallRecord] = ()) -> str:
    """The whole page as text; with ``facts``, the live calls of the run, it shows how long they took."""
    return "".join(chunks(run, facts=facts))


def chunks(run: Run, *, facts: Sequence[CallRecord] = ()) -> Iterator[str]:
    """The page in pieces: its frame, then each block of embedded data."""
    # The template engine is loaded only when a page is wanted: every command that lists the formats
    # imports this file.
    from upload_matrix.report.html.run_page import page

    return page(run, facts=facts).chunks()
