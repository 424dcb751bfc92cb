"""What a run's live answers cost, as a Markdown section: per variant, together, and by which prices."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.cost import CostSum
from upload_matrix.judge.run_cost import run_cost
from upload_matrix.model.result import Run
from upload_matrix.report.cost_words import amount, basis, per_call, tokens
from upload_matrix.report.markdown_escape import code, marked, prose, table
from upload_matrix.report.sections import Section
from upload_matrix.report.wording import plural

TITLE = "Cost"
MOST_ROWS = 100

_HOW = (
    "Computed from the usage that live answers report, per million tokens by kind. An answer counts once, "
    "when it was made, whoever reads its recording since. A request that was turned away counts as nothing; "
    "what is not known is said, never taken for zero. What further attempts at a server in trouble may have "
    "cost stands in the ledger (`upload-matrix costs --ledger`)."
)


def cost_section(run: Run) -> Iterator[Section]:
    """The section, where any live answer says what it used; emulated answers cost nothing."""
    found = run_cost(run)
    if found is None:
        return
    rows = [[code(each.variant), *_sum(each.cost, each.shared)] for each in found.variants[:MOST_ROWS]]
    rows.append(["**together**", *_sum(found.total, 0)])
    header = ("variant", "live answers", "cost", "a call", "tokens")
    pieces = [f"## {TITLE}", table(header, rows)]
    if len(found.variants) > MOST_ROWS:
        pieces.append(f"{plural(len(found.variants) - MOST_ROWS, 'more variant')} in the JSON report.")
    lines = [f"- {marked(sentence)}" for sentence in basis(run.prices)]
    pieces.append("\n".join(["Prices, in USD per million tokens:", "", *lines]) if lines else _NO_PRICE)
    pieces.append(_HOW)
    yield Section(TITLE, "\n\n".join(pieces))


_NO_PRICE = "No price table has a line for these models: add one in `prices/NAME.yaml` beside the matrix."


def _sum(cost: CostSum, shared: int) -> list[str]:
    calls = f"{cost.calls:,}" + (f" ({shared:,} shared with others)" if shared else "")
    return [calls, prose(amount(cost)), prose(per_call(cost)), prose(tokens(cost.usage))]
