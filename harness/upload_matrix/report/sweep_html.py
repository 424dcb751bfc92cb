"""The HTML page of a sweep. What it is made of lives in ``html``."""

from __future__ import annotations

from upload_matrix.model.sweep import Sweep

NAME = "html"
SUFFIX = ".html"
KIND = "sweep"


def render(sweep: Sweep) -> str:
    """The whole page as text."""
    # The template engine is loaded only when a page is wanted.
    from upload_matrix.report.html import sweep_page

    return sweep_page.render(sweep)
