"""What ``costs`` prints: price tables and recipes, or a ledger's runs and calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from upload_matrix.cli import costs_books
from upload_matrix.judge.cost import priced
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.report import costs
from upload_matrix.spending import Ledger
from upload_matrix.spending.tables import load_prices, load_recipes


def show_prices(folders: Sequence[Path], model: str | None, *, as_json: bool) -> None:
    """The tables of ``folders`` and the built-in one, and the recipes priced by them.

    Raises ConfigurationError for a table that is at fault, and for a ``model`` that no line is about.
    """
    table = load_prices(folders)
    if model is not None and table.price(model, "images.edit") is None:
        raise ConfigurationError(
            f"--model {model}: no price table has a line for it; add one in matrix/prices/NAME.yaml"
        )
    recipes = [priced(recipe, table, model=model) for recipe in load_recipes()]
    if as_json:
        click.echo(json.dumps(costs.price_document(table, recipes, model), ensure_ascii=False, indent=2))
        return
    for line in costs.prices(table, recipes, model):
        click.echo(line)


def show_ledger(path: Path, only: str | None, *, calls: bool, as_json: bool) -> None:
    """The runs of a ledger, with their calls where asked. Raises ConfigurationError when it is not there."""
    if not path.is_file():
        # A ledger is made when it is opened: looking at one must not leave an empty one behind.
        raise ConfigurationError(f"--ledger {path}: there is no such file")
    with Ledger(path) as ledger:
        runs = ledger.runs() if only is None else (ledger.run(only),)
        held = {run.id: ledger.calls(run.id) if calls or only is not None else () for run in runs}
    if as_json:
        click.echo(json.dumps(costs_books.document(runs, held), ensure_ascii=False, indent=2))
        return
    for line in costs_books.lines(runs, held):
        click.echo(line)
