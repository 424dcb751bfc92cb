"""The matrix, the cases and the wire forms of a run, with filters and a panel for one case."""

from __future__ import annotations

from upload_matrix.model.result import Run
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.run_data import blocks

TITLE = "Matrix"
ORDER = 20

SCRIPTS = (
    "blocks",
    "model",
    "state",
    "filter",
    "marks",
    "table",
    "matrix_view",
    "case_view",
    "wire_view",
    "request",
    "panel",
    "hop_view",
    "case_panel",
    "menus",
    "toolbar",
    "explorer",
)


def of_run(run: Run) -> Content | None:
    """All cases; None for a run without one."""
    return Content(blocks=blocks(run), scripts=SCRIPTS) if run.results else None
