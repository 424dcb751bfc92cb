"""The clients of a run: what each sent, what came of it, and in which versions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.wireforms import last_wire
from harness.model.case import NOT_APPLICABLE
from harness.model.outcome import OutcomeKind
from harness.reports.html.page import Content

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model.result import Run

TITLE = "Clients"
ORDER = 30


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A value of the axis ``client``: its cases by outcome, its distinct wire forms.

    ``own`` counts forms that no other client sent; ``agents`` are the User-Agent values it sent.
    """

    name: str
    cases: int
    outcomes: Mapping[OutcomeKind, int]
    wires: int
    own: int
    agents: tuple[str, ...]


def of_run(run: Run) -> Content | None:
    """A row per client; None where the matrix has no such axis."""
    outcomes: dict[str, Counter[OutcomeKind]] = {}
    wires: dict[str, set[str]] = {}
    agents: dict[str, dict[str, None]] = {}
    for result in run.results:
        client = result.axes.get("client", NOT_APPLICABLE)
        if client == NOT_APPLICABLE:
            continue
        outcomes.setdefault(client, Counter())[result.outcome.kind] += 1
        wire = last_wire(result)
        wires.setdefault(client, set()).update([wire] if wire else [])
        for attempt in result.attempts:
            said = (value for name, value in attempt.headers if name.lower() == "user-agent")
            agents.setdefault(client, {}).update(dict.fromkeys(said))
    if not outcomes:
        return None
    senders = Counter(wire for sent in wires.values() for wire in sent)
    rows = [
        ClientRow(
            name=client,
            cases=sum(counter.values()),
            outcomes={kind: counter[kind] for kind in OutcomeKind if counter[kind]},
            wires=len(wires[client]),
            own=sum(senders[wire] == 1 for wire in wires[client]),
            agents=tuple(agents.get(client, ())),
        )
        for client, counter in outcomes.items()
    ]
    kinds = [kind for kind in OutcomeKind if any(kind in row.outcomes for row in rows)]
    return Content({"rows": rows, "kinds": kinds})
