"""SARIF 2.1.0 for code scanning: a result for each line of a matrix whose expectation was not met.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub needs of it:
https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning.
A result without a location makes GitHub refuse the whole file, so what has none is a notification.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.report.faults import TITLES, Fault, faults, unresolved
from upload_matrix.report.wording import heading, plural, visible

NAME = "sarif"
SUFFIX = ".sarif"

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_HELP = {
    VerdictKind.UNEXPECTED: (
        "An upload ended otherwise than the matrix says. Either something changed (the SDK, the server, the "
        "environment) and the upload needs mending, or the expectation on this line is to be corrected."
    ),
    VerdictKind.UNEXPECTED_PASS: (
        "An upload that is listed under `known_failures` works. Remove the entry, so that it is noticed if "
        "it fails again."
    ),
    VerdictKind.EXPIRED: (
        "The date under `expires` is over and the upload still fails. Mend it, or decide anew until when it "
        "is tolerated."
    ),
}
"""What a reader does about a red verdict, in the order in which the rules stand."""

_RULES = tuple(_HELP)


def render(run: Run) -> str:
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


def _result(fault: Fault) -> dict[str, Any]:
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


def _text(fault: Fault) -> str:
    # In a message, [text](target) would be a link (SARIF 2.1.0, section 3.11.6).
    words = "\n".join((f"{visible(fault.matrix)}: {fault.title}", *fault.lines))
    return words.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _fingerprint(fault: Fault) -> str:
    first = fault.results[0]
    said = (fault.matrix, fault.verdict.value, first.verdict.expected, heading(first.outcome))
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()


def _invocation(run: Run, nowhere: list[Fault]) -> dict[str, Any]:
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
