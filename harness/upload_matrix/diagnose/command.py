"""The failing request of somebody's own program: it is run unchanged, pointed at the tap."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from upload_matrix.inspect.callers import caller_of
from upload_matrix.inspect.program import run, status_words
from upload_matrix.inspect.routes import environment, leads
from upload_matrix.isolate.asker import Asker
from upload_matrix.isolate.passage import Passage
from upload_matrix.isolate.subject import Subject
from upload_matrix.judge.isolate.votes import Vote, reply_of
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exchange import Captured, Exchange
from upload_matrix.model.wire import Part
from upload_matrix.tap.server import Tap

DUMMY_KEY = "sk-upload-matrix-dummy"
"""What the program gets for its key: the real one is put in where requests leave for the target."""

_KEYS = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")

_NAMED_BY_CLIENT = frozenset({"upload"})
"""The filename that httpx gives what has none."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that was run: its status in words, and what it sent, attempt by attempt."""

    status: str
    exchanges: tuple[Exchange, ...]


def run_program(
    argv: Sequence[str],
    asker: Asker,
    environ: Mapping[str, str],
    *,
    ask: bool,
    keys: Sequence[str] = (),
    stdout: TextIO | int | None = None,
    passage: Passage | None = None,
) -> Ran:
    """Run a program with its API variables pointed at the tap, its uploads answered by the asker's target.

    ``keys`` are further variables that hold a key, and get the dummy like the SDK's own.
    ``ask`` False answers from recordings only: nothing leaves this machine before a plan is agreed to.
    Otherwise calls take ``passage``, where there is one.
    Raises ConfigurationError when there is no such program.
    """
    with Tap({}) as tap:
        channel = tap.open(_answerer(asker, passage, ask=ask))
        url = channel.url + asker.answering.root(asker.target)
        changed = environment(environ, {lead.name: url for lead in leads(environ)})
        changed |= dict.fromkeys((*_KEYS, *keys), DUMMY_KEY)
        status = run(argv, changed, stdout)
        exchanges = tap.release(channel, raised=status != 0)
        if channel.failure is not None:
            raise channel.failure
    return Ran(status_words(status), exchanges)


def failing_call(ran: Ran, name: str, target: str) -> Subject:
    """The last upload that was refused, else the last that got no answer, else the last one.

    Raises ConfigurationError when the program sent nothing.
    """
    complete = [exchange for exchange in ran.exchanges if exchange.request.complete]
    uploads = [exchange for exchange in complete if exchange.request.wire.parts is not None] or complete
    if not uploads:
        raise ConfigurationError(
            f"{name}: the program ended with {ran.status} and sent nothing to the tap; it has to read "
            "OPENAI_BASE_URL (or UPLOAD_MATRIX_URL, which is the same URL) as its SDK does"
        )
    refused = [each for each in uploads if reply_of(each.reply).vote is Vote.REJECTED]
    silent = [each for each in uploads if isinstance(each.reply, NoAnswer)]
    chosen = (refused or silent or uploads)[-1]
    return subject_of(chosen.request, name, target)


def subject_of(request: Captured, name: str, target: str) -> Subject:
    """A request with what can be told of its origin from the request itself."""
    client = caller_of(request.headers).client
    files = request.wire.files()
    return Subject(name, target, request, client, likely_container(files[0]) if files else None)


def likely_container(part: Part) -> str:
    """How a file was most likely handed over, in the matrix's words.

    A part without a name of its own was bytes or an unnamed BytesIO; with one, but without a good type, a
    handle. Only for words about the code: what is isolated does not hang on it.
    """
    return "bytesio" if part.filename in _NAMED_BY_CLIENT or part.filename == part.name else "handle"


def _answerer(asker: Asker, passage: Passage | None, *, ask: bool) -> Callable[[Captured], Answer | NoAnswer]:
    def answer(request: Captured) -> Answer | NoAnswer:
        if ask:
            return asker.once(request) if passage is None else passage.take(request).reply
        recorded = asker.answering.recorded(asker.target, request.wire)
        says = "only looking at what is sent: nothing left this machine"
        return NoAnswer(Silence.UNRECORDED, says) if recorded is None else recorded

    return answer
