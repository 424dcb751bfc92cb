"""How many: cases by outcome and verdict, wire forms, answers by the way they came, calls paid for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import RED, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upload_matrix.model.result import Run


@dataclass(frozen=True, slots=True)
class Counts:
    """``calls`` are the attempts forwarded to a live server in this run. Maps leave zeros out."""

    cases: int
    by_outcome: Mapping[str, int]
    by_verdict: Mapping[str, int]
    wire_forms: int
    by_supply: Mapping[str, int]
    by_provenance: Mapping[str, int]
    calls: int

    @property
    def red(self) -> int:
        """Cases whose verdict ends a run with exit code 1."""
        return sum(self.by_verdict.get(kind.value, 0) for kind in RED)


def count(run: Run) -> Counts:
    """Count a run; one pass over its results."""
    outcomes: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    supplies: Counter[str] = Counter()
    provenances: Counter[str] = Counter()
    calls = 0
    for result in run.results:
        outcomes[result.outcome.kind.value] += 1
        verdicts[result.verdict.kind.value] += 1
        for attempt in result.attempts:
            if attempt.source is None:
                continue
            supplies[attempt.source.supply.value] += 1
            provenances[attempt.source.provenance.value] += 1
        # Behind a gateway one attempt of the client may be several calls, or none.
        asked = result.attempts if result.hop is None else result.hop.forwarded
        calls += sum(
            each.source is not None
            and each.source.supply is Supply.FORWARDED
            and each.source.provenance is Provenance.LIVE
            for each in asked
        )
    return Counts(
        cases=len(run.results),
        by_outcome={kind.value: outcomes[kind.value] for kind in OutcomeKind if outcomes[kind.value]},
        by_verdict={kind.value: verdicts[kind.value] for kind in VerdictKind if verdicts[kind.value]},
        wire_forms=len(run.wires),
        by_supply={kind.value: supplies[kind.value] for kind in Supply if supplies[kind.value]},
        by_provenance={kind.value: provenances[kind.value] for kind in Provenance if provenances[kind.value]},
        calls=calls,
    )
