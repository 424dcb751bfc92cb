"""What a CI server can show beside a matrix file: its lines whose expectations were not met, grouped.

Many cases share a rule, so there is one fault for each line, verdict and outcome, not one a case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upload_matrix.model.result import RED, CaseResult, Place, Run, VerdictKind
from upload_matrix.report.alerts import Alert, AlertRule, commands, log
from upload_matrix.report.registry import Report
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import heading, of_results, plural

_CASES_NAMED = 5
_FIXES_NAMED = 3

TITLES = {
    VerdictKind.UNEXPECTED: "not as the matrix expects",
    VerdictKind.UNEXPECTED_PASS: "a known failure passes: its entry is stale",
    VerdictKind.EXPIRED: "a known failure has expired",
}
"""The red verdicts in words that stand beside a line."""


@dataclass(frozen=True, slots=True)
class LineFault:
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
        """Plain text for the message, what is the server's made visible: what differs, who, and the fixes."""
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
            (finding.code, finding.says, finding.fix)
            for result in self.results
            for finding in result.findings
        )
        for code, says, fix in list(found)[:_FIXES_NAMED]:
            yield f"{code}: {says} Fix: {fix}"
        if first.verdict.link:
            yield first.verdict.link


def faults(run: Run) -> tuple[LineFault, ...]:
    """The faults of a run; those with a place first, by file and line, then as the matrix has them."""
    groups: dict[tuple[object, ...], list[CaseResult]] = {}
    for result in run.results:
        verdict = result.verdict
        if verdict.kind in RED:
            key = (verdict.at, result.matrix, verdict.kind, verdict.expected, heading(result.outcome))
            groups.setdefault(key, []).append(result)
    found = [
        LineFault(results[0].verdict.at, results[0].matrix, results[0].verdict.kind, tuple(results))
        for results in groups.values()
    ]
    return tuple(sorted(found, key=_order))


def _order(fault: LineFault) -> tuple[bool, str, int]:
    place = fault.place
    return (True, "", 0) if place is None else (False, place.file, place.line)


def unresolved(run: Run) -> Sequence[CaseResult]:
    """The cases about which the run says nothing: no line of a matrix is to blame for them."""
    return [result for result in run.results if result.verdict.kind is VerdictKind.UNRESOLVED]


# -- for CI servers --


RULES = (
    AlertRule(
        VerdictKind.UNEXPECTED.value,
        TITLES[VerdictKind.UNEXPECTED],
        "An upload ended otherwise than the matrix says. Either something changed (the SDK, the server, the "
        "environment) and the upload needs fixing, or the expectation on this line is to be corrected.",
    ),
    AlertRule(
        VerdictKind.UNEXPECTED_PASS.value,
        TITLES[VerdictKind.UNEXPECTED_PASS],
        "An upload that is listed under `known_failures` works. Remove the entry, so that it is noticed if "
        "it fails again.",
    ),
    AlertRule(
        VerdictKind.EXPIRED.value,
        TITLES[VerdictKind.EXPIRED],
        "The date under `expires` is over and the upload still fails. Fix it, or decide anew until when it "
        "is tolerated.",
    ),
)
"""What a reader does about a red verdict."""


def github_annotations(run: Run) -> str:
    """One command a line; empty when nothing is red or unresolved."""
    return commands((*_errors(run), *_silences(run)), "case")


def sarif(run: Run) -> str:
    """The run as a SARIF log with one run; without faults, its list of results is empty."""
    # A server in trouble or a missing recording is not a fault of anybody's line.
    return log(RULES, (*_errors(run), *_silences(run)), successful=bool(run.results) and not unresolved(run))


def _errors(run: Run) -> Iterator[Alert]:
    for fault in faults(run):
        first = fault.results[0]
        yield Alert(
            "error",
            f"{fault.matrix}: {fault.title}",
            fault.lines,
            rule=fault.verdict.value,
            place=fault.place,
            weight=len(fault.results),
            identity=(fault.matrix, fault.verdict.value, first.verdict.expected, heading(first.outcome)),
            properties={"matrix": fault.matrix, "cases": [result.id for result in fault.results]},
        )


def _silences(run: Run) -> Iterator[Alert]:
    results = unresolved(run)
    if not run.results:
        yield Alert("warning", "upload-matrix", ("no case ran: nothing is known",))
    if results:
        kinds = Counter(heading(result.outcome) for result in results)
        says = ", ".join(f"{number:,} {words}" for words, number in sorted(kinds.items()))
        yield Alert("warning", f"{plural(len(results), 'case')} unresolved: no statement", (says,))


REPORTS = (Report("annotations", ".annotations.txt", github_annotations), Report("sarif", ".sarif", sarif))
