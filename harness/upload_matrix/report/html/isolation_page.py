"""The pages of an isolation and of a diagnosis: what decides, and the questions that show it."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.isolate.result import Stop, Vote
from upload_matrix.model.diagnosis import Diagnosis, Stand
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.report.diagnosis import (
    CONFIDENCES,
    STANDS,
    DiagnosisDocument,
    fix_shown,
    inquiry_cost,
    total,
)
from upload_matrix.report.html.page import BAD, GOOD, OPEN, PLAIN, Content, Page, shown
from upload_matrix.report.html.wire_data import wire_document
from upload_matrix.report.isolation import (
    FATES,
    HOW,
    PURPOSES,
    IsolationDocument,
    QuestionEntry,
    reply_words,
    request_words,
    summary_lines,
)
from upload_matrix.report.wording import NOT_THE_VENDOR, plural

_STOPPED = {
    Stop.FOUND: "Nothing that decides was found",
    Stop.BUDGET: "Stopped by the budget before anything was told apart",
    Stop.UNRESOLVED: "No conclusive answers, so nothing was told apart",
    Stop.ENVIRONMENT: "Something else changed meanwhile",
    Stop.FAILING_PASSES: "The failing request is accepted now",
    Stop.REMAINS_PASS: "What is left of the failing request is accepted",
    Stop.PASSING_FAILS: "The passing request is rejected now",
    Stop.NO_ANSWER: "One of the two requests got no conclusive answer",
    Stop.UNSTABLE: "The failing request does not keep failing the same way",
    Stop.SAME_WIRE: "Both requests are the same on the wire",
    Stop.MANY_CAUSES: "There are more causes than were looked for",
}
"""Headlines where no cause was found."""


def page(told: IsolationDocument) -> Page:
    """The page."""
    return Page(
        kind="isolation",
        title=told.failing.name,
        headline=headline(told),
        lead=told.sentence,
        mood=PLAIN if told.causes else OPEN,
        answers=_answers(told),
        emulated=told.emulated,
        facts=tuple(_facts(told)),
        sections=shown(*_isolated(told)),
    )


def _isolated(story: IsolationDocument) -> tuple[tuple[str, str, Content | None], ...]:
    return ("deltas_told", "Differences", _differences(story)), ("questions", "Questions", _questions(story))


def headline(document: IsolationDocument) -> str:
    """What decides, or how far it came, in a few words; `code` in backquotes."""
    if document.causes:
        decisive = document.causes[0].changes
        named = [change.subject for change in document.changes if change.where in decisive]
        if len(named) == 1:
            return f"{named[0][:1].upper()}{named[0][1:]} decides"
        return f"{len(named)} differences decide together"
    if document.narrowed:
        return f"Narrowed to {len(document.narrowed)} of {plural(len(document.on_the_wire), 'difference')}"
    return _STOPPED[document.stopped]


def _answers(told: IsolationDocument) -> str:
    if told.emulated:
        return f"Answers: emulated - {NOT_THE_VENDOR}"
    return f"Answers: live ({told.target})" if told.asked else "Answers: none"


def _facts(document: IsolationDocument) -> Iterator[tuple[str, str]]:
    differences = len(document.changes)
    yield f"{differences:,}", "difference" if differences == 1 else "differences"
    yield f"{len(document.asked):,}", "question" if len(document.asked) == 1 else "questions"
    counts = document.counts
    if document.causes:
        yield f"{counts.searched:,}", f"to search, of at most {counts.bound:,}"
    yield f"{counts.calls:,}", "answer asked for" if counts.calls == 1 else "answers asked for"
    yield f"{counts.recorded:,}", "answer recorded" if counts.recorded == 1 else "answers recorded"


def _differences(story: IsolationDocument) -> Content:
    """All of them, numbered as the questions number them; those that leave the wire as it is come last."""
    rows = [
        {
            "number": number,
            "subject": change.subject,
            "passing": change.passing,
            "failing": change.failing,
            "fate": change.fate,
            "says": FATES[change.fate],
        }
        for number, change in enumerate(story.changes, 1)
    ]
    passing, failing = (wire_document(form.digest, form) for form in story.forms)
    ends = (
        ("failing", story.failing.name, "", failing),
        ("passing", story.passing.name, HOW[story.passing.how], passing),
    )
    values = {
        "rows": rows,
        "ends": ends,
        "target": story.target,
        "tried": tuple((each.says, each.answer) for each in story.tried),
        "origins": story.origins,
        "summary": tuple(summary_lines(story)),
    }
    return Content(values, styles=("plots", "sent"))


MOST_COLUMNS = 24
"""Differences up to which each has a column: with more, the words alone tell them."""

_KINDS = {
    Vote.ACCEPTED: OutcomeKind.ACCEPTED,
    Vote.REJECTED: OutcomeKind.REJECTED,
    Vote.INCONCLUSIVE: OutcomeKind.INCONCLUSIVE,
    Vote.NOT_ASKED: OutcomeKind.UNRECORDED,
}
"""The outcome whose shape and colour a vote has."""


def _questions(story: IsolationDocument) -> Content | None:
    """The questions in their order; None when none was asked."""
    if not story.asked:
        return None
    decisive = {where for cause in story.causes for where in cause.changes}
    columns = [
        {"number": number, "where": change.where, "decides": change.where in decisive}
        for number, change in enumerate(story.on_the_wire, 1)
    ]
    rows = [_row(number, entry, len(story.on_the_wire)) for number, entry in enumerate(story.asked, 1)]
    return Content({"columns": columns if len(columns) <= MOST_COLUMNS else [], "rows": rows})


def _row(number: int, entry: QuestionEntry, changes: int) -> dict[str, object]:
    return {
        "number": number,
        "kept": entry.changes,
        "request": request_words(entry, changes),
        "purpose": PURPOSES[entry.purpose],
        "kind": _KINDS[entry.vote].value,
        # Without its sign: the icon has its shape.
        "answer": reply_words(entry).partition(" ")[2],
        "emulated": entry.emulated,
        "says": entry.says if entry.vote is Vote.REJECTED else "",
    }


# -- a diagnosis: suspect after suspect, the verdict, and the fix that was tried --


def diagnosis_page(document: DiagnosisDocument, *, offer: str | None = None) -> Page:
    """The page; ``offer`` is the command line of a bug report, None where there is nothing to report."""
    diagnosis = document.diagnosis
    return Page(
        kind="diagnosis",
        title=diagnosis.subject,
        headline=diagnosis.verdict.rstrip(".") if diagnosis.found else diagnosis_headline(diagnosis),
        lead=_diagnosis_lead(diagnosis),
        mood=BAD if diagnosis.found else GOOD if diagnosis.answer.accepted else OPEN,
        answers=_who_answered(diagnosis),
        emulated=diagnosis.emulated,
        # The fix comes before anything that is counted.
        facts=() if diagnosis.fix else tuple(_diagnosis_facts(diagnosis)),
        sections=shown(
            ("fix", "Fix", _fix(diagnosis)),
            ("call", "The call", _call(diagnosis)),
            ("suspects", "Suspects", _suspects(diagnosis)),
            *(() if document.isolation is None else _isolated(document.isolation)),
            ("remains", "What remains", _remains(diagnosis, offer)),
        ),
    )


def diagnosis_headline(diagnosis: Diagnosis) -> str:
    """Which suspect it was, or that none was found, in a few words."""
    causes = [inquiry.name for inquiry in diagnosis.inquiries if inquiry.stand is Stand.CAUSE]
    if causes:
        several = "are the causes" if len(causes) > 1 else "is the cause"
        named = " and ".join(causes)
        return f"{named[:1].upper()}{named[1:]} {several}"
    if diagnosis.answer.accepted:
        return "What is left of the call is accepted" if diagnosis.lost else "The call is accepted now"
    return "No cause was found" if diagnosis.stopped is None else "Stopped before a cause was found"


def _diagnosis_lead(diagnosis: Diagnosis) -> str:
    """Which suspect it was and how sure that is; what came out, where none was found."""
    if not diagnosis.found:
        return diagnosis.verdict
    return f"{diagnosis_headline(diagnosis)}; {CONFIDENCES[diagnosis.confidence]}."


def _who_answered(diagnosis: Diagnosis) -> str:
    if diagnosis.emulated:
        return f"Answers: emulated - {NOT_THE_VENDOR}"
    asked = diagnosis.answer.status is not None or diagnosis.calls or diagnosis.recorded
    return f"Answers: live ({diagnosis.target})" if asked else "Answers: none"


def _diagnosis_facts(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    yield diagnosis.confidence.value, "confidence"
    ruled_out = sum(inquiry.stand is Stand.RULED_OUT for inquiry in diagnosis.inquiries)
    yield f"{ruled_out} of {len(diagnosis.inquiries)}", "suspects ruled out"
    yield f"{diagnosis.calls:,}", "call made" if diagnosis.calls == 1 else "calls made"
    yield f"{diagnosis.recorded:,}", "answer recorded" if diagnosis.recorded == 1 else "answers recorded"


def _call(diagnosis: Diagnosis) -> Content:
    """What was answered, and how sure the verdict is."""
    values = {
        "diagnosis": diagnosis,
        "confidence": CONFIDENCES[diagnosis.confidence],
        "total": total(diagnosis),
    }
    return Content(values)


_ICONS = {
    Stand.CAUSE: "rejected",
    Stand.RULED_OUT: "accepted",
    Stand.OPEN: "inconclusive",
    Stand.NOT_NEEDED: "unavailable",
    Stand.NOT_APPLICABLE: "unavailable",
}
"""The outcome whose shape and colour a stand has."""


def _suspects(diagnosis: Diagnosis) -> Content | None:
    """All of them; None when the call needed none."""
    rows = [
        {
            "inquiry": inquiry,
            "icon": _ICONS[inquiry.stand],
            "stand": STANDS[inquiry.stand].partition(" ")[2],
            "took": inquiry_cost(inquiry),
        }
        for inquiry in diagnosis.inquiries
    ]
    return Content({"rows": rows, "notes": diagnosis.notes}) if rows else None


def _fix(diagnosis: Diagnosis) -> Content | None:
    fix = diagnosis.fix
    return None if fix is None else Content({"fix": fix, "shown": fix_shown(fix)})


def _remains(diagnosis: Diagnosis, offer: str | None) -> Content | None:
    """None where nothing does."""
    if not diagnosis.unexplained and diagnosis.stopped is None and offer is None:
        return None
    return Content({"unexplained": diagnosis.unexplained, "stopped": diagnosis.stopped, "offer": offer})
