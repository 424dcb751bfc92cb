"""A diagnosis as JSON and as a readable report: verdict, suspects, fix, and what is left.

The JSON holds one suspect a line. The same requests and recordings give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from upload_matrix.model import codec
from upload_matrix.model.codec import renewed
from upload_matrix.model.diagnosis import Answered, Confidence, Diagnosis, Fix, Inquiry, Stand
from upload_matrix.model.price import NOTHING, Money
from upload_matrix.model.price import shown as money
from upload_matrix.report.document import (
    PAGE,
    Block,
    Code,
    Facts,
    Headline,
    Items,
    Lines,
    Listing,
    Marked,
    Paragraph,
    Readable,
    Section,
    Table,
    reports_of,
)
from upload_matrix.report.isolation import IsolationDocument
from upload_matrix.report.isolation import sections as isolation_sections
from upload_matrix.report.json_report import Count
from upload_matrix.report.registry import DIAGNOSIS
from upload_matrix.report.wording import NOT_THE_VENDOR, plural
from upload_matrix.wire.form import Digest

FORMAT = "upload-matrix diagnosis"

STANDS = {
    Stand.CAUSE: "✗ the cause",
    Stand.RULED_OUT: "✓ ruled out",
    Stand.OPEN: "? open",
    Stand.NOT_NEEDED: "– not needed",
    Stand.NOT_APPLICABLE: "– not applicable",
}

CONFIDENCES = {
    Confidence.PROVEN: "proven: the cause alone fails, without it the call passes, and the fixed call did",
    Confidence.LIKELY: "likely: not everything that would prove it could be shown",
    Confidence.NONE: "none: no cause was found",
}


# -- JSON --


@renewed
@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisDocument:
    """A diagnosis as it is written. ``subject`` is a case's id, a saved request's folder, or a command;
    ``stopped`` says which limit ended it, ``spent_usd`` is null where a price is unknown."""

    format: Literal["upload-matrix diagnosis"] = "upload-matrix diagnosis"
    version: Literal[2] = 2
    verdict: str
    confidence: Confidence
    found: bool
    emulated: bool
    subject: str
    target: str
    wire: Digest
    answer: Answered
    stopped: str | None
    calls: Count
    recorded: Count
    spent_usd: Money | None
    origins: tuple[str, ...]
    unexplained: tuple[str, ...]
    fix: Fix | None
    suspects: tuple[Inquiry, ...]
    isolation: IsolationDocument | None
    lost: tuple[str, ...] = ()

    @property
    def diagnosis(self) -> Diagnosis:
        """The diagnosis that was written."""
        return Diagnosis(
            subject=self.subject,
            target=self.target,
            wire=self.wire,
            answer=self.answer,
            verdict=self.verdict,
            confidence=self.confidence,
            inquiries=self.suspects,
            unexplained=self.unexplained,
            fix=self.fix,
            stopped=self.stopped,
            notes=self.origins,
            calls=self.calls,
            recorded=self.recorded,
            spent=self.spent_usd,
            lost=self.lost,
        )


def diagnosis_document(diagnosis: Diagnosis, isolation: IsolationDocument | None = None) -> DiagnosisDocument:
    """A diagnosis as it is written."""
    return DiagnosisDocument(
        verdict=diagnosis.verdict,
        confidence=diagnosis.confidence,
        found=diagnosis.found,
        emulated=diagnosis.emulated,
        subject=diagnosis.subject,
        target=diagnosis.target,
        wire=diagnosis.wire,
        answer=diagnosis.answer,
        stopped=diagnosis.stopped,
        calls=diagnosis.calls,
        recorded=diagnosis.recorded,
        spent_usd=diagnosis.spent,
        origins=diagnosis.notes,
        unexplained=diagnosis.unexplained,
        fix=diagnosis.fix,
        suspects=diagnosis.inquiries,
        isolation=isolation,
        lost=diagnosis.lost,
    )


def load(text: str, name: str) -> DiagnosisDocument:
    """Read a diagnosis back; ``name`` is its file, for messages.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    way_out = "Write it again with `diagnose -o FILE.json`."
    return codec.load(DiagnosisDocument, text, name, build=_whole, what="diagnosis", way_out=way_out)


def _whole(document: DiagnosisDocument) -> DiagnosisDocument:
    if document.isolation is not None:
        document.isolation.check()
    return document


# -- words --


def cost(calls: int, recorded: int, spent: Money | None) -> str:
    """``2 calls ($0.03), 1 recorded``; a price that is unknown is said to be."""
    if not calls and not recorded:
        return "no call"
    words = [plural(calls, "call")] if calls else []
    if calls and spent != NOTHING:
        words[0] += f" ({'price unknown' if spent is None else money(spent)})"
    if recorded:
        words.append(f"{recorded:,} recorded")
    return ", ".join(words)


def inquiry_cost(inquiry: Inquiry) -> str:
    """What one suspect took."""
    return cost(inquiry.calls, inquiry.recorded, inquiry.spent)


def total(diagnosis: Diagnosis) -> str:
    """What it took altogether, the failing call and the fix included, and who spoke."""
    took = f"Altogether {cost(diagnosis.calls, diagnosis.recorded, diagnosis.spent)}."
    return f"{took} Answers: emulated - {NOT_THE_VENDOR}." if diagnosis.emulated else took


def fix_shown(fix: Fix) -> str:
    """What is known of the fix."""
    by = " by the emulator" if fix.emulated else ""
    if fix.accepted is None:
        return "not tried"
    if not fix.accepted:
        return f"rejected too{by}"
    if fix.code_accepted:
        return f"accepted{by}; the program below was run and accepted too"
    return f"the request is accepted{by}"


def bug_report_offer(diagnosis: Diagnosis, source: str | None) -> str | None:
    """The command line that makes a report for the vendor; None where there is nothing to report."""
    if source is None or diagnosis.answer.accepted:
        return None
    return f"upload-matrix bug-report {source}"


# -- the readable report --


def readable(document: DiagnosisDocument, *, offer: str | None = None) -> Readable:
    """The verdict, suspect by suspect; the isolation if there was one; ``offer`` makes a bug report."""
    diagnosis, isolation = document.diagnosis, document.isolation
    answer = f"{diagnosis.answer}{' (emulated)' if diagnosis.answer.emulated else ''}"
    facts = Facts(
        (
            ("call", Code(diagnosis.subject)),
            ("target", Code(diagnosis.target)),
            ("answer", answer),
        )
    )
    lead: list[Block] = [
        Headline(Marked(diagnosis.verdict), whole=True),
        Paragraph(f"Confidence: {CONFIDENCES[diagnosis.confidence]}."),
        facts,
        Paragraph(total(diagnosis)),
    ]
    if diagnosis.stopped is not None:
        lead.append(Paragraph(("Stopped early: ", diagnosis.stopped)))
    sections = [Section("Suspects", tuple(_suspects(diagnosis)))]
    if diagnosis.fix is not None:
        sections.append(Section("Fix", tuple(fix_blocks(diagnosis.fix))))
    if diagnosis.unexplained:
        sections.append(Section("What remains", (Items(tuple(map(Marked, diagnosis.unexplained))),)))
    if isolation is not None:
        sections.append(Section("How the cause was isolated", (), only=PAGE))
        sections += [replace(each, only=PAGE) for each in isolation_sections(isolation, 3)]
    if offer is not None:
        sections.append(Section("Report", (Paragraph(("For a report to the vendor: ", Code(offer))),), 0))
    stands = {inquiry.stand for inquiry in diagnosis.inquiries}
    word = next((each.value for each in (Stand.CAUSE, Stand.OPEN) if each in stands), "")
    return Readable("Diagnosis", tuple(lead), tuple(sections), word=word)


def _suspects(diagnosis: Diagnosis) -> Iterator[Block]:
    rows = tuple(
        (
            f"{inquiry.number}. {inquiry.name}",
            STANDS[inquiry.stand],
            Marked(inquiry.says),
            Lines(tuple(map(Marked, inquiry.tried))),
            inquiry_cost(inquiry),
        )
        for inquiry in diagnosis.inquiries
    )
    yield Table(("suspect", "", "what follows", "tried", "took"), rows)
    if diagnosis.notes:
        yield Items(tuple(Marked(f"In the code: {says}.") for says in diagnosis.notes))


def fix_blocks(fix: Fix) -> Iterator[Block]:
    """What is to be changed, whether that was tried, and the program that does it."""
    yield Paragraph((Marked(fix.says), f": {fix_shown(fix)}."))
    if fix.note:
        yield Paragraph(fix.note)
    if fix.code is not None:
        yield Listing(fix.code.rstrip(), fix.language or "text")


REPORTS = reports_of(DIAGNOSIS, readable)
