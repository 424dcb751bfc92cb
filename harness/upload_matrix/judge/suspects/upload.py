"""Suspects 5 and 6: the upload, and the request's other fields. One isolation tells of both."""

from __future__ import annotations

from collections.abc import Sequence

from upload_matrix.judge.isolate.result import Cause, Isolation, Stop
from upload_matrix.judge.isolate.words import cause_words
from upload_matrix.judge.phrases import counted
from upload_matrix.model.diagnosis import Inquiry, Stand
from upload_matrix.wire.difference import Difference, Kind

UPLOAD = (5, "the upload itself")
UPLOAD_MEANS = "The file as it is sent: its bytes, name, type, field, and how all that is written."
UPLOAD_THEN = "Apply the fix; `upload-matrix inspect` shows what a changed program sends."
FIELDS = (6, "the request's other fields")
FIELDS_MEANS = "What is sent beside the file: model, prompt, size, the blocks of a JSON body."
FIELDS_THEN = "Send the values of the request that passes."


def of_fields(change: Difference) -> bool:
    """Whether a change is about the request beside its files."""
    if change.kind in (
        Kind.FIELD,
        Kind.QUERY,
        Kind.PATH,
        Kind.METHOD,
    ):
        return True
    return change.kind is Kind.PRESENCE and change.where.startswith("fields.")


def judge(
    result: Isolation | None, fields: frozenset[str], *, why_not: str | None, tried: Sequence[str] = ()
) -> tuple[Inquiry, Inquiry]:
    """What an isolation says of the two; without one, ``why_not``. ``fields`` are the names of text fields:
    a part of that name that is there or not is one of them."""
    if result is None:
        says = f"not isolated: {why_not}"
        return (
            Inquiry(*UPLOAD, Stand.OPEN, says, tuple(tried)),
            Inquiry(*FIELDS, Stand.OPEN, says),
        )

    def is_field(change: Difference) -> bool:
        return of_fields(change) or (change.part or change.where) in fields

    upload = [cause for cause in result.causes if not all(map(is_field, cause.changes))]
    other = [cause for cause in result.causes if any(map(is_field, cause.changes))]
    settled = result.stopped is Stop.FOUND
    what = f"compared with a passing request: {counted(len(result.changes), 'difference')} on the wire"
    said = [*tried, what]
    left = "no cause could be told apart" if result.causes else result.sentence.removesuffix(".")
    varied = any(map(is_field, result.changes))
    return (
        _inquiry(UPLOAD, upload, said, left, settled=settled, varied=True),
        _inquiry(FIELDS, other, [], left, settled=settled, varied=varied),
    )


def _inquiry(
    who: tuple[int, str],
    causes: Sequence[Cause],
    tried: Sequence[str],
    left: str,
    *,
    settled: bool,
    varied: bool,
) -> Inquiry:
    if causes:
        says = "; independently, ".join(map(cause_words, causes))
        return Inquiry(*who, Stand.CAUSE, f"{says[:1].upper()}{says[1:]}", tuple(tried))
    if settled:
        says = "no difference there takes part in the failure"
        if not varied:
            says = "they are the same in the request that passes"
        return Inquiry(*who, Stand.RULED_OUT, says, tuple(tried))
    return Inquiry(*who, Stand.OPEN, left, tuple(tried))
