"""A diagnosis as JSON: one suspect a line. The same requests and recordings give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upload_matrix.model.codec import Document, line, separated
from upload_matrix.model.diagnosis import Answered, Diagnosis, Inquiry, Mend
from upload_matrix.model.money import Money

FORMAT = "upload-matrix diagnosis"
VERSION = 1


def chunks(diagnosis: Diagnosis, isolation: Iterable[str] | None = None) -> Iterator[str]:
    """The report in pieces; ``isolation`` is what ``isolation_json.chunks`` gives, if there was one."""
    yield "{\n"
    head: Document = {
        "format": FORMAT,
        "version": VERSION,
        "verdict": diagnosis.verdict,
        "confidence": diagnosis.confidence.value,
        "found": diagnosis.found,
        "emulated": diagnosis.emulated,
        "subject": diagnosis.subject,
        "target": diagnosis.target,
        "wire": diagnosis.wire,
        "answer": _answered(diagnosis.answer),
        "stopped": diagnosis.stopped,
        "calls": diagnosis.calls,
        "recorded": diagnosis.recorded,
        "spent_usd": _money(diagnosis.spent),
        "origins": list(diagnosis.notes),
        "unexplained": list(diagnosis.unexplained),
        "mend": None if diagnosis.mend is None else _mend(diagnosis.mend),
    }
    for key, value in head.items():
        yield f"{line(key)}: {line(value)},\n"
    yield '"suspects": ['
    yield from separated(line(_inquiry(inquiry)) for inquiry in diagnosis.inquiries)
    yield '],\n"isolation": '
    if isolation is None:
        yield "null\n"
    else:
        yield from isolation
    yield "}\n"


def _money(amount: Money | None) -> str | None:
    """As text, exactly; None where it is unknown, which is not nothing."""
    return None if amount is None else str(amount)


def _answered(answer: Answered) -> Document:
    return {
        "status": answer.status,
        "code": answer.code,
        "param": answer.param,
        "message": answer.message,
        "recorded": answer.recorded,
        "emulated": answer.emulated,
    }


def _inquiry(inquiry: Inquiry) -> Document:
    return {
        "number": inquiry.number,
        "name": inquiry.name,
        "stand": inquiry.stand.value,
        "says": inquiry.says,
        "tried": list(inquiry.tried),
        "calls": inquiry.calls,
        "recorded": inquiry.recorded,
        "spent_usd": _money(inquiry.spent),
        "emulated": inquiry.emulated,
    }


def _mend(mend: Mend) -> Document:
    return {
        "says": mend.says,
        "wire": mend.wire,
        "accepted": mend.accepted,
        "language": mend.language,
        "code": mend.code,
        "code_accepted": mend.code_accepted,
        "note": mend.note,
        "emulated": mend.emulated,
    }
