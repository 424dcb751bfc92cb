"""What ``costs`` prints, as lines or JSON: price tables and recipes, or a ledger's runs and calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from upload_matrix.judge.cost import priced
from upload_matrix.model import codec
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.price import shown
from upload_matrix.report import costs
from upload_matrix.report.costs import tokens, usd
from upload_matrix.report.grid import aligned
from upload_matrix.report.streams import columns
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural
from upload_matrix.spending import CallEntry, Ledger, RunEntry
from upload_matrix.spending.tables import load_prices, load_recipes

FORMAT = "upload-matrix ledger"
VERSION = 1
_WIDEST = 130
_INDENT = "  "


def lines(runs: Sequence[RunEntry], calls: Mapping[str, Sequence[CallEntry]], width: int) -> Iterator[str]:
    """A line for every run, the oldest first, with its calls below; () for a run without."""
    if not runs:
        yield "the ledger holds no run"
    for run in runs:
        limits = [f"budget {shown(run.budget)}"] if run.budget is not None else []
        limits += [f"at most {plural(run.max_calls, 'call')}"] if run.max_calls is not None else []
        told = [run.started, run.id, visible(run.label or "-"), plural(run.calls, "call")]
        told += [f"counted at {run.counted}", ", ".join(limits) or "no limit"]
        told += [f"{run.open} not settled, counted at {run.held}"] if run.open else []
        yield _INDENT.join(told)
        rows = [_row(call) for call in calls.get(run.id, ())]
        if rows:
            header = ["#", "target", "model", "wire form", "time", "status", "seconds", "counted", "tokens"]
            yield from aligned([header, *rows], width, _INDENT)


def _row(call: CallEntry) -> list[str]:
    status = str(call.status) if call.status is not None else call.state.value
    return [
        str(call.number),
        visible(call.target),
        visible(call.model or "-"),
        call.wire,
        str(call.sample + 1),
        status,
        "-" if call.seconds is None else f"{call.seconds:.2f}",
        shown(call.counted),
        visible(call.why or "-") if call.usage is None else tokens(call.usage),
    ]


def document(runs: Sequence[RunEntry], calls: Mapping[str, Sequence[CallEntry]]) -> dict[str, Any]:
    """The same as data; ``usd`` null where the price is unknown."""
    return {"format": FORMAT, "version": VERSION, "runs": [_run(run, calls.get(run.id, ())) for run in runs]}


def _run(run: RunEntry, calls: Sequence[CallEntry]) -> dict[str, Any]:
    return {
        "id": run.id,
        "label": run.label,
        "started": run.started,
        "budget_usd": usd(run.budget),
        "max_calls": run.max_calls,
        "calls": run.calls,
        "open": run.open,
        "counted_usd": usd(run.counted.known),
        "calls_of_unknown_price": run.counted.unknown,
        "held_usd": usd(run.held.known),
        "entries": [_call(call) for call in calls],
    }


def _call(call: CallEntry) -> dict[str, Any]:
    return {
        **asdict(call),
        "state": call.state.value,
        "sample": call.sample + 1,
        "reserved": usd(call.reserved),
        "counted": usd(call.counted),
    }


def price_lines(folders: Sequence[Path], model: str | None, *, as_json: bool) -> Iterator[str]:
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
        yield "".join(codec.chunks(costs.costs_document(table, recipes, model))).rstrip("\n")
    else:
        yield from costs.prices(table, recipes, model, columns(widest=costs.WIDEST))


def ledger_lines(path: Path, only: str | None, *, calls: bool, as_json: bool) -> Iterator[str]:
    """The runs of a ledger, with their calls where asked. Raises ConfigurationError when it is not there."""
    if not path.is_file():
        # A ledger is made when it is opened: looking at one must not leave an empty one behind.
        raise ConfigurationError(f"--ledger {path}: there is no such file")
    with Ledger(path) as ledger:
        runs = ledger.runs() if only is None else (ledger.run(only),)
        held = {run.id: ledger.calls(run.id) if calls or only is not None else () for run in runs}
    if as_json:
        yield json.dumps(document(runs, held), ensure_ascii=False, indent=2)
    else:
        yield from lines(runs, held, columns(widest=_WIDEST))
