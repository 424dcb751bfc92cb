"""Putting the price lines that a run's live answers are paid by into it, so that its reports hold them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from upload_matrix.analysis.run_cost import has_live, used_lines
from upload_matrix.engine.spending.tables import load_prices
from upload_matrix.session.vocabulary import extension_folders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from upload_matrix.model.result import Run

PRICES = "prices"
"""The folder beside a matrix that holds the user's own price tables."""


def with_prices(run: Run, matrices: Sequence[Path]) -> Run:
    """The run with the lines it needs of the tables beside ``matrices`` and the built-in ones.

    A run without live answers stays as it is, and no table is read. Raises ConfigurationError for a table
    that is at fault.
    """
    if not has_live(run):
        return run
    table = load_prices([folder / PRICES for folder in extension_folders(matrices)])
    return replace(run, prices=used_lines(run, table))
