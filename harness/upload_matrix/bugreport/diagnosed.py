"""What a bug report repeats of a diagnosis, as Markdown that is ready to stand in a template."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.bugreport.story import Story
from upload_matrix.report.diagnosis import CONFIDENCES, STANDS, mend_shown, total
from upload_matrix.report.isolation import FATES, HOW, IsolationDocument
from upload_matrix.report.markdown_escape import code, fenced, marked, prose, table
from upload_matrix.report.wording import plural, shorten

_LONGEST_VALUE = 80

_FILES = {"python": "mend.py", "javascript": "mend.mjs", "sh": "mend.sh"}


def mend_file(story: Story) -> tuple[str, str] | None:
    """Name and text of the program that makes the mended call; None where there is none."""
    mend = None if story.diagnosis is None else story.diagnosis.diagnosis.mend
    if mend is None or mend.code is None:
        return None
    return _FILES.get(mend.language or "", "mend.txt"), mend.code


def remarks(story: Story) -> Iterator[str]:
    """The cause, how sure that is, the mend and what is left, a paragraph each."""
    if story.diagnosis is None:
        return
    diagnosis = story.diagnosis.diagnosis
    yield f"**{marked(diagnosis.verdict)}** Confidence: {prose(CONFIDENCES[diagnosis.confidence])}."
    for says in diagnosis.notes:
        yield f"In the code: {marked(says)}."
    if diagnosis.mend is not None:
        yield f"Mend: {marked(diagnosis.mend.says)}; {prose(mend_shown(diagnosis.mend))}."
    if diagnosis.unexplained:
        yield "What remains: " + " ".join(marked(says) for says in diagnosis.unexplained)


def section(story: Story) -> str:
    """The suspects, the isolation with its differences and questions, the mend's program."""
    if story.diagnosis is None:
        return ""
    diagnosis, isolation = story.diagnosis.diagnosis, story.diagnosis.isolation
    rows = [
        (str(each.number), prose(each.name), STANDS[each.stand], marked(each.says))
        for each in diagnosis.inquiries
    ]
    blocks = [table(("", "suspect", "", "what follows"), rows), prose(total(diagnosis))]
    blocks += _isolation(isolation) if isolation is not None else []
    mend = diagnosis.mend
    if mend is not None and mend.code is not None:
        blocks += [f"The mended call: {marked(mend.says)} ({prose(mend_shown(mend))})."]
        blocks += [fenced(mend.code.rstrip("\n"), mend.language or "text")]
    return "\n\n".join(blocks)


def _isolation(isolation: IsolationDocument) -> Iterator[str]:
    passing = isolation.passing
    how = HOW.get(passing.how, passing.how)
    yield f"Isolated between this request and {code(passing.name)} ({prose(how)}):"
    yield table(
        ("difference", "passing", "failing", ""),
        [
            (
                marked(each.subject),
                _value(each.passing),
                _value(each.failing),
                _fate(each.fate),
            )
            for each in isolation.changes
        ],
    )
    yield table(
        ("asked with the failing", "answer"),
        [
            (
                ", ".join(map(code, each.changes)) or "*nothing: the passing request*",
                prose(each.vote + (f" ({said})" if (said := each.signature or each.says) else "")),
            )
            for each in isolation.asked
        ],
    )
    counts = isolation.counts
    took = f"The search took {counts.searched} of at most {plural(counts.bound, 'question')}."
    yield " ".join([took, *(_shown(cause.necessary) for cause in isolation.causes)])


def _shown(necessary: bool | None) -> str:
    if necessary:
        return (
            "The cause is sufficient (the passing request with it fails) and necessary (without it this one "
            "passes)."
        )
    if necessary is None:
        return "The cause is sufficient; whether it is necessary stayed open."
    return "The cause is sufficient; without it this request fails too."


def _fate(fate: str) -> str:
    return prose(FATES.get(fate, fate))


def _value(value: str | None) -> str:
    return "*none*" if value is None else code(shorten(value, _LONGEST_VALUE))
