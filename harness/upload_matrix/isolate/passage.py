"""Requests that nobody's client sent, taken through a gateway: the same target answers behind it.

What the gateway forwards is asked about and recorded like any other request, so a second time costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from upload_matrix.answers.answering import Answering
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.inspect.calls import operation_for
from upload_matrix.isolate.asker import Asker, Memory
from upload_matrix.matrix.load import load_operations
from upload_matrix.model.answer import Answer, Exchange, NoAnswer
from upload_matrix.model.case import Case, Encoding, Operation
from upload_matrix.model.hop import Crossing
from upload_matrix.model.plan import CallRecord
from upload_matrix.run.through import ThroughGateway
from upload_matrix.wire.form import Captured, WireForm

_NAME = "asked"


@dataclass(frozen=True, slots=True)
class Crossed:
    """What came of one request: the ``reply`` as a client gets it, who spoke and what was forwarded, with the
    forwarded requests' bytes."""

    reply: Answer | NoAnswer
    crossing: Crossing
    forwarded: tuple[Captured, ...]


class Passage:
    """A gateway that requests for ``asker``'s target can take. ``crossed`` are all that did, by wire form."""

    def __init__(self, gateway: Gateway, asker: Asker) -> None:
        self._gateway = gateway
        self._asker = asker
        self._operations = tuple(load_operations().values())
        self.crossed: dict[str, Crossed] = {}

    @property
    def name(self) -> str:
        """What reports call the gateway."""
        return self._gateway.name

    def start(self) -> None:
        """Start the gateway where that was not done; raises ConfigurationError when it cannot be."""
        self._gateway.start(self._asker.answering.root(self._asker.target))

    def take(
        self, request: Captured, answerer: Callable[[Captured], Answer | NoAnswer] | None = None
    ) -> Crossed:
        """Send a request to the gateway; ``answerer`` plays the target, the asker where it is None."""
        self.start()
        case = Case(_NAME, _NAME, {}, self._operation(request.wire), {}, self._asker.target)
        way = ThroughGateway(self._gateway, case, answerer or self._asker.once, self._asker.answering)
        reply = way.answer(request)
        exchanges = (Exchange(1, request, reply),)
        (crossing,) = way.hop(exchanges).crossings
        crossed = Crossed(reply, crossing, tuple(each.request for each in way.forwarded(exchanges)))
        self.crossed[request.wire.digest] = crossed
        return crossed

    def _operation(self, wire: WireForm) -> Operation:
        known = operation_for(wire, self._operations)
        if known is not None:
            return known
        return Operation(f"{wire.method} {wire.path}", wire.method, wire.path, Encoding.JSON)


class ThroughAsker(Asker):
    """Asks the target by way of a gateway. An answer is recorded for what was forwarded, never for what was
    sent: without the gateway another one might come."""

    def __init__(
        self,
        target: str,
        keeping: Answering,
        leaving: Answering | None,
        memory: Memory,
        gateway: Gateway,
        *,
        records: Sequence[CallRecord] = (),
    ) -> None:
        super().__init__(target, keeping, leaving, memory, records=records)
        self.passage = Passage(gateway, self)

    def once(self, request: Captured) -> Answer | NoAnswer:
        """As ``Asker.once``, through the gateway."""
        return self.passage.take(request, super().once).reply

    # What is forwarded has the gateway's own headers, so nothing is lost by recording its answer.
    def ask(
        self,
        request: Captured,
        *,
        recordable: bool = True,  # noqa: ARG002
        fresh: bool = False,
    ) -> Answer | NoAnswer:
        """As ``Asker.ask``, through the gateway; what it forwards has headers of its own."""

        def behind(forwarded: Captured) -> Answer | NoAnswer:
            return Asker.ask(self, forwarded, fresh=fresh)

        return self.passage.take(request, behind).reply

    def known(self, wire: WireForm) -> Answer | None:  # noqa: ARG002
        """Nothing: what the gateway would forward is not known before it did."""
        return None
