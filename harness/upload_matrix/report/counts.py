"""How many: cases by outcome and verdict, wire forms, answers by the way they came, calls paid for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import RED, Run, VerdictKind


@dataclass(frozen=True, slots=True)
class Counts:
    """``calls`` are the attempts forwarded to a live server in this run. Maps leave zeros out."""

    cases: int
    by_outcome: Mapping[OutcomeKind, int]
    by_verdict: Mapping[VerdictKind, int]
    wire_forms: int
    by_supply: Mapping[Supply, int]
    by_provenance: Mapping[Provenance, int]
    calls: int

    @property
    def red(self) -> int:
        """Cases whose verdict ends a run with exit code 1."""
        return sum(self.by_verdict.get(kind, 0) for kind in RED)


def count(run: Run) -> Counts:
    """Count a run; one pass over its results."""
    outcomes: Counter[OutcomeKind] = Counter()
    verdicts: Counter[VerdictKind] = Counter()
    supplies: Counter[Supply] = Counter()
    provenances: Counter[Provenance] = Counter()
    calls = 0
    for result in run.results:
        outcomes[result.outcome.kind] += 1
        verdicts[result.verdict.kind] += 1
        for attempt in result.attempts:
            if attempt.source is None:
                continue
            supplies[attempt.source.supply] += 1
            provenances[attempt.source.provenance] += 1
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
        by_outcome={kind: outcomes[kind] for kind in OutcomeKind if outcomes[kind]},
        by_verdict={kind: verdicts[kind] for kind in VerdictKind if verdicts[kind]},
        wire_forms=len(run.wires),
        by_supply={kind: supplies[kind] for kind in Supply if supplies[kind]},
        by_provenance={kind: provenances[kind] for kind in Provenance if provenances[kind]},
        calls=calls,
    )
