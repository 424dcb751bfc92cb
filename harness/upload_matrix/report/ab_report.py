"""A comparison of two variants: as JSON and as a readable report, with the words of both.

The JSON is the truth that the others are views of; there are no times in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from upload_matrix.judge.ab import Ab, AbVerdict, Latency, Side, Test, compare_ab, latency
from upload_matrix.judge.cost import RunCost, cost_of_variant, run_cost
from upload_matrix.judge.proportions import MOST_REPEATS, Habit, variant_of
from upload_matrix.model import codec
from upload_matrix.model.codec import MalformedError, renewed
from upload_matrix.model.outcome import Outcome
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import Price
from upload_matrix.model.result import CaseResult, Environment, Run
from upload_matrix.report.costs import COST_HEADER, cost_cells, price_lines
from upload_matrix.report.document import (
    Block,
    Code,
    Headline,
    Items,
    Listing,
    Marked,
    Paragraph,
    Readable,
    Section,
    Table,
    reports_of,
)
from upload_matrix.report.json_report import CostOf, Count, Proportion, Share, cost_of, proportion_of
from upload_matrix.report.registry import AB
from upload_matrix.report.repeats import percent, proportion, vote_cells
from upload_matrix.report.wording import answer_fields, heading, of_results, plural, short, telling_names
from upload_matrix.wire.difference import Difference
from upload_matrix.wire.form import Digest, WireForms

FORMAT = "upload-matrix ab"
SUFFIX = ".ab.json"
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class AbSide:
    """One of the two, and the requests that it sent."""

    case: str
    target: str
    environment: str
    wires: tuple[Digest, ...]
    repetition: Proportion
    cost: CostOf | None = None


@dataclass(frozen=True, slots=True)
class AbTest:
    """Fisher's exact test of how many of how many calls got the answer ``about`` (none: were accepted)."""

    name: Literal["fisher"]
    p: Share
    significant: bool
    a: tuple[Count, Count]
    b: tuple[Count, Count]
    answers_tried: Count
    about: Outcome | None = None


@renewed
@dataclass(frozen=True, slots=True, kw_only=True)
class AbDocument:
    """A comparison as it is written: ``differences`` on the wire lead from A to B, ``emulated`` says that a
    stand-in answered A or B, ``repeats_needed`` of each it would take for shares like these to differ."""

    format: Literal["upload-matrix ab"] = "upload-matrix ab"
    version: Literal[2] = 2
    verdict: AbVerdict
    exit_code: Annotated[int, Field(json_schema_extra={"enum": [0, 3]})]
    emulated: bool
    same_wire: bool
    a: AbSide
    b: AbSide
    test: AbTest | None = None
    repeats_needed: Count | None = None
    differences: tuple[Difference, ...]
    controls: tuple[Proportion, ...]
    notes: tuple[str, ...]
    prices: tuple[Price, ...]
    environments: tuple[Environment, ...]
    cases: tuple[CaseResult, ...]
    wire_forms: WireForms

    @property
    def run(self) -> Run:
        """The run of both, with their controls."""
        return Run(
            matrices=tuple(dict.fromkeys(result.matrix for result in self.cases)),
            results=self.cases,
            wires=self.wire_forms,
            environments=self.environments,
            notes=self.notes,
            prices=self.prices,
            controls=tuple(each.variant for each in self.controls),
        )

    @property
    def compared(self) -> tuple[Ab, Run]:
        """The comparison and its run: one follows from the other."""
        run = self.run
        return compare_ab(run, self.a.case, self.b.case), run


def chunks(ab: Ab, run: Run) -> Iterator[str]:
    """The comparison in pieces of a line or so; ``run`` is what it compares."""
    cost = run_cost(run)
    return codec.chunks(
        AbDocument(
            verdict=ab.verdict,
            exit_code=ab.exit_code,
            emulated=ab.emulated,
            same_wire=ab.same_wire,
            a=_side(ab.a, cost),
            b=_side(ab.b, cost),
            test=None if ab.test is None else _test(ab.test),
            repeats_needed=ab.needed,
            differences=ab.deltas,
            controls=tuple(map(proportion_of, ab.controls)),
            notes=run.notes,
            prices=run.prices,
            environments=run.environments,
            cases=run.results,
            wire_forms=run.wires,
        )
    )


def dump(ab: Ab, run: Run) -> str:
    """The whole comparison as text."""
    return "".join(chunks(ab, run))


def load(text: str, name: str) -> AbDocument:
    """Read a comparison back; ``name`` is its file, for messages.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    way_out = "Write it again with `ab`."
    return codec.load(AbDocument, text, name, build=_whole, what="A/B", way_out=way_out)


def _whole(document: AbDocument) -> AbDocument:
    variants = {variant_of(result) for result in document.cases}
    for side in (document.a, document.b):
        if side.case not in variants:
            raise MalformedError(f"lacks the results of {side.case}")
    for result in document.cases:
        for attempt in result.attempts:
            if attempt.wire not in document.wire_forms:
                raise MalformedError(f"lacks the wire form {attempt.wire!r}")
    return document


def _side(side: Side, cost: RunCost | None) -> AbSide:
    own = None if cost is None else cost_of_variant(cost, side.variant)
    return AbSide(
        case=side.variant,
        target=side.result.target,
        environment=side.result.environment,
        wires=side.wires,
        repetition=proportion_of(side.repetition),
        cost=None if own is None else cost_of(own.cost),
    )


def _test(test: Test) -> AbTest:
    return AbTest(
        name="fisher",
        p=float(f"{test.p:.{_DIGITS}g}"),
        significant=test.significant,
        a=(test.a, test.of_a),
        b=(test.b, test.of_b),
        answers_tried=test.tried,
        about=test.about,
    )


# -- words --


SAME_REQUEST = "the same request: any difference is the client's reading"

NOT_MEASURED = "not measured: no live call was made in this run"


def verdict(ab: Ab) -> str:
    """One line that says what came out, marked where a stand-in answered."""
    words = _verdict(ab)
    return f"{words} (emulated)" if ab.emulated else words


def _verdict(ab: Ab) -> str:
    both = f"A {proportion(ab.a.repetition)}, B {proportion(ab.b.repetition)}"
    match ab.verdict:
        case AbVerdict.DIFFERENT:
            return f"≠ told apart: {both}"
        case AbVerdict.ALIKE:
            return f"= no difference: {both}"
        case AbVerdict.SAME_REQUEST:
            return f"= {SAME_REQUEST}: {both}"
        case AbVerdict.UNTOLD:
            return f"? could not be told apart: {both}"
        case AbVerdict.SILENT:
            return f"? no statement: {both}"


def sentences(ab: Ab) -> Iterator[str]:
    """What stands behind the verdict: the test, what it would take, what the control said."""
    if ab.test is not None and ab.verdict in (AbVerdict.DIFFERENT, AbVerdict.UNTOLD):
        yield tested(ab.test)
    for name, side in (("A", ab.a), ("B", ab.b)):
        if not side.wires and side.repetition.votes:
            yield f"{name} sent nothing: {side.result.outcome.detail or heading(side.result.outcome)}"
    yield from _outlook(ab)
    yield from _readings(ab)
    emulated = [name for name, side in (("A", ab.a), ("B", ab.b)) if side.repetition.emulated]
    if emulated:
        yield (
            f"the answers to {' and '.join(emulated)} are emulated: a stand-in gives the same each time, so "
            "repetition proves nothing, and what it says is not the vendor's word"
        )
    for each in ab.controls:
        word = "passes" if each.habit is Habit.ALWAYS and each.accepted else "says"
        yield f"the control `{each.variant}` {word}: {proportion(each)}"
    if not ab.controls:
        yield "no control was sent along: a server in trouble cannot be told from one that rejects"


def tested(test: Test) -> str:
    """Fisher's test in a sentence."""
    about = "accepted" if test.about is None else f"`{heading(test.about)}`"
    corrected = f", corrected for {plural(test.tried, 'answer')} looked at" if test.tried > 1 else ""
    judged = "more than chance" if test.significant else "chance could do that"
    return (
        f"{about}: A {test.a} of {test.of_a}, B {test.b} of {test.of_b}; Fisher's exact test gives "
        f"{probability(test.p)}{corrected}: {judged}"
    )


def probability(p: float) -> str:
    """``p = 0.0079``, ``p < 0.0001``: never a zero."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def answer(ab: Ab) -> str:
    """What came out, each by what tells it from the other: ``tuple3 accepted 10/10, bytesio 0/10``."""
    first, second = names(ab)
    a, b = ab.a.repetition, ab.b.repetition
    if ab.verdict is AbVerdict.SAME_REQUEST:
        return f"{first} and {second} send the same request"
    # Where what differs is another answer than "accepted", or nothing voted, each is told in full.
    if not (a.of and b.of) or not (a.accepted or b.accepted) or (ab.test and ab.test.about):
        return f"{first} {proportion(a)}, {second} {proportion(b)}"
    return f"{first} accepted {a.accepted}/{a.of}, {second} {b.accepted}/{b.of}"


def names(ab: Ab) -> tuple[str, str]:
    """What tells A from B in the fewest words: of the ids, else target or environment; else A and B."""
    a, b = ab.a, ab.b
    if a.variant != b.variant:
        told = telling_names((a.variant, b.variant))
        return told[a.variant], told[b.variant]
    for of_a, of_b in (
        (a.result.target, b.result.target),
        (a.result.environment, b.result.environment),
    ):
        if of_a != of_b:
            return of_a, of_b
    return "A", "B"


def _outlook(ab: Ab) -> Iterator[str]:
    """What it would take, where it could not be told; how much may be hidden, where nothing differs."""
    if ab.verdict is AbVerdict.UNTOLD and ab.needed is not None:
        most = max(ab.a.repetition.of, ab.b.repetition.of)
        yield (
            f"to tell shares like these apart takes about {plural(ab.needed, 'repetition')} of each "
            f"(--repeat {ab.needed}); there were {most}"
        )
    elif ab.verdict is AbVerdict.UNTOLD:
        yield (
            "their shares are equal or too close: no number of repetitions up to "
            f"{MOST_REPEATS} would tell shares like these apart"
        )
    elif ab.verdict is AbVerdict.ALIKE and not ab.emulated:
        for name, side in (("A", ab.a), ("B", ab.b)):
            if side.repetition.interval is not None:
                votes = plural(side.repetition.of, "vote")
                yield (
                    f"as far as {votes} can show it, {name} is accepted in "
                    f"{percent(side.repetition.interval)} of calls (95 %)"
                )
    elif ab.verdict is AbVerdict.SILENT:
        for name, side in (("A", ab.a), ("B", ab.b)):
            if side.repetition.habit is Habit.SILENT:
                why = side.result.outcome.detail or heading(side.result.outcome)
                yield f"{name} has no outcome that says anything about the upload: {why}"


def _readings(ab: Ab) -> Iterator[str]:
    """Where both sent the same and the clients made something else of it."""
    a, b = ab.a.result.client.read, ab.b.result.client.read
    if ab.verdict is AbVerdict.SAME_REQUEST and a != b and a and b:
        yield f"the clients read it differently: A {a}, B {b}"


def sent(side: Side) -> str:
    """The wire form's name, or why there is none."""
    if not side.wires:
        return f"nothing ({short(side.result.outcome)})"
    if len(side.wires) == 1:
        return f"wire form {side.wires[0]}"
    return f"{len(side.wires)} wire forms, another from round to round"


def difference(ab: Ab) -> str:
    """The heading of the wire difference."""
    if ab.same_wire:
        return "A and B send the same request"
    if not ab.a.wires or not ab.b.wires:
        return "there is no pair of requests to compare"
    return f"{plural(len(ab.deltas), 'difference')} on the wire, from A to B"


def took(measured: Latency) -> str:
    """``1.24 s (0.98 s to 2.10 s), of 9 calls``: the median with its interval."""
    if measured.median is None:
        return NOT_MEASURED
    told = f"median {seconds(measured.median)}"
    interval = measured.interval
    told += (
        " (too few for an interval)"
        if interval is None
        else f" ({seconds(interval.low)} to {seconds(interval.high)})"
    )
    number = len(measured.seconds)
    of = (
        plural(number, "call")
        if number == measured.calls
        else f"{number} of {plural(measured.calls, 'call')}"
    )
    return f"{told}, {of}"


def seconds(value: float) -> str:
    """``1.24 s``, ``38 ms``."""
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms"


# -- the readable report --


MARKDOWN_SUFFIX = ".ab.md"


def readable(ab: Ab, run: Run, calls: Sequence[CallRecord] = (), *, again: str = "") -> Readable:
    """The comparison; ``calls`` are the live calls of this run, ``again`` the command that repeats it."""
    conclusions = Items(tuple(map(Marked, (*sentences(ab), *run.notes))))
    return Readable(
        "A/B",
        (Headline(verdict(ab), of_results(run.results)),),
        (
            Section("Conclusions", (conclusions,), 0),
            Section("What was sent", tuple(_requests(ab))),
            _outcomes(ab),
            *_answers(ab),
            *_latency(ab, calls),
            *_cost(ab, run),
        ),
        (Paragraph("Run it again:"), Listing(again, "sh")) if again else (),
        word=ab.verdict.value,
    )


def _sides(ab: Ab) -> tuple[tuple[str, Side], ...]:
    return ("A", ab.a), ("B", ab.b)


def _requests(ab: Ab) -> Iterator[Block]:
    rows = tuple(
        (name, Code(side.variant), Code(side.result.target), Code(side.result.environment), sent(side))
        for name, side in _sides(ab)
    )
    yield Table(("", "case", "target", "environment", "request"), rows)
    yield Paragraph(f"{difference(ab)}{':' if ab.deltas else '.'}")
    if ab.deltas:
        yield Items(tuple(Code(str(delta)) for delta in ab.deltas))


def _outcomes(ab: Ab) -> Section:
    rows = tuple((name, *vote_cells(side.repetition)) for name, side in _sides(ab))
    return Section("Outcomes", (Table(("", "outcome", "share accepted, 95 %", "votes", "no vote"), rows),))


def _answers(ab: Ab) -> Iterator[Section]:
    """What the server said where it did not accept, field by field."""
    rows = tuple(
        (name, f"{tally.number}×", field, Code(value))
        for name, side in _sides(ab)
        for tally in (*side.repetition.votes, *side.repetition.silent)
        if tally.outcome.message
        for field, value in answer_fields(tally.outcome)
    )
    if rows:
        yield Section("Answers", (Table(("", "times", "field", "as it was said"), rows),))


def _latency(ab: Ab, calls: Sequence[CallRecord]) -> Iterator[Section]:
    measured = [(name, latency(side, calls)) for name, side in _sides(ab)]
    if any(each.calls for _, each in measured):
        table = Table(("", "until the answer"), tuple((name, took(each)) for name, each in measured))
        note = "Measured in this run, from this machine: a replay has no such times, another run has others."
        yield Section("Latency (measured)", (table, Paragraph(note)), name="Latency")


def _cost(ab: Ab, run: Run) -> Iterator[Section]:
    found = run_cost(run)
    if found is None:
        if not ab.emulated and (ab.a.wires or ab.b.wires):
            yield Section("Cost", (Paragraph("Unknown: no live answer says what it used."),))
        return
    owned = [(name, cost_of_variant(found, side.variant)) for name, side in _sides(ab)]
    rows = tuple((name, *cost_cells(own.cost, own.shared)) for name, own in owned if own is not None)
    yield Section("Cost", (Table(("", *COST_HEADER), rows), *price_lines(run)))


REPORTS = reports_of(AB, lambda document: readable(*document.compared))
