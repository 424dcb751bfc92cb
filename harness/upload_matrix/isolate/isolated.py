"""Running an isolation between a failing and a passing request, and what a report is told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from upload_matrix.isolate.asker import Asker
from upload_matrix.isolate.ends import End, Tried
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.isolate.drive import isolate
from upload_matrix.judge.isolate.notebook import Options
from upload_matrix.judge.isolate.origins import origins
from upload_matrix.judge.isolate.questions import Purpose, Question
from upload_matrix.judge.isolate.result import Isolation
from upload_matrix.judge.isolate.votes import Reply, reply_of
from upload_matrix.judge.isolate.words import sentence
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.change import Change
from upload_matrix.model.wire import WireForm
from upload_matrix.recordings import stored_form
from upload_matrix.recordings.redact import redact_text
from upload_matrix.recordings.redactor import DEFAULT
from upload_matrix.splice.splicer import Splicer

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
    how: str
    result: Isolation
    forms: tuple[WireForm, WireForm]
    tried: tuple[Tried, ...] = ()
    origins: tuple[str, ...] = ()
    stopped: str | None = None


def run_isolation(
    subject: Subject,
    end: End,
    asker: Asker,
    options: Options,
    *,
    tried: tuple[Tried, ...] = (),
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

    result = _clean(isolate(splicer, ask, known, options))
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
            origins=origins(changes, subject.client, subject.container),
            stopped=stopped[0] if stopped else None,
        ),
        splicer,
    )


def _clean(result: Isolation) -> Isolation:
    """The result with keys, ids and signed URLs in values and in the server's words taken out."""

    def many(changes: tuple[Change, ...]) -> tuple[Change, ...]:
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


def _clean_change(change: Change) -> Change:
    name = change.where.rpartition(".")[2]

    def clean(value: str | None) -> str | None:
        # Telling secrets apart: a change from one key to another is one.
        return None if value is None else DEFAULT.for_forms[0].value(name, value)

    return replace(change, passing=clean(change.passing), failing=clean(change.failing))
