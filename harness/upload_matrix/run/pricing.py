"""Putting the price lines that a run's live answers are paid by into it, so that its reports hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from upload_matrix.judge.run_cost import has_live, used_lines
from upload_matrix.model.result import Run
from upload_matrix.run.vocabulary import extension_folders
from upload_matrix.spending.tables import load_prices

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
