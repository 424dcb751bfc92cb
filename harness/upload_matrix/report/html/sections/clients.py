"""The clients of a run: what each sent, what came of it, and in which versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from upload_matrix.judge.wireforms import last_wire
from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import Run
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.prose import emulated as is_emulated

TITLE = "Clients"
ORDER = 30


@dataclass(frozen=True, slots=True)
class ClientSummary:
    """A value of the axis ``client``: its cases by outcome, its distinct wire forms.

    ``own`` counts forms that no other client sent; ``agents`` are the User-Agent values it sent. Of its
    ``answered`` cases ``emulated`` had an answer by a stand-in.
    """

    name: str
    cases: int
    outcomes: Mapping[OutcomeKind, int]
    wires: int
    own: int
    agents: tuple[str, ...]
    answered: int = 0
    emulated: int = 0


def of_run(run: Run) -> Content | None:
    """A row per client; None where the matrix has no such axis."""
    outcomes: dict[str, Counter[OutcomeKind]] = {}
    wires: dict[str, set[str]] = {}
    agents: dict[str, dict[str, None]] = {}
    answered: Counter[str] = Counter()
    emulated: Counter[str] = Counter()
    for result in run.results:
        client = result.axes.get("client", NOT_APPLICABLE)
        if client == NOT_APPLICABLE:
            continue
        outcomes.setdefault(client, Counter())[result.outcome.kind] += 1
        said = {is_emulated(attempt.source) for attempt in result.attempts if attempt.source is not None}
        answered[client] += bool(said)
        emulated[client] += True in said
        wire = last_wire(result)
        wires.setdefault(client, set()).update([wire] if wire else [])
        for attempt in result.attempts:
            names = (value for name, value in attempt.headers if name.lower() == "user-agent")
            agents.setdefault(client, {}).update(dict.fromkeys(names))
    if not outcomes:
        return None
    senders = Counter(wire for sent in wires.values() for wire in sent)
    rows = [
        ClientSummary(
            name=client,
            cases=sum(counter.values()),
            outcomes={kind: counter[kind] for kind in OutcomeKind if counter[kind]},
            wires=len(wires[client]),
            own=sum(senders[wire] == 1 for wire in wires[client]),
            agents=tuple(agents.get(client, ())),
            answered=answered[client],
            emulated=emulated[client],
        )
        for client, counter in outcomes.items()
    ]
    kinds = [kind for kind in OutcomeKind if any(kind in row.outcomes for row in rows)]
    return Content({"rows": rows, "kinds": kinds})
