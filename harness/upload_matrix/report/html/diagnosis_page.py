"""The page of a diagnosis: suspect after suspect, the verdict, and the mend that was tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upload_matrix.model.diagnosis import Diagnosis, Stand
from upload_matrix.report.html.page import BAD, GOOD, OPEN, Page, find_sections
from upload_matrix.report.isolation import IsolationStory
from upload_matrix.report.wording import NOT_THE_VENDOR


@dataclass(frozen=True, slots=True)
class DiagnosisStory:
    """What the sections tell of: the diagnosis, the isolation in it where there was one, and the command
    line of a bug report (None: nothing to report)."""

    diagnosis: Diagnosis
    isolation: IsolationStory | None = None
    offer: str | None = None


def render(diagnosis: Diagnosis, isolation: IsolationStory | None = None, *, offer: str | None = None) -> str:
    """The whole page as text; the same diagnosis gives the same bytes."""
    return "".join(page(DiagnosisStory(diagnosis, isolation, offer)).chunks())


def page(story: DiagnosisStory) -> Page:
    """The page."""
    diagnosis = story.diagnosis
    return Page(
        kind="diagnosis",
        title=diagnosis.subject,
        headline=headline(diagnosis),
        lead=diagnosis.verdict,
        mood=BAD if diagnosis.found else GOOD if diagnosis.answer.accepted else OPEN,
        answers=_answers(diagnosis),
        emulated=diagnosis.emulated,
        facts=tuple(_facts(diagnosis)),
        sections=find_sections("diagnosis", story),
    )


def headline(diagnosis: Diagnosis) -> str:
    """Which suspect it was, or that none was found, in a few words."""
    causes = [inquiry.name for inquiry in diagnosis.inquiries if inquiry.stand is Stand.CAUSE]
    if causes:
        several = "are the causes" if len(causes) > 1 else "is the cause"
        named = " and ".join(causes)
        return f"{named[:1].upper()}{named[1:]} {several}"
    if diagnosis.answer.accepted:
        return "The call is accepted now"
    return "No cause was found" if diagnosis.stopped is None else "Stopped before a cause was found"


def _answers(diagnosis: Diagnosis) -> str:
    if diagnosis.emulated:
        return f"Answers: emulated - {NOT_THE_VENDOR}"
    asked = diagnosis.answer.status is not None or diagnosis.calls or diagnosis.recorded
    return f"Answers: live ({diagnosis.target})" if asked else "Answers: none"


def _facts(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    yield diagnosis.confidence.value, "confidence"
    ruled_out = sum(inquiry.stand is Stand.RULED_OUT for inquiry in diagnosis.inquiries)
    yield f"{ruled_out} of {len(diagnosis.inquiries)}", "suspects ruled out"
    yield f"{diagnosis.calls:,}", "call made" if diagnosis.calls == 1 else "calls made"
    yield f"{diagnosis.recorded:,}", "answer recorded" if diagnosis.recorded == 1 else "answers recorded"
