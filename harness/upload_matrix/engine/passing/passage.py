"""One request on its way through, and its answer on the way back."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Protocol

from upload_matrix.engine.passing.forms import FormReader
from upload_matrix.engine.passing.forward import UpstreamError
from upload_matrix.engine.passing.records import GAVE_UP, Passed, Route, Told
from upload_matrix.engine.passing.server import BrokeOffError, GoneError, Incoming, Outgoing
from upload_matrix.model.answer import NoAnswer, Provenance, Silence, Source, Supply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upload_matrix.engine.passing.forward import Forwarder, Handed
    from upload_matrix.engine.passing.spool import Spool

    Write = Callable[[Outgoing], None]

NO_ANSWER_STATUS = 424
"""What a program is told where nobody was asked: Failed Dependency, which no SDK retries on its own."""

BAD_GATEWAY_STATUS = 502
"""What it is told when the server could not be reached. It may try again, as it would have without us."""


class Books(Protocol):
    """Who keeps what passes."""

    def spool(self) -> Spool:
        """A new body."""

    def has_sent(self, passed: Passed) -> None:
        """A request is complete."""

    def has_told(self, passed: Passed, told: Told) -> None:
        """Its answer is."""


def refuse(incoming: Incoming, write: Write) -> None:
    """Tell whoever came over no route of ours so."""
    try:
        for _ in incoming.body:
            continue
        write(our_word(404, "upload_matrix_stray", "not a path of this tap"))
    except (BrokeOffError, GoneError):
        return  # nobody is left to be told


def our_word(status: int, kind: str, message: str) -> Outgoing:
    """An answer of our own, in the shape of the API's errors."""
    document = {"error": {"message": f"upload-matrix: {message}", "type": kind, "param": None, "code": kind}}
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = ((b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()))
    return Outgoing(status, headers, iter((body,)), at_once=True)


class Passage:
    """A request that has begun to come in over a route; ``prefix`` is the tap's own part of its path."""

    def __init__(
        self, books: Books, route: Route, number: int, prefix: str, incoming: Incoming, write: Write
    ) -> None:
        self._books = books
        self._route = route
        self._number = number
        self._path = incoming.target.removeprefix(prefix)
        self._head = incoming.head.replace(prefix.encode("latin-1"), b"", 1)
        self._incoming = incoming
        self._write = write
        self._body = books.spool()
        self._answer_body = books.spool()
        self._form = FormReader(incoming.method, self._path, incoming.headers)
        self._passed: Passed | None = None
        self._began = time.monotonic()
        self._asked = self._began

    def run(self) -> None:
        """Let it through, and tell the books."""
        chunks = self._chunks()
        try:
            if self._route.forward is None:
                told = self._answered_here(chunks)
            else:
                told = self._forwarded(chunks, self._route.forward)
        except BrokeOffError as error:
            silence = NoAnswer(Silence.INCOMPLETE, str(error))
            told = self._silent(silence)
        self._answer_body.finish()
        if self._passed is not None:
            self._books.has_told(self._passed, told)

    def _chunks(self) -> Iterator[bytes]:
        """The body as it comes, noted on its way; at its end the request is known."""
        try:
            for piece in self._incoming.body:
                self._form.feed(piece)
                self._body.write(piece)
                yield piece
        except BrokeOffError as error:
            self._complete(str(error))
            raise
        self._complete(None)

    def _complete(self, broken: str | None) -> None:
        self._body.finish()
        self._asked = time.monotonic()
        self._passed = Passed(
            number=self._number,
            route=self._route,
            head=self._head,
            headers=self._incoming.headers,
            body=self._body,
            wire=self._form.finish(self._body, broken),
            complete=broken is None,
            began=self._began,
        )
        self._books.has_sent(self._passed)

    def _forwarded(self, chunks: Iterator[bytes], forward: Forwarder) -> Told:
        try:
            with forward.send(self._incoming.method, self._path, self._incoming.headers, chunks) as handed:
                # A server may answer before it has everything; the rest is still evidence.
                for _ in chunks:
                    continue
                return self._hand_back(handed)
        except UpstreamError as error:
            for _ in chunks:
                continue
            message = f"no answer: {error}"
            self._say(our_word(BAD_GATEWAY_STATUS, "upload_matrix_unreachable", message))
            return self._silent(NoAnswer(Silence.UNREACHABLE, message))

    def _hand_back(self, handed: Handed) -> Told:
        broken: list[str] = []

        def body() -> Iterator[bytes]:
            try:
                for piece in handed.body:
                    self._answer_body.write(piece)
                    yield piece
            except UpstreamError as error:
                broken.append(str(error))

        outgoing = Outgoing(handed.status, handed.headers, body(), handed.reason, cut=lambda: bool(broken))
        headers = _texts(handed.headers)
        silence = None
        try:
            self._write(outgoing)
        except GoneError:
            silence = NoAnswer(Silence.UNREACHABLE, GAVE_UP)
        if broken:
            silence = NoAnswer(Silence.BROKEN, broken[0])
        return self._with(handed.status, headers, self._source(headers), silence=silence)

    def _answered_here(self, chunks: Iterator[bytes]) -> Told:
        for _ in chunks:
            continue
        passed, answerer = self._passed, self._route.answerer
        if passed is None or answerer is None:
            raise RuntimeError(f"the route {self._route.name} has nobody to answer")
        reply = answerer(passed)
        if isinstance(reply, NoAnswer):
            self._say(our_word(NO_ANSWER_STATUS, f"upload_matrix_{reply.why.value}", reply.says))
            return self._silent(reply)
        self._answer_body.write(reply.body)
        headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers)
        sized = (*headers, (b"content-length", str(len(reply.body)).encode()))
        gone = self._say(
            Outgoing(reply.status, sized, iter((reply.body,) if reply.body else ()), at_once=True)
        )
        return self._with(reply.status, reply.headers, reply.source, reply.rule, silence=gone)

    def _say(self, outgoing: Outgoing) -> NoAnswer | None:
        try:
            self._write(outgoing)
        except GoneError:
            return NoAnswer(Silence.UNREACHABLE, GAVE_UP)
        return None

    def _silent(self, silence: NoAnswer) -> Told:
        return self._with(None, (), None, silence=silence)

    def _with(
        self,
        status: int | None,
        headers: tuple[tuple[str, str], ...],
        source: Source | None,
        rule: str | None = None,
        silence: NoAnswer | None = None,
    ) -> Told:
        seconds = time.monotonic() - self._asked
        return Told(status, headers, self._answer_body, source, rule, silence, seconds)

    def _source(self, headers: tuple[tuple[str, str], ...]) -> Source:
        """Who spoke: our own emulator behind a URL says that it is one."""
        given = {name.lower(): value for name, value in headers}
        emulated = given.get("x-upload-matrix-provenance") == Provenance.EMULATED.value
        return Source(
            target=self._route.name if self._route.forward is None else self._route.forward.origin,
            provenance=Provenance.EMULATED if emulated else Provenance.LIVE,
            supply=Supply.FORWARDED,
            profile=given.get("x-upload-matrix-profile") if emulated else None,
        )


def _texts(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
