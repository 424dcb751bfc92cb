"""The search itself, as a generator: it yields questions, is sent replies, and returns the isolation.

Finding one cause: the changes stand in a fixed order, and the shortest beginning of it that makes the passing
request fail is found by halving. Its last change belongs to the cause. It is kept, and the shortest beginning
that fails *together with what is kept* is looked for among the changes before it, until what is kept fails by
itself. For a cause of t of n changes that takes at most t(ceil(log2 n) + 1) questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

from upload_matrix.judge.isolate.effective import effective
from upload_matrix.judge.isolate.notebook import Known, Notebook, Options, Stopped, Wanted
from upload_matrix.judge.isolate.prior import cut
from upload_matrix.judge.isolate.questions import Hybrids, Purpose, Question
from upload_matrix.judge.isolate.result import Cause, Isolation, Stop
from upload_matrix.judge.isolate.votes import Reply, Signature, Vote
from upload_matrix.judge.isolate.words import sentence
from upload_matrix.wire.difference import Change, closure, without

Searching = Generator[Question, Reply | None, Isolation]


_PASSING: frozenset[str] = frozenset()
_SEARCHING = (Purpose.SEARCH, Purpose.SUFFICIENT)
_EARLY = (Stop.BUDGET, Stop.UNRESOLVED, Stop.ENVIRONMENT)


def search(hybrids: Hybrids, known: Known, options: Options) -> Searching:
    """Isolate. Sending None for a reply ends it with what is known by then."""
    return _Search(hybrids, known, options).run()


def _rejected(reply: Reply) -> bool:
    return reply.vote is Vote.REJECTED


def _fails_as(signature: Signature) -> Wanted:
    return lambda reply: reply.signature == signature


class _Search:
    def __init__(self, hybrids: Hybrids, known: Known, options: Options) -> None:
        self._hybrids = hybrids
        self._options = options
        self._notebook = Notebook(hybrids, known, options)
        self._order, self._dropped = effective(hybrids)
        self._all = frozenset(change.where for change in self._order)
        self._signature: Signature | None = None
        self._causes: list[Cause] = []
        self._narrowed = self._order
        self._suspected: tuple[Change, ...] = ()

    def run(self) -> Searching:
        try:
            stopped = yield from self._isolate()
        except Stopped as early:
            stopped = early.why
        return self._result(stopped)

    def _isolate(self) -> Generator[Question, Reply | None, Stop]:
        if not self._order or self._hybrids.key(self._all) == self._hybrids.key(_PASSING):
            return Stop.SAME_WIRE
        signature = yield from self._failing_end()
        self._signature = signature
        anew = self._options.reconfirm
        refused = yield from self._notebook.settle(_PASSING, _rejected, Purpose.PASSING, anew=anew)
        if refused is not False:
            return Stop.NO_ANSWER if refused is None else Stop.PASSING_FAILS
        suspects: Sequence[Change] = self._order
        while True:
            yield from self._one_cause(suspects, signature)
            rest = without({change.where for cause in self._causes for change in cause.changes}, self._order)
            left: bool | None = False
            if self._hybrids.key(rest) != self._hybrids.key(_PASSING):
                left = yield from self._notebook.settle(rest, _rejected, Purpose.NECESSARY)
            self._causes[-1] = replace(self._causes[-1], necessary=None if left is None else not left)
            if left is None:
                return Stop.UNRESOLVED
            if not left:
                return Stop.FOUND
            if len(self._causes) == self._options.most_causes:
                return Stop.MANY_CAUSES
            signature = yield from self._signature_of(rest, Purpose.NEXT_FAILURE)
            suspects = [change for change in self._order if change.where in rest]

    def _failing_end(self) -> Generator[Question, Reply | None, Signature]:
        anew = self._options.reconfirm
        fails = yield from self._notebook.settle(self._all, _rejected, Purpose.FAILING, anew=anew)
        if fails is not True:
            raise Stopped(Stop.NO_ANSWER if fails is None else Stop.FAILING_PASSES)
        return (yield from self._signature_of(self._all, Purpose.FAILING, self._options.signature))

    def _signature_of(
        self, kept: frozenset[str], purpose: Purpose, wanted: Signature | None = None
    ) -> Generator[Question, Reply | None, Signature]:
        """How a request fails that is known to: the commonest signature, when it holds by itself."""
        seen = Counter(reply.signature for reply in self._notebook.votes(kept) if reply.signature is not None)
        signature = wanted or seen.most_common(1)[0][0]
        steady = yield from self._notebook.settle(kept, _fails_as(signature), purpose)
        if not steady:
            raise Stopped(Stop.UNSTABLE)
        return signature

    def _one_cause(
        self, suspects: Sequence[Change], signature: Signature
    ) -> Generator[Question, Reply | None, None]:
        before = self._searched()
        kept = yield from self._sufficient(suspects, signature)
        searched = self._searched() - before
        self._narrowed = tuple(self._in_order(kept))
        kept, minimal = yield from self._minimal(kept, signature)
        along = closure(kept, self._order) - set(kept)
        cause = Cause(
            changes=tuple(self._in_order(kept)),
            along=tuple(self._in_order(along)),
            signature=signature,
            sufficient=True,
            minimal=minimal,
            necessary=None,
            searched=searched,
            of=len(suspects),
        )
        self._causes.append(cause)
        self._narrowed = self._suspected = ()

    def _sufficient(
        self, suspects: Sequence[Change], signature: Signature
    ) -> Generator[Question, Reply | None, list[str]]:
        """Changes that fail by themselves, found by halving; all but the last proven to be needed."""
        wanted = _fails_as(signature)
        kept: list[str] = []
        high = len(suspects)
        while True:
            self._narrow(suspects, 0, high, kept)
            if kept:
                alone = yield from self._notebook.settle(self._closed(kept), wanted, Purpose.SUFFICIENT)
                if alone:
                    return kept
                if alone is None:
                    raise Stopped(Stop.UNRESOLVED)
            high = yield from self._shortest(suspects, high, kept, wanted)
            high -= 1
            kept.append(suspects[high].where)

    def _shortest(
        self, suspects: Sequence[Change], high: int, kept: Sequence[str], wanted: Wanted
    ) -> Generator[Question, Reply | None, int]:
        """How long the shortest beginning is that fails with what is kept; ``high`` is known to, 0 not to."""
        low = 0
        barred: set[int] = set()
        while high - low > 1:
            low, high = self._recorded(suspects, low, high, kept, wanted)
            self._narrow(suspects, low, high, kept)
            place = cut(low, high, suspects, barred)
            if high - low <= 1:
                break
            if place is None:
                # Every request in between stays open, so these changes cannot be told apart.
                raise Stopped(Stop.UNRESOLVED)
            request = self._beginning(suspects, place, kept)
            fails = yield from self._notebook.settle(request, wanted, Purpose.SEARCH)
            if fails is None:
                barred.add(place)
            elif fails:
                high = place
            else:
                low = place
        return high

    def _narrow(self, suspects: Sequence[Change], low: int, high: int, kept: Sequence[str]) -> None:
        self._narrowed = tuple(self._in_order({*kept, *(change.where for change in suspects[:high])}))
        self._suspected = tuple(suspects[low:high])

    def _recorded(
        self, suspects: Sequence[Change], low: int, high: int, kept: Sequence[str], wanted: Wanted
    ) -> tuple[int, int]:
        """The same stretch, shortened by all that is known without asking."""
        known = {
            place: self._notebook.free(self._beginning(suspects, place, kept), wanted, Purpose.SEARCH)
            for place in range(low + 1, high)
        }
        high = min((place for place, fails in known.items() if fails), default=high)
        low = max((place for place, fails in known.items() if fails is False and place < high), default=low)
        return low, high

    def _minimal(
        self, kept: list[str], signature: Signature
    ) -> Generator[Question, Reply | None, tuple[list[str], bool | None]]:
        """Without changes that need not be there, and whether none is left of them.

        Where more changes never make a failure go away, the search kept only what is needed, and this
        confirms it.
        """
        wanted = _fails_as(signature)
        minimal: bool | None = True
        for where in kept:
            fewer = self._closed(kept) & without({where}, self._order)
            if self._hybrids.key(fewer) == self._hybrids.key(_PASSING):
                continue
            fails = yield from self._notebook.settle(fewer, wanted, Purpose.MINIMAL)
            if fails:
                left = [other for other in kept if other in fewer]
                # What came along with the one taken back has to be named now.
                left += [other.where for other in self._in_order(fewer - self._closed(left))]
                return (yield from self._minimal(left, signature))
            if fails is None:
                minimal = None
        return kept, minimal

    def _beginning(self, suspects: Sequence[Change], length: int, kept: Iterable[str]) -> frozenset[str]:
        return self._closed({*kept, *(change.where for change in suspects[:length])})

    def _closed(self, kept: Iterable[str]) -> frozenset[str]:
        return closure(kept, self._order)

    def _in_order(self, chosen: Iterable[str]) -> list[Change]:
        names = frozenset(chosen)
        return [change for change in self._order if change.where in names]

    def _searched(self) -> int:
        return sum(purpose in _SEARCHING for purpose in self._notebook.decided)

    def _result(self, stopped: Stop) -> Isolation:
        asked = tuple(self._notebook.asked)
        named = {change.where for cause in self._causes for change in (*cause.changes, *cause.along)}
        proven = stopped is Stop.FOUND
        result = Isolation(
            stopped=stopped,
            signature=self._signature,
            causes=tuple(self._causes),
            changes=tuple(self._order),
            dropped=self._dropped,
            narrowed=self._narrowed if stopped in _EARLY else (),
            suspected=self._suspected if stopped in _EARLY else (),
            exonerated=tuple(change for change in self._order if change.where not in named) if proven else (),
            asked=asked,
            calls=self._notebook.calls,
            recorded=sum(entry.reply.recorded for entry in asked),
            inconclusive=sum(
                entry.reply.vote is Vote.INCONCLUSIVE and not entry.reply.recorded for entry in asked
            ),
            emulated=any(entry.reply.emulated for entry in asked),
        )
        return replace(result, sentence=sentence(result))
