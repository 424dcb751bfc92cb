"""How sure a sweep's history is, and the releases that say nothing."""

from __future__ import annotations

from upload_matrix.model.sweep import Sweep
from upload_matrix.report.html.page import Content
from upload_matrix.report.sweep_text import silences, silent_cells, sureness

TITLE = "Certainty"
ORDER = 30

_CELLS_SHOWN = 40


def of_sweep(sweep: Sweep) -> Content:
    """Sentences that claim no more than was seen."""
    cells = silent_cells(sweep)
    return Content(
        {
            "sentences": sureness(sweep),
            "silences": silences(sweep),
            "cells": cells[:_CELLS_SHOWN],
            "more": len(cells[_CELLS_SHOWN:]),
        }
    )
