"""What is known of a request that passed, and of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from upload_matrix.model.answer import Answer, NoAnswer, Silence, Source
from upload_matrix.tap.forward import Forwarder
from upload_matrix.tap.spool import Spool
from upload_matrix.wire.form import Captured, WireForm

GAVE_UP = "the client stopped waiting before the answer was complete"


@dataclass(frozen=True, slots=True)
class Route:
    """One base URL that programs are given.

    ``name`` is what people know it by, ``root`` the path of the API below the tap's own (``/v1``). Requests
    go to ``forward``, or are answered by ``answerer``.
    """

    name: str
    root: str
    forward: Forwarder | None = None
    answerer: Callable[[Passed], Answer | NoAnswer] | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that came over a route. ``number`` counts from 1 in order of arrival.

    ``head`` is without the tap's own path in its request line; ``wire`` is complete. ``began`` is in seconds
    of a monotonic clock.
    """

    number: int
    route: Route
    head: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: Spool
    wire: WireForm
    complete: bool
    began: float

    @property
    def kept(self) -> bool:
        """Whether the body's bytes are still here."""
        return not self.body.dropped

    def captured(self) -> Captured:
        """The request with its body in memory. Raises LookupError when the body was not kept."""
        return Captured(self.head, self.headers, self.body.read(), self.wire, self.complete)


@dataclass(frozen=True, slots=True)
class Told:
    """What a request was told: ``status`` and ``headers`` of an answer whose ``body`` lies in a spool.

    ``silence`` instead when there was no whole answer; ``status`` may be there all the same, of one that
    began. ``seconds`` from the request's last byte to the answer's last.
    """

    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: Spool
    source: Source | None
    rule: str | None = None
    silence: NoAnswer | None = None
    seconds: float = 0.0

    def reply(self) -> Answer | NoAnswer:
        """The answer with its body in memory. Raises LookupError when the body was not kept."""
        if self.silence is not None or self.status is None or self.source is None:
            return self.silence or NoAnswer(Silence.UNREACHABLE, GAVE_UP)
        return Answer(self.status, self.headers, self.body.read(), self.source, self.rule)
