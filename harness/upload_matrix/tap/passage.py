"""One request on its way through, and its answer on the way back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

from upload_matrix.model.answer import NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.tap.forward import Forwarder, Handed, UpstreamError
from upload_matrix.tap.http import (
    BrokeOffError,
    GoneError,
    Incoming,
    RawResponse,
    StreamedResponse,
    own_answer,
)
from upload_matrix.tap.records import GAVE_UP, Passed, Route, Told
from upload_matrix.tap.server import response_of
from upload_matrix.tap.spool import Spool
from upload_matrix.wire.read import FormReader

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


class Passage:
    """A request that has begun to come in over a route; ``path`` is without the tap's own part."""

    def __init__(self, books: Books, route: Route, number: int, path: str, incoming: Incoming) -> None:
        self._books = books
        self._route = route
        self._number = number
        self._path = path
        method, _, rest = incoming.head.split(b" ", 2)
        self._head = b" ".join((method, path.encode("latin-1"), rest))
        self._incoming = incoming
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
            for piece in self._incoming.pieces():
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
            wire=self._form.finish(broken),
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
            self._say(own_answer(BAD_GATEWAY_STATUS, "upload_matrix_unreachable", message))
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

        answer = StreamedResponse(
            handed.status, handed.headers, body(), handed.reason, cut=lambda: bool(broken)
        )
        headers = _texts(handed.headers)
        silence = None
        try:
            self._incoming.stream(answer)
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
            self._say(response_of(reply))
            return self._silent(reply)
        self._answer_body.write(reply.body)
        gone = self._say(response_of(reply))
        return self._with(reply.status, reply.headers, reply.source, reply.rule, silence=gone)

    def _say(self, response: RawResponse) -> NoAnswer | None:
        try:
            self._incoming.answer(response)
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
