"""A comparison of two variants in words: the same sentences in the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.judge.ab import Ab, AbVerdict, Side, Test
from upload_matrix.judge.measured import Latency
from upload_matrix.judge.proportions import Habit
from upload_matrix.judge.statistics import MOST_REPEATS
from upload_matrix.model.wirediff import Delta
from upload_matrix.report.repeats_words import percent, proportion
from upload_matrix.report.wording import heading, plural, short

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
        f"p = {probability(test.p)}{corrected}: {judged}"
    )


def probability(p: float) -> str:
    """``0.0079``, and never a zero."""
    return "less than 0.0001" if p < 0.0001 else f"{p:.2g}"


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
        return "A and B send the same request, part by part"
    if not ab.a.wires or not ab.b.wires:
        return "there is no pair of requests to compare"
    return f"{plural(len(ab.deltas), 'difference')} on the wire, from A to B"


def delta(each: Delta) -> str:
    """One difference."""
    return str(each)


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
