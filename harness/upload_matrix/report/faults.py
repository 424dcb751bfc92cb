"""What a CI server can show beside a matrix file: its lines whose expectations were not met, grouped.

Many cases share a rule, so there is one fault for each line, verdict and outcome, not one a case. The
views that CI servers read, annotations and SARIF, are made of this.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from upload_matrix.model.errors import Problem
from upload_matrix.model.result import RED, CaseResult, Place, Run, VerdictKind
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


# -- annotations: ``::error file=...,line=...::...``, as GitHub Actions reads them from a step's output --
#
# Rules: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (a command ends with
# its line; ``%``, CR and LF are escaped in messages, in properties ``:`` and ``,`` too), and the limit of ten
# errors and ten warnings a step beyond which GitHub shows none.

MOST = 10
"""Annotations of one level that GitHub shows of one step."""


def github_annotations(run: Run) -> str:
    """One command a line; empty when nothing is red or unresolved."""
    lines = [*_errors(faults(run)), *_warning(run)]
    return "".join(f"{line}\n" for line in lines)


def of_problems(problems: Iterable[Problem]) -> str:
    """What is wrong in matrix files, as commands."""
    told = list(problems)
    lines = [
        command("error", each.message, file=each.file, line=each.line, col=each.column, title="matrix")
        for each in told[: MOST if len(told) <= MOST else MOST - 1]
    ]
    if len(told) > MOST:
        lines.append(
            command("error", f"and {plural(len(told) - len(lines), 'problem')} more", title="matrix")
        )
    return "".join(f"{line}\n" for line in lines)


def command(level: str, message: str, **properties: str | int) -> str:
    """One workflow command, whatever words stand in it."""
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level} {given}::{_data(message)}" if given else f"::{level}::{_data(message)}"


def _data(text: str) -> str:
    lines = "\n".join(visible(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _errors(found: tuple[LineFault, ...]) -> Iterator[str]:
    shown = found if len(found) <= MOST else found[: MOST - 1]
    for fault in shown:
        place = fault.place
        where: dict[str, str | int] = {} if place is None else {"file": place.file, "line": place.line}
        yield command("error", "\n".join(fault.lines), **where, title=f"{fault.matrix}: {fault.title}")
    if len(found) > len(shown):
        rest = found[len(shown) :]
        number = sum(len(fault.results) for fault in rest)
        says = f"{plural(number, 'case')} more; the report has them all"
        yield command("error", says, title="upload-matrix")


def _warning(run: Run) -> Iterator[str]:
    results = unresolved(run)
    if not run.results:
        yield command("warning", "no case ran: nothing is known", title="upload-matrix")
    if results:
        kinds = Counter(heading(result.outcome) for result in results)
        says = ", ".join(f"{number:,} {words}" for words, number in sorted(kinds.items()))
        yield command("warning", says, title=f"{plural(len(results), 'case')} unresolved: no statement")


# -- SARIF 2.1.0 for code scanning: a result for each line of a matrix whose expectation was not met --
#
# The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub needs of it:
# https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning.
# A result without a location makes GitHub refuse the whole file, so what has none is a notification.

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_HELP = {
    VerdictKind.UNEXPECTED: (
        "An upload ended otherwise than the matrix says. Either something changed (the SDK, the server, the "
        "environment) and the upload needs fixing, or the expectation on this line is to be corrected."
    ),
    VerdictKind.UNEXPECTED_PASS: (
        "An upload that is listed under `known_failures` works. Remove the entry, so that it is noticed if "
        "it fails again."
    ),
    VerdictKind.EXPIRED: (
        "The date under `expires` is over and the upload still fails. Fix it, or decide anew until when it "
        "is tolerated."
    ),
}
"""What a reader does about a red verdict, in the order in which the rules stand."""

_RULES = tuple(_HELP)


def sarif(run: Run) -> str:
    """The run as a SARIF log with one run; without faults, its list of results is empty."""
    found = faults(run)
    placed = [fault for fault in found if fault.place is not None]
    nowhere = [fault for fault in found if fault.place is None]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "upload-matrix", "rules": [_rule(kind) for kind in _RULES]}},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(run, nowhere)],
                "results": [_result(fault) for fault in placed],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(kind: VerdictKind) -> dict[str, Any]:
    return {
        "id": kind.value,
        "name": "".join(word.capitalize() for word in kind.value.split("-")),
        "shortDescription": {"text": f"{TITLES[kind].capitalize()}."},
        "fullDescription": {"text": _HELP[kind].replace("`", "'")},
        "help": {"text": _HELP[kind].replace("`", "'"), "markdown": _HELP[kind]},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["uploads"]},
    }


def _result(fault: LineFault) -> dict[str, Any]:
    place = fault.place
    if place is None:
        raise ValueError(f"a fault of {fault.matrix} without a place is no result of a SARIF log")
    uri = quote(place.file, errors="replace")
    return {
        "ruleId": fault.verdict.value,
        "ruleIndex": _RULES.index(fault.verdict),
        "level": "error",
        "message": {"text": _text(fault)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": uri,
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": place.line},
                }
            }
        ],
        # Without the line: an alert stays the same one when lines are put in above it.
        "partialFingerprints": {"uploadMatrix/v1": _fingerprint(fault)},
        "properties": {
            "matrix": visible(fault.matrix),
            "cases": [visible(result.id) for result in fault.results],
        },
    }


def _text(fault: LineFault) -> str:
    # In a message, [text](target) would be a link (SARIF 2.1.0, section 3.11.6).
    words = "\n".join((f"{visible(fault.matrix)}: {fault.title}", *fault.lines))
    return words.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _fingerprint(fault: LineFault) -> str:
    first = fault.results[0]
    said = (fault.matrix, fault.verdict.value, first.verdict.expected, heading(first.outcome))
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()


def _invocation(run: Run, nowhere: list[LineFault]) -> dict[str, Any]:
    silent = unresolved(run)
    says = [("error", _text(fault)) for fault in nowhere]
    if silent:
        says.append(("warning", f"{plural(len(silent), 'case')} unresolved: no statement"))
    if not run.results:
        says.append(("warning", "no case ran: nothing is known"))
    notifications = [{"level": level, "message": {"text": text}} for level, text in says]
    # A server in trouble or a missing recording is not a fault of anybody's line.
    document: dict[str, Any] = {"executionSuccessful": bool(run.results) and not silent}
    return document | ({"toolExecutionNotifications": notifications} if notifications else {})


REPORTS = (Report("annotations", ".annotations.txt", github_annotations), Report("sarif", ".sarif", sarif))
