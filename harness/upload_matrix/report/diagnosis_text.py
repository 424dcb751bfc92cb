"""A diagnosis for a terminal: verdict, suspects, mend, and what is left."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.model.diagnosis import Diagnosis
from upload_matrix.report.diagnosis_words import CONFIDENCES, STANDS, inquiry_cost, mend_shown, total
from upload_matrix.report.visible import visible, visible_lines


def lines(diagnosis: Diagnosis, *, offer: str | None = None) -> Iterator[str]:
    """The report line by line; ``offer`` is a command line for a bug report."""
    yield visible(diagnosis.verdict)
    yield f"Confidence: {CONFIDENCES[diagnosis.confidence]}."
    yield ""
    yield f"call    {visible(diagnosis.subject)}"
    yield f"target  {visible(diagnosis.target)}"
    yield f"answer  {visible(str(diagnosis.answer))}{' (emulated)' if diagnosis.answer.emulated else ''}"
    yield ""
    for inquiry in diagnosis.inquiries:
        yield f"{inquiry.number}. {inquiry.name}: {STANDS[inquiry.stand]} [{inquiry_cost(inquiry)}]"
        yield f"   {visible(inquiry.says)}"
        for tried in inquiry.tried:
            yield f"   - {visible(tried)}"
    for says in diagnosis.notes:
        yield f"In the code: {visible(says)}."
    mend = diagnosis.mend
    if mend is not None:
        yield ""
        yield f"Mend: {visible(mend.says)} ({mend_shown(mend)})"
        if mend.note:
            yield f"  note: {visible(mend.note)}"
        if mend.code is not None:
            yield from (f"    {line}".rstrip() for line in visible_lines(mend.code.rstrip()))
    if diagnosis.unexplained:
        yield ""
        yield "What remains:"
        yield from (f"  - {visible(says)}" for says in diagnosis.unexplained)
    yield ""
    yield total(diagnosis)
    if diagnosis.stopped is not None:
        yield f"Stopped early: {visible(diagnosis.stopped)}"
    if offer is not None:
        yield f"For a report to the vendor: {visible(offer)}"
