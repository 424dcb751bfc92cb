"""What a ledger holds, in lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from upload_matrix.model.money import shown
from upload_matrix.report.costs import tokens, usd
from upload_matrix.report.grid import aligned
from upload_matrix.report.wording import plural, visible
from upload_matrix.spending import CallEntry, RunEntry

FORMAT = "upload-matrix ledger"
VERSION = 1
WIDTH = 130
_INDENT = "  "


def lines(runs: Sequence[RunEntry], calls: Mapping[str, Sequence[CallEntry]]) -> Iterator[str]:
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
            yield from aligned([header, *rows], WIDTH, _INDENT)


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
