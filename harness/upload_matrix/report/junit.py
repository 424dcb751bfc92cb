"""JUnit XML, as CI services read it: a testsuite per matrix, a testcase per case, no times or host names.

Their failure and ours are kept apart: a red verdict is a ``failure``, no statement is an ``error``, and
what could not run here or is a known failure is ``skipped``. Servers group by suite and by the dots of a
class name: matrix, API, operation. ``file`` and ``line`` lead to the matrix's line that a red case speaks of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree import ElementTree

from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import RED, CaseResult, Run, VerdictKind
from upload_matrix.report.text import explain
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import heading, of_results
from upload_matrix.wire.form import WireForm

NAME = "junit"
SUFFIX = ".xml"


def render(run: Run) -> str:
    """The run as JUnit XML; what XML 1.0 cannot hold is written out (``\\x00``)."""
    return "".join(chunks(run))


def chunks(run: Run) -> Iterator[str]:
    """The report, a testcase a piece."""
    suites: dict[str, list[CaseResult]] = {}
    for result in run.results:
        suites.setdefault(result.matrix, []).append(result)
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield _opening("testsuites", {"name": "upload-matrix", **_totals(run.results)}, "")
    for matrix, results in suites.items():
        yield _opening("testsuite", {"name": matrix, **_totals(results)}, "  ")
        yield _suite_properties(run, results)
        for result in results:
            element = _testcase(result, run.wires)
            ElementTree.indent(element, level=2)
            yield f"    {ElementTree.tostring(element, encoding='unicode')}\n"
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _opening(tag: str, attributes: Mapping[str, str], indent: str) -> str:
    element = ElementTree.Element(tag, {name: visible(value) for name, value in attributes.items()})
    return indent + ElementTree.tostring(element, encoding="unicode").removesuffix(" />") + ">\n"


def _suite_properties(run: Run, results: Sequence[CaseResult]) -> str:
    """Who answered, and the interpreters and client versions that the suite's cases ran in."""
    used = {result.environment for result in results}
    pairs = [("answers", of_results(results).removeprefix("Answers: "))]
    for environment in run.environments:
        if environment.name in used:
            versions = ", ".join(f"{name} {version}" for name, version in environment.clients.items())
            # Another runtime says itself what it is: `node 20.20.2`.
            bare = environment.python[:1].isdigit()
            words = [f"Python {environment.python}" if bare else environment.python]
            words += [versions] if versions else []
            pairs.append((f"environment.{environment.name}", "; ".join(words)))
    element = _properties(pairs)
    ElementTree.indent(element, level=2)
    return f"    {ElementTree.tostring(element, encoding='unicode')}\n"


def _totals(results: Sequence[CaseResult]) -> dict[str, str]:
    tags = Counter(_tag(result) for result in results)
    return {
        "tests": str(len(results)),
        "failures": str(tags["failure"]),
        "errors": str(tags["error"]),
        "skipped": str(tags["skipped"]),
    }


def _tag(result: CaseResult) -> str | None:
    kind = result.verdict.kind
    if kind in RED:
        return "failure"
    if kind is VerdictKind.UNRESOLVED:
        return "skipped" if result.outcome.kind is OutcomeKind.UNAVAILABLE else "error"
    return "skipped" if kind is VerdictKind.KNOWN_FAILURE else None


def _testcase(result: CaseResult, wires: Mapping[str, WireForm]) -> ElementTree.Element:
    operation = result.axes.get("operation")
    classname = result.matrix if operation is None else f"{result.matrix}.{operation}"
    at = result.verdict.at
    where = {} if at is None else {"file": visible(at.file), "line": str(at.line)}
    attributes = {"classname": visible(classname), "name": visible(result.id), **where}
    case = ElementTree.Element("testcase", attributes)
    case.append(_properties(_facts(result)))
    tag = _tag(result)
    if tag is None:
        return case
    message = f"{result.verdict.kind.value}: {result.verdict.because or result.outcome}"
    kind = heading(result.outcome) if tag != "skipped" else None
    said = {"message": visible(message)} | ({} if kind is None else {"type": visible(kind)})
    ElementTree.SubElement(case, tag, said).text = "\n" + explain(result, wires)
    return case


def _properties(pairs: Iterable[tuple[str, str]]) -> ElementTree.Element:
    element = ElementTree.Element("properties")
    for name, value in pairs:
        ElementTree.SubElement(element, "property", {"name": visible(name), "value": visible(value)})
    return element


def _facts(result: CaseResult) -> Iterator[tuple[str, str]]:
    for axis, value in result.axes.items():
        if value != NOT_APPLICABLE:
            yield f"axis.{axis}", value
    yield "target", result.target
    yield "environment", result.environment
    yield "outcome", result.outcome.kind.value
    yield "verdict", result.verdict.kind.value
    if result.attempts:
        last = result.attempts[-1]
        yield "wire", last.wire
        if last.source is not None:
            yield "provenance", last.source.provenance.value
            yield "supply", last.source.supply.value
            if last.source.profile is not None:
                yield "profile", last.source.profile
            if last.source.disputed is not None:
                yield "disputed", last.source.disputed.says
