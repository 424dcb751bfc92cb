"""The search itself, as a generator: it yields questions, is sent replies, and returns the isolation.

Finding one cause: the changes stand in a fixed order, and the shortest beginning of it that makes the passing
request fail is found by halving. Its last change belongs to the cause. It is kept, and the shortest beginning
that fails *together with what is kept* is looked for among the changes before it, until what is kept fails by
itself. For a cause of t of n changes that takes at most t(ceil(log2 n) + 1) questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from upload_matrix.judge.isolate.asking import Known, Notebook, SearchOptions, Stopped, Wanted
from upload_matrix.judge.isolate.result import (
    Cause,
    Hybrids,
    Isolation,
    Purpose,
    Question,
    Reply,
    Signature,
    Stop,
    Vote,
)
from upload_matrix.judge.isolate.words import sentence
from upload_matrix.model.answer import Answer
from upload_matrix.wire.difference import Difference, Kind, by_nearness, closure, without
from upload_matrix.wire.form import WireForm

# In which order changes are suspected, and where a search is best cut in two.


LIKELIHOOD: Mapping[Kind | None, float] = {
    # The field report's cause, and most of the public reports listed in the emulator's profiles.
    Kind.CONTENT_TYPE: 10,
    Kind.FILENAME: 6,
    Kind.NAME: 4,
    Kind.BODY: 4,
    Kind.CONTENT: 3,
    Kind.PRESENCE: 3,
    Kind.FIELD: 2,
    Kind.MEDIA_TYPE: 2,
    Kind.FRAMING: 1,
    Kind.METHOD: 1,
    Kind.PATH: 1,
    Kind.QUERY: 1,
    Kind.DISPOSITION: 0.5,
    Kind.PART_HEADER: 0.5,
    Kind.ORDER: 0.5,
    Kind.HEADER: 0.25,
}
"""Relative weights. They decide where a search looks first, never what it finds or how much it may cost."""


def ordered(changes: Sequence[Difference]) -> tuple[Difference, ...]:
    """The likeliest first, but none before what it requires."""
    by_name = {change.where: change for change in changes}
    ranked = sorted(changes, key=lambda change: -LIKELIHOOD[change.kind])
    placed: dict[str, Difference] = {}

    def place(change: Difference) -> None:
        if change.where in placed:
            return
        for needed in ranked:
            if needed.where in change.requires:
                place(needed)
        placed[change.where] = by_name[change.where]

    for change in ranked:
        place(change)
    return tuple(placed.values())


def cut(low: int, high: int, changes: Sequence[Difference], barred: Collection[int]) -> int | None:
    """A number of changes between ``low`` and ``high``, both excluded, to ask about; None: all are barred.

    ``low`` of them are known not to fail and ``high`` to fail. Of all cuts that still let the search end in
    ceil(log2(high - low)) questions, the one with half of the likelihood on either side.
    """
    half = 1 << ((high - low - 1).bit_length() - 1) if high - low > 1 else 0
    inside = [place for place in range(low + 1, high) if place not in barred]
    allowed = [place for place in inside if place - low <= half and high - place <= half] or inside
    if not allowed:
        return None
    sums = list(accumulate((LIKELIHOOD[change.kind] for change in changes[low:high]), initial=0.0))
    return min(allowed, key=lambda place: (abs(sums[place - low] - sums[-1] / 2), place))


# Which changes are worth asking about: those that show on the wire, likeliest first.


def effective(hybrids: Hybrids) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """The changes likeliest first, without those that leave the wire as it is at both ends; and those."""
    order = list(ordered(hybrids.changes))
    dropped = []
    for change in reversed(tuple(order)):
        rest = [other for other in order if other is not change]
        if any(change.where in other.requires for other in rest):
            continue
        alone = closure({change.where}, order)
        everything = frozenset(other.where for other in order)
        if hybrids.key(alone) == hybrids.key(alone - {change.where}) and (
            hybrids.key(everything) == hybrids.key(everything - {change.where})
        ):
            order = rest
            dropped.append(change)
    return tuple(order), tuple(reversed(dropped))


Searching = Generator[Question, Reply | None, Isolation]


_PASSING: frozenset[str] = frozenset()
_SEARCHING = (Purpose.SEARCH, Purpose.SUFFICIENT)
_EARLY = (Stop.BUDGET, Stop.UNRESOLVED, Stop.ENVIRONMENT)


def search(hybrids: Hybrids, known: Known, options: SearchOptions) -> Searching:
    """Isolate. Sending None for a reply ends it with what is known by then."""
    return _Search(hybrids, known, options).run()


def _rejected(reply: Reply) -> bool:
    return reply.vote is Vote.REJECTED


def _fails_as(signature: Signature) -> Wanted:
    return lambda reply: reply.signature == signature


class _Search:
    def __init__(self, hybrids: Hybrids, known: Known, options: SearchOptions) -> None:
        self._hybrids = hybrids
        self._options = options
        self._notebook = Notebook(hybrids, known, options)
        self._order, self._dropped = effective(hybrids)
        self._all = frozenset(change.where for change in self._order)
        self._signature: Signature | None = None
        self._causes: list[Cause] = []
        self._narrowed = self._order
        self._suspected: tuple[Difference, ...] = ()

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
        rejected = yield from self._notebook.settle(_PASSING, _rejected, Purpose.PASSING, anew=anew)
        if rejected is not False:
            return Stop.NO_ANSWER if rejected is None else Stop.PASSING_FAILS
        suspects: Sequence[Difference] = self._order
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
        self, suspects: Sequence[Difference], signature: Signature
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
        self, suspects: Sequence[Difference], signature: Signature
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
        self, suspects: Sequence[Difference], high: int, kept: Sequence[str], wanted: Wanted
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

    def _narrow(self, suspects: Sequence[Difference], low: int, high: int, kept: Sequence[str]) -> None:
        self._narrowed = tuple(self._in_order({*kept, *(change.where for change in suspects[:high])}))
        self._suspected = tuple(suspects[low:high])

    def _recorded(
        self, suspects: Sequence[Difference], low: int, high: int, kept: Sequence[str], wanted: Wanted
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

    def _beginning(self, suspects: Sequence[Difference], length: int, kept: Iterable[str]) -> frozenset[str]:
        return self._closed({*kept, *(change.where for change in suspects[:length])})

    def _closed(self, kept: Iterable[str]) -> frozenset[str]:
        return closure(kept, self._order)

    def _in_order(self, chosen: Iterable[str]) -> list[Difference]:
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
            disputed=next((entry.reply.disputed for entry in asked if entry.reply.disputed), ""),
        )
        return replace(result, sentence=sentence(result))


# Two ways through the search: step by step from what was answered, and all at once with somebody to ask.


def nothing_known(_: frozenset[str]) -> None:
    """No recordings."""
    return


def step(
    hybrids: Hybrids,
    replies: Sequence[Reply | None],
    known: Known = nothing_known,
    options: SearchOptions | None = None,
) -> Question | Isolation:
    """The next question after ``replies`` to the questions before it, in turn; the result when there is none.

    Stateless: the same replies lead to the same question, so an isolation that was interrupted goes on from
    its list of replies, as long as ``known`` says the same. A reply of None ends it (the budget is used up).
    Replies beyond the last question are not looked at.
    """
    searching = search(hybrids, known, options or SearchOptions())
    try:
        question = next(searching)
        for reply in replies:
            question = searching.send(reply)
    except StopIteration as end:
        found: Isolation = end.value
        return found
    searching.close()
    return question


def isolate(
    hybrids: Hybrids,
    ask: Callable[[Question], Reply | None],
    known: Known = nothing_known,
    options: SearchOptions | None = None,
) -> Isolation:
    """Isolate, asking as many questions as it takes.

    ``ask`` has the question's request built and sent; it gives None when it may not ask any more (a budget of
    money), and the isolation ends with what is known. ``known`` looks up recordings, and costs nothing::

        splicer = Splicer(passing, failing)

        def ask(question):
            return reply_of(send(splicer.craft(question.kept).request))

        def known(kept):
            answer = recorded(splicer.form(kept)) if splicer.recordable(kept) else None
            return None if answer is None else reply_of(answer)

        result = isolate(splicer, ask, known)
    """
    searching = search(hybrids, known, options or SearchOptions())
    try:
        question = next(searching)
        while True:
            question = searching.send(ask(question))
    except StopIteration as end:
        found: Isolation = end.value
        return found


# Where no passing request is given: the nearest one among recordings.


def nearest_passing(failing: WireForm, recordings: Iterable[tuple[WireForm, Answer]]) -> tuple[WireForm, ...]:
    """The accepted forms for the same method and path, the one with the fewest differences first.

    Several, because the bytes of the nearest may not be at hand. Equally near ones stand by digest.
    """
    passing = {
        wire.digest: wire
        for wire, answer in recordings
        if 200 <= answer.status < 300 and (wire.method, wire.path) == (failing.method, failing.path)
    }
    return tuple(wire for wire, _ in by_nearness(failing, passing.values()))
