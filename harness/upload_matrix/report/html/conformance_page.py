"""The pages of conformances: of a program, a server or a gateway, of many of those, and of every client."""

from __future__ import annotations

from dataclasses import replace

from upload_matrix.model.client_table import MeasuredClients
from upload_matrix.model.conformance import CheckMark, Conformance, gate
from upload_matrix.model.reception import ServerReport, ServersReport
from upload_matrix.report import conformance, every_client, server_report
from upload_matrix.report.document import Paragraph
from upload_matrix.report.html.document_page import page
from upload_matrix.report.html.page import BAD, GOOD, OPEN, Mood, Page, capital
from upload_matrix.report.wording import plural

_SUMMARY = "Summary"


def program_page(document: Conformance) -> Page:
    """The page of a program that was put through scenarios."""
    readable, numbers = conformance.readable(document), conformance.numbers(document)
    headline, mood = _verdict(document, document.measured, conformance.sentence(document))
    told = page(readable, numbers, kind="conformance", legend=_SUMMARY)
    return replace(told, title=document.subject, headline=headline, mood=mood, lead=f"`{document.subject}`")


def server_page(document: ServerReport) -> Page:
    """The page of a server, or of a gateway."""
    readable, numbers = server_report.readable(document), server_report.numbers(document)
    emulated = server_report.EMULATED[document.kind] if document.emulated else ""
    lead = tuple(each for each in readable.lead if each != Paragraph(emulated))
    told = page(replace(readable, lead=lead), numbers, kind=document.kind, legend=_SUMMARY)
    headline, mood = _verdict(document.conformance(), document.measured, server_report.sentence(document))
    return replace(
        told,
        title=document.subject,
        headline=headline,
        mood=mood,
        lead=f"{readable.title}.",
        answers=emulated,
        emulated=document.emulated,
    )


def servers_page(document: ServersReport) -> Page:
    """The page of many servers, or gateways."""
    readable, numbers = server_report.many_readable(document), server_report.many_numbers(document)
    told = page(readable, numbers, kind=f"{document.kind}s", legend=_SUMMARY)
    return replace(told, headline=server_report.many_sentence(document))


def clients_page(table: MeasuredClients) -> Page:
    """The page of every client."""
    told = page(every_client.readable(table), every_client.numbers(table), kind="clients", legend=_SUMMARY)
    return replace(told, headline=every_client.sentence(table))


def _verdict(document: Conformance, measured: bool, nothing: str) -> tuple[str, Mood]:
    """How it ended, as its exit code has it; ``nothing`` says why, where it was not ``measured``."""
    gated = gate(document)
    of = [check for _, _, check in document.checks() if check.mark is not CheckMark.NOT_OFFERED]
    if not of or not measured:
        return capital(nothing), OPEN
    undecided = f"{plural(len(gated.undecided), 'check')} could not be decided"
    if gated.failures:
        verb = "fails" if len(gated.failures) == 1 else "fail"
        fails = f"{len(gated.failures):,} of {plural(len(of), 'check')} {verb}"
        return f"{fails}; {undecided}" if gated.undecided else fails, BAD
    if gated.stale:
        passes = "passes" if len(gated.stale) == 1 else "pass"
        return f"{plural(len(gated.stale), 'expected failure')} {passes} now", BAD
    if gated.undecided:
        return undecided, OPEN
    if gated.known:
        return f"Only {plural(len(gated.known), 'expected failure')} of {plural(len(of), 'check')}", GOOD
    return f"All {plural(len(of), 'check')} pass" if len(of) > 1 else "The check passes", GOOD
