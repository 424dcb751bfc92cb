"""A diagnosis as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from upload_matrix.model.diagnosis import Diagnosis
from upload_matrix.report.diagnosis_words import CONFIDENCES, STANDS, inquiry_cost, mend_shown, total
from upload_matrix.report.markdown_escape import code, fenced, marked, prose, table


def render(diagnosis: Diagnosis, isolation: Iterable[str] = (), *, offer: str | None = None) -> str:
    """The report; ``isolation`` are the blocks of ``isolation_markdown.body``, if there was one."""
    emulated = " (emulated)" if diagnosis.answer.emulated else ""
    blocks = [
        "# Diagnosis",
        f"**{marked(diagnosis.verdict)}**",
        "\n".join(
            (
                f"- confidence: {prose(CONFIDENCES[diagnosis.confidence])}",
                f"- call: {code(diagnosis.subject)}",
                f"- target: {code(diagnosis.target)}",
                f"- answer: {prose(str(diagnosis.answer))}{emulated}",
                f"- {prose(total(diagnosis))}",
            )
        ),
        "## Suspects",
        table(
            ("", "suspect", "", "what follows", "tried", "took"),
            (
                (
                    str(inquiry.number),
                    prose(inquiry.name),
                    STANDS[inquiry.stand],
                    marked(inquiry.says),
                    "<br>".join(marked(tried) for tried in inquiry.tried),
                    inquiry_cost(inquiry),
                )
                for inquiry in diagnosis.inquiries
            ),
        ),
    ]
    if diagnosis.notes:
        blocks.append("\n".join(f"- In the code: {marked(says)}." for says in diagnosis.notes))
    mend = diagnosis.mend
    if mend is not None:
        blocks += ["## Mend", f"{marked(mend.says)}: {prose(mend_shown(mend))}."]
        blocks += [prose(mend.note)] if mend.note else []
        blocks += [fenced(mend.code.rstrip(), mend.language or "text")] if mend.code is not None else []
    if diagnosis.unexplained:
        blocks += ["## What remains", "\n".join(f"- {marked(says)}" for says in diagnosis.unexplained)]
    found = list(isolation)
    if found:
        blocks += ["## How the cause was isolated", *found]
    if offer is not None:
        blocks.append(f"For a report to the vendor: {code(offer)}")
    return "\n\n".join(blocks) + "\n"
