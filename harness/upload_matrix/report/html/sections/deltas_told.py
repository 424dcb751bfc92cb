"""The differences that an isolation considered, each with what became of it."""

from __future__ import annotations

from upload_matrix.judge.isolate.words import subject
from upload_matrix.report.html.diagnosis_page import DiagnosisStory
from upload_matrix.report.html.page import Content
from upload_matrix.report.html.wire_data import wire_document
from upload_matrix.report.isolation import FATES, HOW, IsolationStory, fate, summary_lines

TITLE = "Differences"
ORDER = 20


def of_isolation(story: IsolationStory) -> Content:
    """All of them, numbered as the questions number them; those that leave the wire as it is come last."""
    result = story.result
    rows = [
        {
            "number": number,
            "subject": subject(change),
            "passing": change.passing,
            "failing": change.failing,
            "fate": fate(change, result),
            "says": FATES[fate(change, result)],
        }
        for number, change in enumerate((*result.changes, *result.dropped), 1)
    ]
    passing, failing = (wire_document(form.digest, form) for form in story.forms)
    ends = (("failing", story.failing, "", failing), ("passing", story.passing, HOW[story.how], passing))
    values = {
        "rows": rows,
        "ends": ends,
        "target": story.target,
        "tried": story.tried,
        "origins": story.origins,
        "summary": tuple(summary_lines(result)),
    }
    return Content(values, styles=("plots", "sent"))


def of_diagnosis(story: DiagnosisStory) -> Content | None:
    """Those of the isolation in it, where there was one."""
    return None if story.isolation is None else of_isolation(story.isolation)
