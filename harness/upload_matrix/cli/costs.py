"""``upload-matrix costs``: what calls cost, by which prices, and what was spent."""

from __future__ import annotations

import click

from upload_matrix.ask.declared import JSON
from upload_matrix.cli.options import options


@click.command("costs")
@click.option(
    "--prices",
    "folders",
    multiple=True,
    type=click.Path(),
    metavar="DIR",
    help="A folder of price tables of your own; they count first. Repeatable. [default: matrix/prices]",
)
@click.option("--model", metavar="NAME", help="Compare the recipes as if they used this model.")
@click.option("--ledger", type=click.Path(), metavar="FILE", help="List what this ledger holds instead.")
@click.option("--run", metavar="ID", help="With --ledger: only this run, with its calls.")
@click.option("--calls", is_flag=True, help="With --ledger: every run's calls.")
@options(JSON)
def command(
    folders: tuple[str, ...],
    model: str | None,
    ledger: str | None,
    run: str | None,
    *,
    calls: bool,
    as_json: bool,
) -> None:
    """Show the price table with its sources, and what ways to the same picture cost.

    Prices are dated and name who says so; what is not known is shown as unknown. The recipes are the field
    report's: describe and generate, against the direct edit, calls and money side by side. With --ledger:
    the runs that were booked there, and their calls.

    \b
    Examples:
      upload-matrix costs
      upload-matrix costs --model gpt-image-1-mini
      upload-matrix costs --ledger books.sqlite --calls
    """
    from pathlib import Path

    from upload_matrix.ask.costs import ledger_lines, price_lines
    from upload_matrix.model.errors import ConfigurationError

    if ledger is None and (run is not None or calls):
        raise ConfigurationError("--run and --calls go with --ledger FILE")
    if ledger is not None:
        lines = ledger_lines(Path(ledger), run, calls=calls, as_json=as_json)
    else:
        lines = price_lines([Path(each) for each in folders or ("matrix/prices",)], model, as_json=as_json)
    for line in lines:
        click.echo(line)
