"""What a CI server can show beside a matrix file: its lines whose expectations were not met, grouped.

Many cases share a rule, so there is one fault for each line, verdict and outcome, not one a case. Pure: the
views that CI servers read (``sarif``, ``annotations``) are made of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upload_matrix.model.result import RED, CaseResult, Place, Run, VerdictKind
from upload_matrix.report.wording import heading, of_results, plural, visible

_CASES_NAMED = 5
_MENDS_NAMED = 3

TITLES = {
    VerdictKind.UNEXPECTED: "not as the matrix expects",
    VerdictKind.UNEXPECTED_PASS: "a known failure passes: its entry is stale",
    VerdictKind.EXPIRED: "a known failure has expired",
}
"""The red verdicts in words that stand beside a line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Cases of one red verdict and one outcome that a line of a matrix speaks of.

    ``place`` is None when the report does not say where the matrix lay. ``results`` has at least one.
    """

    place: Place | None
    matrix: str
    verdict: VerdictKind
    results: tuple[CaseResult, ...]

    @property
    def title(self) -> str:
        """``2 cases: not as the matrix expects``."""
        return f"{plural(len(self.results), 'case')}: {TITLES[self.verdict]}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Plain text for the message, what is the server's made visible: what differs, who, and the mends."""
        return tuple(map(visible, self._lines()))

    def _lines(self) -> Iterator[str]:
        first = self.results[0]
        yield first.verdict.because or f"expected {first.verdict.expected}, got {first.outcome}"
        yield of_results(self.results)
        for result in self.results[:_CASES_NAMED]:
            yield f"- {result.id}"
        if len(self.results) > _CASES_NAMED:
            yield f"- and {len(self.results) - _CASES_NAMED:,} more"
        found = dict.fromkeys(
            (finding.code, finding.says, finding.mend)
            for result in self.results
            for finding in result.findings
        )
        for code, says, mend in list(found)[:_MENDS_NAMED]:
            yield f"{code}: {says} Mend: {mend}"
        if first.verdict.link:
            yield first.verdict.link


def faults(run: Run) -> tuple[Fault, ...]:
    """The faults of a run; those with a place first, by file and line, then as the matrix has them."""
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for result in run.results:
        verdict = result.verdict
        if verdict.kind in RED:
            key = (verdict.at, result.matrix, verdict.kind, verdict.expected, heading(result.outcome))
            groups.setdefault(key, []).append(result)
    found = [
        Fault(results[0].verdict.at, results[0].matrix, results[0].verdict.kind, tuple(results))
        for results in groups.values()
    ]
    return tuple(sorted(found, key=_order))


def _order(fault: Fault) -> tuple[bool, str, int]:
    place = fault.place
    return (True, "", 0) if place is None else (False, place.file, place.line)


def unresolved(run: Run) -> Sequence[CaseResult]:
    """The cases about which the run says nothing: no line of a matrix is to blame for them."""
    return [result for result in run.results if result.verdict.kind is VerdictKind.UNRESOLVED]
