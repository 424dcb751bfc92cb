"""A conformance as text, JSON, Markdown, JUnit and badge: what passed, what did not, what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from upload_matrix.model import codec
from upload_matrix.model.conformance import (
    AMISS,
    CheckMark,
    Conformance,
    ConformanceCheck,
    ConformanceGate,
    ConformanceRun,
    Tier,
    gate,
)
from upload_matrix.report.badge import BAD, GOOD, IDLE, OPEN, Segment, svg
from upload_matrix.report.document import (
    PAGE,
    TERMINAL,
    Code,
    Headline,
    Items,
    Listing,
    Paragraph,
    Readable,
    Section,
    Table,
    Words,
    reports_of,
)
from upload_matrix.report.registry import CONFORMANCE, Report
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural, raw_headers, request_line
from upload_matrix.wire.form import WireForm

AMISS_SIGN = "✗"
SIGNS = {
    CheckMark.PASSED: "✓",
    CheckMark.FAILED: AMISS_SIGN,
    CheckMark.NOT_SENT: AMISS_SIGN,
    CheckMark.NOT_OFFERED: "–",
    CheckMark.UNDECIDED: "?",
}
_NAMES_SHOWN = 12


def load(text: str, name: str) -> Conformance:
    """Read a conformance back; ``name`` is its file, for messages. Raises ConfigurationError."""
    way_out = "Write it again with `conform ... -o FILE.json`."
    return codec.load(Conformance, text, name, what="conformance", way_out=way_out)


# -- words --


def mark_words(mark: CheckMark) -> str:
    """``✗ not sent``."""
    return f"{SIGNS[mark]} {mark.value.replace('_', ' ')}"


def run_line(run: ConformanceRun) -> str:
    """One scenario in a line, as it ends: ``✗ retry: second-body: the part is empty``."""
    amiss = [check for check in run.checks if check.mark in AMISS or check.mark is CheckMark.UNDECIDED]
    if amiss and len({(check.mark, check.says) for check in amiss}) == 1 and len(amiss) > 1:
        return (
            f"{SIGNS[amiss[0].mark]} {run.name}: {_told(amiss[0])} ({', '.join(each.name for each in amiss)})"
        )
    if amiss:
        sign = (
            SIGNS[CheckMark.FAILED]
            if any(check.mark in AMISS for check in amiss)
            else SIGNS[CheckMark.UNDECIDED]
        )
        return f"{sign} {run.name}: " + "; ".join(f"{check.name}: {_told(check)}" for check in amiss)
    offered = [check for check in run.checks if check.mark is not CheckMark.NOT_OFFERED]
    if not offered:
        says = next((check.says for check in run.checks if check.says), "")
        return f"{SIGNS[CheckMark.NOT_OFFERED]} {run.name}: not offered{f': {says}' if says else ''}"
    return f"{SIGNS[CheckMark.PASSED]} {run.name}: {plural(len(offered), 'check')}"


def _told(check: ConformanceCheck) -> str:
    mark = check.mark.value.replace("_", " ")
    if check.mark is CheckMark.FAILED:
        return check.says or mark
    return f"{mark}: {check.says}" if check.says else mark


def sentence(conformance: Conformance) -> str:
    """How it went: ``essential 28 of 30, robust 9 of 11``."""
    if not conformance.measured:
        return "nothing was sent in any scenario, so nothing is said"
    return ", ".join(f"{each.tier} {each.passed} of {each.of}" for each in conformance.scores() if each.of)


def gate_lines(gated: ConformanceGate) -> Iterator[str]:
    """What is red, and why, a line each."""
    if gated.known:
        yield f"  {plural(len(gated.known), 'expected failure')}: {_names(gated.known)}"
    if gated.stale:
        yield f"✗ listed as expected failures, and passing; take them off the list: {_names(gated.stale)}"
    if gated.failures:
        yield f"✗ {plural(len(gated.failures), 'failure')}: {_names(gated.failures)}"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more


# -- readable --


def numbers(conformance: Conformance) -> tuple[tuple[str, str], ...]:
    """The score of each tier, for the head of a page."""
    return tuple((f"{each.passed} of {each.of}", str(each.tier)) for each in conformance.scores() if each.of)


def readable(conformance: Conformance) -> Readable:
    """The report: what is amiss first, then every check, then what was sent."""
    gated = gate(conformance)
    return Readable(
        title=f"Conformance of {conformance.subject}",
        lead=(Headline(sentence(conformance)), *_gate_blocks(gated)),
        sections=tuple(_sections(conformance)),
    )


def _gate_blocks(gated: ConformanceGate) -> Iterator[Paragraph]:
    yield from (Paragraph(line.strip()) for line in gate_lines(gated))


def _sections(conformance: Conformance) -> Iterator[Section]:
    lines = tuple(run_line(run) for run in conformance.runs)
    yield Section("Scenarios", (Items(lines),), only=TERMINAL)
    header = ("scenario", "check", "tier", "mark", "what was seen")
    rows = tuple((check.mark in AMISS, _row(run, check)) for run in conformance.runs for check in run.checks)
    amiss = tuple(row for is_amiss, row in rows if is_amiss)
    if amiss:
        yield Section("Not as it should be", (Table(header, amiss),), only=PAGE)
    yield Section("Checks", (Table(header, tuple(row for _, row in rows)),), only=PAGE)
    for run in conformance.runs:
        blocks = tuple(_sent(run, conformance))
        if blocks:
            yield Section(f"What was sent: {run.name}", blocks, only=PAGE, folded=True)


def _row(run: ConformanceRun, check: ConformanceCheck) -> tuple[Words, ...]:
    return (run.name, Code(check.name), str(check.tier), mark_words(check.mark), check.says)


def _sent(run: ConformanceRun, conformance: Conformance) -> Iterator[Listing]:
    for digest in run.attempts:
        yield Listing("\n".join(_form_lines(conformance.wires[digest])))


def _form_lines(wire: WireForm) -> Iterator[str]:
    yield visible(request_line(wire))
    if wire.fault is not None:
        yield f"  {visible(wire.fault)}"
    for part in wire.parts or ():
        yield from (f"  {visible(line)}" for line in raw_headers(part))


# -- for other programs --


def badge(conformance: Conformance, *, label: str | None = None) -> str:
    """The badge: the score of each tier; ``label`` is ``uploads`` unless given."""
    if not conformance.measured:
        return svg(label or "uploads", [Segment("nothing measured", IDLE)])
    segments = []
    for each in conformance.scores():
        if each.of:
            ground = GOOD if each.passed == each.of else BAD if each.tier is Tier.ESSENTIAL else OPEN
            segments.append(Segment(f"{each.tier} {each.passed}/{each.of}", ground))
    return svg(label or "uploads", segments)


_JUNIT = {
    CheckMark.FAILED: "failure",
    CheckMark.NOT_SENT: "failure",
    CheckMark.UNDECIDED: "error",
    CheckMark.NOT_OFFERED: "skipped",
}


def junit(conformance: Conformance) -> str:
    """JUnit XML: a suite per scenario, a case per check. Expected failures are skipped, stale ones fail."""
    gated = gate(conformance)
    root = ElementTree.Element("testsuites", name=visible(f"upload-matrix: {conformance.subject}"))
    everything: Counter[str] = Counter()
    for run in conformance.runs:
        suite = ElementTree.SubElement(root, "testsuite", name=visible(run.name))
        counts: Counter[str] = Counter(tests=len(run.checks))
        for check in run.checks:
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"{run.name}.{check.tier}", name=check.name
            )
            tag, says = _junit_tag(f"{run.name}/{check.name}", check, gated)
            if tag is not None:
                counts[tag] += 1
                ElementTree.SubElement(case, tag, message=visible(says))
        for element, of in ((suite, counts),):
            _count(element, of)
        everything += counts
    _count(root, everything)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _junit_tag(name: str, check: ConformanceCheck, gated: ConformanceGate) -> tuple[str | None, str]:
    if name in gated.known:
        return "skipped", f"an expected failure: {_told(check)}"
    if name in gated.stale:
        return "failure", "listed as an expected failure, and passing; take it off the list"
    return _JUNIT.get(check.mark), _told(check)


def _count(element: ElementTree.Element, counts: Counter[str]) -> None:
    for word, tag in (
        ("tests", "tests"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        element.set(word, str(counts[tag]))


REPORTS = (
    *reports_of(CONFORMANCE, readable),
    Report("badge", ".svg", badge, CONFORMANCE),
    Report("junit", ".xml", junit, CONFORMANCE),
)
