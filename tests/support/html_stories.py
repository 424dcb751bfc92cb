"""An isolation, a diagnosis and a comparison of two variants, made by hand; every foreign word can be given."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ab_runs import EMULATED, LIVE, NO, USED, YES, generate, rounds, run_of
from ab_runs import edit as ab_edit
from reports_story import edit, file_part

from upload_matrix.judge.ab import compare_ab
from upload_matrix.judge.isolate.result import (
    AskedQuestion,
    Cause,
    Isolation,
    PassingBy,
    Purpose,
    Question,
    Reply,
    Signature,
    Stop,
    Vote,
)
from upload_matrix.judge.isolate.words import sentence
from upload_matrix.model.diagnosis import Answered, Confidence, Diagnosis, Fix, Inquiry, Stand
from upload_matrix.model.plan import CallRecord
from upload_matrix.report.isolation import IsolationStory
from upload_matrix.wire.difference import Difference, Kind

PASSING, FAILING = edit(file_part()), edit(file_part("upload", "application/octet-stream"))
TYPE = Difference("image.content_type", "image/webp", "application/octet-stream", Kind.CONTENT_TYPE, "image")
NAME = Difference("image.filename", "avatar.webp", "upload", Kind.FILENAME, "image")
REFUSAL = Signature(400, "invalid_value", "model")


def asked(kept, vote, purpose, says="", *, emulated=True):
    signature = REFUSAL if vote is Vote.REJECTED else None
    return AskedQuestion(
        Question(frozenset(kept), "+".join(sorted(kept)), purpose),
        Reply(vote, signature, emulated=emulated, says=says),
    )


def isolation(word="No.", *, emulated=True, extra=(), **facts):
    """The type decides and the name does not; ``extra`` are further changes that do not matter."""
    changes = (TYPE, replace(NAME, after=word), *extra)
    every = [change.where for change in changes]
    found = Isolation(
        stopped=Stop.FOUND,
        signature=REFUSAL,
        causes=(Cause((TYPE,), (), REFUSAL, True, True, True, 1, len(changes)),),
        changes=changes,
        dropped=(Difference("image.disposition", "a", word, Kind.DISPOSITION, "image"),),
        narrowed=(),
        suspected=(),
        exonerated=changes[1:],
        asked=(
            asked(every, Vote.REJECTED, Purpose.FAILING, word, emulated=emulated),
            asked([], Vote.ACCEPTED, Purpose.PASSING, emulated=emulated),
            asked(every[1:], Vote.INCONCLUSIVE, Purpose.NECESSARY, word, emulated=emulated),
            asked(every[:1], Vote.REJECTED, Purpose.SUFFICIENT, word, emulated=emulated),
        ),
        calls=4,
        recorded=0,
        inconclusive=1,
        emulated=emulated,
    )
    found = replace(found, **facts)
    return replace(found, sentence=sentence(found))


def told(word="No.", **facts):
    """What the isolation's page is made from."""
    return IsolationStory(
        target=f"t{word}",
        failing=f"f{word}",
        passing=f"p{word}",
        how=PassingBy.FIXED,
        result=isolation(word, **facts),
        forms=(PASSING, FAILING),
        tried=((f"tried {word}", Answered(200, message=word)),),
        origins=(f"because of {word}",),
    )


def diagnosis(word="No.", *, emulated=True, **facts):
    found = Diagnosis(
        subject=f"call {word}",
        target=f"t{word}",
        wire=FAILING.digest,
        answer=Answered(400, "invalid_value", "model", f"m{word}", emulated=emulated),
        verdict="`Content-Type` of part `image` decides.",
        confidence=Confidence.PROVEN,
        inquiries=(
            Inquiry(0, "the model is gone", Stand.RULED_OUT, f"alive {word}", (f"asked {word}",)),
            Inquiry(1, "the service", Stand.OPEN, f"not tried {word}"),
            Inquiry(
                2, "the upload itself", Stand.CAUSE, "it decides", ("x",), 2, 1, Decimal("0.03"), emulated
            ),
            Inquiry(3, "a gateway", Stand.NOT_APPLICABLE, "there is none"),
        ),
        unexplained=(f"remains {word}",),
        fix=Fix(f"fix {word}", "d" * 16, True, "python", f"print(1)  # {word}\n", True, f"note {word}"),
        stopped=f"limit {word}",
        notes=(f"code {word}",),
        calls=2,
        recorded=1,
    )
    return replace(found, **facts)


def ab(word="Not so.", *, emulated=False, a=None, b=None):
    """The comparison, its run and the calls of this run."""
    source = EMULATED if emulated else LIVE
    rejected = replace(NO, message=word, code=f"c{word}")
    generic = ab_edit("application/octet-stream")
    used = None if emulated else USED
    run = run_of(
        rounds("n/a", generate(), *(YES,) * 6, source=source),
        rounds("handle", generic, *(a or (rejected,) * 6), source=source, usage=used, target=f"v{word}"),
        rounds("tuple", ab_edit(), *(b or (YES,) * 6), source=source, usage=used, target=f"v{word}"),
        notes=(f"note {word}",),
    )
    calls = [
        CallRecord(f"v{word}", wire.digest, number, status=200, seconds=round(seconds + number / 10, 1))
        for wire, seconds in ((generic, 0.2), (ab_edit(), 8.0))
        for number in range(6)
    ]
    return compare_ab(run, "m/handle", "m/tuple"), run, [] if emulated else calls
