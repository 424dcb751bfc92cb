"""A diagnosis back from its JSON report."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from upload_matrix.model.change import Change, ChangeKind
from upload_matrix.model.codec import Document, MalformedError, decode, parsed
from upload_matrix.model.diagnosed import DiagnosisTold, Difference, IsolationTold, Question
from upload_matrix.model.diagnosis import Answered, Confidence, Diagnosis, Inquiry, Mend, Stand
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.money import Money
from upload_matrix.model.wire import WireForm, WireForms
from upload_matrix.report import isolation_json
from upload_matrix.report.decode import may, need, texts
from upload_matrix.report.diagnosis_json import FORMAT, VERSION


def is_diagnosis(text: str) -> bool:
    """Whether ``text`` is JSON that says of itself that it is a diagnosis."""
    try:
        document = parsed(text)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT


def load(text: str, name: str) -> DiagnosisTold:
    """Read what ``diagnosis_json.chunks`` wrote. ``name`` is the file's, for messages.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    again = "Write it again with `diagnose -o FILE.json`."
    try:
        document = parsed(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}: not JSON: {error}. {again}") from error
    try:
        if need(document, "format", str) != FORMAT:
            raise MalformedError(f"is no {FORMAT!r}")
        _check_version(document, FORMAT, VERSION)
        isolation = may(document, "isolation", dict)
        return DiagnosisTold(_diagnosis(document), None if isolation is None else _isolation(isolation))
    except ValueError as error:
        raise ConfigurationError(f"{name}: the diagnosis {error}. {again}") from error


def _check_version(document: Document, what: str, version: int) -> None:
    found = need(document, "version", int)
    if found != version:
        raise MalformedError(f"is of {what} version {found}, and this upload-matrix reads version {version}")


def _diagnosis(document: Document) -> Diagnosis:
    mend = may(document, "mend", dict)
    return Diagnosis(
        subject=need(document, "subject", str),
        target=need(document, "target", str),
        wire=need(document, "wire", str),
        answer=_answered(need(document, "answer", dict)),
        verdict=need(document, "verdict", str),
        confidence=Confidence(need(document, "confidence", str)),
        inquiries=tuple(_inquiry(each) for each in need(document, "suspects", list)),
        unexplained=texts(need(document, "unexplained", list), "unexplained"),
        mend=None if mend is None else _mend(mend),
        stopped=may(document, "stopped", str),
        notes=texts(need(document, "origins", list), "origins"),
        calls=need(document, "calls", int),
        recorded=need(document, "recorded", int),
        spent=_money(may(document, "spent_usd", str)),
    )


def _answered(document: Document) -> Answered:
    return Answered(
        status=may(document, "status", int),
        code=may(document, "code", str),
        param=may(document, "param", str),
        message=may(document, "message", str),
        emulated=need(document, "emulated", bool),
        recorded=need(document, "recorded", bool),
    )


def _inquiry(document: Document) -> Inquiry:
    return Inquiry(
        number=need(document, "number", int),
        name=need(document, "name", str),
        stand=Stand(need(document, "stand", str)),
        says=need(document, "says", str),
        tried=texts(need(document, "tried", list), "tried"),
        calls=need(document, "calls", int),
        recorded=need(document, "recorded", int),
        spent=_money(may(document, "spent_usd", str)),
        emulated=need(document, "emulated", bool),
    )


def _mend(document: Document) -> Mend:
    return Mend(
        says=need(document, "says", str),
        wire=need(document, "wire", str),
        accepted=may(document, "accepted", bool),
        language=may(document, "language", str),
        code=may(document, "code", str),
        code_accepted=may(document, "code_accepted", bool),
        note=may(document, "note", str),
        emulated=need(document, "emulated", bool),
    )


def _money(text: str | None) -> Money | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise MalformedError(f"has {text!r} for an amount") from error


def _isolation(document: Document) -> IsolationTold:
    _check_version(document, isolation_json.FORMAT, isolation_json.VERSION)
    passing, failing = need(document, "passing", dict), need(document, "failing", dict)
    counts = need(document, "counts", dict)

    forms: WireForms = decode(WireForms, need(document, "wires", dict))

    def form(end: Document) -> WireForm:
        digest = need(end, "wire", str)
        if digest not in forms:
            raise MalformedError(f"lacks the wire form {digest!r}")
        return forms[digest]

    return IsolationTold(
        sentence=need(document, "sentence", str),
        passing=need(passing, "name", str),
        how=need(passing, "how", str),
        differences=tuple(_difference(each) for each in need(document, "changes", list)),
        questions=tuple(_question(each) for each in need(document, "asked", list)),
        necessary=tuple(may(each, "necessary", bool) for each in need(document, "causes", list)),
        calls=need(counts, "calls", int),
        recorded=need(counts, "recorded", int),
        searched=need(counts, "searched", int),
        bound=need(counts, "bound", int),
        forms=(form(passing), form(failing)),
    )


def _difference(document: Document) -> Difference:
    change = Change(
        where=need(document, "where", str),
        kind=ChangeKind(need(document, "kind", str)),
        passing=may(document, "passing", str),
        failing=may(document, "failing", str),
        part=may(document, "part", str),
    )
    return Difference(change, need(document, "fate", str))


def _question(document: Document) -> Question:
    return Question(
        purpose=need(document, "purpose", str),
        changes=texts(need(document, "changes", list), "changes"),
        vote=need(document, "vote", str),
        says=may(document, "signature", str) or may(document, "says", str),
        recorded=need(document, "recorded", bool),
    )
