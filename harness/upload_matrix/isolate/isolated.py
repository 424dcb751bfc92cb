"""An isolation: looking for a passing request, the run between that and the failing one, what is reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from upload_matrix import vendors
from upload_matrix.isolate.asker import Asker, answered
from upload_matrix.isolate.samples import sampled
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.isolate.result import (
    Cause,
    Isolation,
    PassingBy,
    Purpose,
    Question,
    Reply,
    Stop,
    Vote,
    reply_of,
)
from upload_matrix.judge.isolate.search import isolate, nearest_passing
from upload_matrix.judge.isolate.words import origins, sentence
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.diagnosis import Answered
from upload_matrix.model.estimate import operation_of
from upload_matrix.recordings import read_cassette, stored_form
from upload_matrix.recordings.identity import SUFFIX, folder_name
from upload_matrix.recordings.redactor import DEFAULT, redact_text
from upload_matrix.wire.difference import Difference
from upload_matrix.wire.fixes import candidates
from upload_matrix.wire.form import Captured, Framing, WireForm
from upload_matrix.wire.slots import repaired
from upload_matrix.wire.splice import Splicer, mixed_headers
from upload_matrix.wire.write import Piece, body_headers, contents_of, cut, head_of, made, multipart, rebuilt

# -- the plainest request that asks for the same --
#
# Where a fixed upload is not enough, what is left to suspect are the request's other fields. This is the
# passing end to look for them with: fixed files, required fields only, and a short prompt.


PLAIN_PROMPT: Final = "a red circle"

_LONG = 1000
"""Characters of a prompt that every model takes. Source: as above, ``dall-e-2``."""


def simplified(failing: Captured) -> Captured | None:
    """That request; None where nothing can be left out, or where its operation or body is not known."""
    pieces = cut(failing)
    operation = operation_of(failing.wire)
    needed = None if operation is None else vendors.vendor_of(operation).needed.get(operation)
    if pieces is None or needed is None:
        return None
    plain = [_plain(piece) for piece in pieces if piece.part.is_upload or piece.part.name in needed]
    parts = tuple(piece.part for piece in plain)
    if parts == failing.wire.parts and failing.wire.framing is Framing.CONTENT_LENGTH:
        return None
    body, kind = multipart([piece.rendered() for piece in plain], failing.wire.media_type)
    wire = replace(failing.wire, parts=parts, framing=Framing.CONTENT_LENGTH)
    headers = (
        *mixed_headers(failing.headers, failing.headers, frozenset()),
        *body_headers(kind, None, Framing.CONTENT_LENGTH, len(body)),
    )
    return Captured(head_of(wire, headers), headers, body, wire, complete=True)


def _plain(piece: Piece) -> Piece:
    part = piece.part
    if part.is_upload:
        return repaired(piece) or piece
    if part.name == "prompt" and (part.characters is None or part.characters > _LONG):
        return made("prompt", None, part.content_type, PLAIN_PROMPT.encode())
    return piece


# -- the ends --


@dataclass(frozen=True, slots=True)
class End:
    """A request that may pass. ``says`` names it, or tells what was done to the failing request."""

    request: Captured
    how: PassingBy
    says: str


@dataclass(frozen=True, slots=True)
class TriedEnd:
    """An end that was asked about."""

    end: End
    answer: Answered


@dataclass(frozen=True, slots=True)
class Search:
    """``end`` is the first that passes, None when none does; ``tried`` what was asked on the way.

    ``stopped`` says that a limit ended it.
    """

    end: End | None
    tried: tuple[TriedEnd, ...] = ()
    stopped: str | None = None


def neighbours(subject: Subject, cassettes: Path, others: Sequence[Subject] = ()) -> tuple[End, ...]:
    """Requests that a recording says are accepted, nearest first, with the subject's own headers.

    Only those whose bytes can be had: from the subject, or from what ``others`` send.
    """
    pool = contents_of(subject.request, *(other.request for other in others))
    by_asset = {
        each.asset: pool[each.sha256]
        for request in (subject.request, *(other.request for other in others))
        for each in request.wire.uploads()
        if each.asset is not None and each.sha256 in pool
    }
    names = {stored_form(other.request.wire).digest: other.name for other in others}
    headers = mixed_headers(subject.request.headers, subject.request.headers, frozenset())
    found = []
    for wire in nearest_passing(stored_form(subject.request.wire), recordings(cassettes, subject.target)):
        made = rebuilt(
            wire,
            lambda part: pool.get(part.sha256) or (by_asset.get(part.asset) if part.asset else None),
            headers,
        )
        if made is not None and wire.digest != subject.request.wire.digest:
            found.append(End(made, PassingBy.RECORDED, names.get(wire.digest, f"recording {wire.digest}")))
    return tuple(found)


def recordings(cassettes: Path, target: str) -> Iterator[tuple[WireForm, Answer]]:
    """Every recorded form of a target with its first answer; raises CassetteError for an unsound file."""
    for path in sorted((cassettes / folder_name(target)).glob(f"*/*{SUFFIX}")):
        for recording in read_cassette(path)[:1]:
            yield recording.wire, recording.answer


def repaired_ends(subject: Subject) -> tuple[End, ...]:
    """The subject's request fixed in several ways, then the plainest one."""
    found = [End(crafted.request, PassingBy.FIXED, crafted.says) for crafted in candidates(subject.request)]
    plain = simplified(subject.request)
    if plain is not None and plain.wire.digest not in {end.request.wire.digest for end in found}:
        found.append(End(plain, PassingBy.SIMPLIFIED, "fixed files, required fields only, a short prompt"))
    with_sample = sampled(subject.request)
    if with_sample is not None:
        found.append(End(with_sample[0], PassingBy.SAMPLE, with_sample[1]))
    return tuple(found)


def first_passing(asker: Asker, ends: Iterable[End]) -> Search:
    """Ask about each until one is accepted; a recorded answer costs nothing."""
    tried: list[TriedEnd] = []
    for end in ends:
        reply = asker.once(end.request)
        if isinstance(reply, NoAnswer) and reply.why is Silence.BUDGET:
            return Search(None, tuple(tried), reply.says)
        tried.append(TriedEnd(end, answered(reply)))
        if reply_of(reply).vote is Vote.ACCEPTED:
            return Search(end, tuple(tried))
    return Search(None, tuple(tried))


_ENDS = frozenset({Purpose.FAILING, Purpose.PASSING, Purpose.CONTROL})


@dataclass(frozen=True)
class Isolated:
    """An isolation with its two ends. ``result`` has every secret taken out.

    ``failing`` and ``passing`` are the ends' names, ``how`` the passing one was come by, ``tried`` what was
    asked before it was found. ``forms`` are the wire forms of both ends as recordings have them. ``origins``
    are sentences on how the deciding difference comes from the code. ``stopped`` says which limit ended it.
    """

    target: str
    failing: str
    passing: str
    how: PassingBy
    result: Isolation
    forms: tuple[WireForm, WireForm]
    tried: tuple[TriedEnd, ...] = ()
    origins: tuple[str, ...] = ()
    stopped: str | None = None


def run_isolation(
    subject: Subject,
    end: End,
    asker: Asker,
    options: SearchOptions,
    *,
    tried: tuple[TriedEnd, ...] = (),
) -> tuple[Isolated, Splicer]:
    """Isolate, and give back the splicer too, for requests in between.

    With ``options.reconfirm`` both ends are asked anew, whatever is recorded. Raises IllegalHybridError when
    one of the two requests broke off.
    """
    splicer = Splicer(end.request, subject.request)
    stopped: list[str] = []

    def ask(question: Question) -> Reply | None:
        reply = asker.ask(
            splicer.craft(question.kept).request,
            recordable=splicer.recordable(question.kept),
            fresh=options.reconfirm and question.purpose in _ENDS,
        )
        if isinstance(reply, NoAnswer) and reply.why is Silence.BUDGET:
            stopped.append(reply.says)
            return None
        return reply_of(reply)

    def known(kept: frozenset[str]) -> Reply | None:
        if not splicer.recordable(kept):
            return None
        answer: Answer | None = asker.known(splicer.form(kept))
        return None if answer is None else reply_of(answer)

    found = isolate(splicer, ask, known, options)
    result = _clean(_with_its_name(found) if end.how == PassingBy.SAMPLE else found)
    if subject.lost and result.stopped is Stop.FAILING_PASSES:
        result = replace(result, stopped=Stop.REMAINS_PASS)
    forms = (stored_form(end.request.wire), stored_form(subject.request.wire))
    changes = result.cause or result.suspected
    return (
        Isolated(
            target=subject.target,
            failing=subject.name,
            passing=end.says,
            how=end.how,
            result=result,
            forms=forms,
            tried=tried,
            origins=(
                *([] if subject.made is None else [subject.made]),
                *origins(changes, subject.client, subject.container),
            ),
            stopped=stopped[0] if stopped else None,
        ),
        splicer,
    )


def _with_its_name(result: Isolation) -> Isolation:
    """A sample of another format has a name and a type of its own, which are no causes beside its bytes."""
    files = {change.part: cause for cause in result.causes for change in cause.changes if _of_bytes(change)}
    kept: list[Cause] = []
    for cause in result.causes:
        content = files.get(cause.changes[0].part)
        if content is None or content is cause or len(cause.changes) > 1:
            kept.append(cause)
    if len(kept) == len(result.causes):
        return result
    last = result.causes[-1].necessary
    dropped = [change for cause in result.causes if cause not in kept for change in cause.changes]

    def joined(cause: Cause) -> Cause:
        along = tuple(each for each in dropped if files.get(each.part) is cause)
        return replace(cause, along=(*cause.along, *along), necessary=last) if along else cause

    return replace(result, causes=tuple(map(joined, kept)))


def _of_bytes(change: Difference) -> bool:
    return change.where.endswith(".content")


def _clean(result: Isolation) -> Isolation:
    """The result with keys, ids and signed URLs in values and in the server's words taken out."""

    def many(changes: tuple[Difference, ...]) -> tuple[Difference, ...]:
        return tuple(map(_clean_change, changes))

    cleaned = replace(
        result,
        causes=tuple(
            replace(cause, changes=many(cause.changes), along=many(cause.along)) for cause in result.causes
        ),
        changes=many(result.changes),
        dropped=many(result.dropped),
        narrowed=many(result.narrowed),
        suspected=many(result.suspected),
        exonerated=many(result.exonerated),
        asked=tuple(
            replace(entry, reply=replace(entry.reply, says=redact_text(entry.reply.says)))
            for entry in result.asked
        ),
    )
    return replace(cleaned, sentence=sentence(cleaned))


def _clean_change(change: Difference) -> Difference:
    name = change.where.rpartition(".")[2]

    def clean(value: str | None) -> str | None:
        # Telling secrets apart: a change from one key to another is one.
        return None if value is None else DEFAULT.for_forms[0].value(name, value)

    return replace(change, before=clean(change.before), after=clean(change.after))
