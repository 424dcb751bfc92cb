"""Repetitions in words, the same in every report (``flaky 3/5 (23 % to 88 %)``), and as a section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor

from upload_matrix.judge.proportions import Habit, Interval, Repetition, Successes, repetitions
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.result import Run
from upload_matrix.report.document import Block, Code, Paragraph, Section, Table, Words
from upload_matrix.report.wording import heading, plural, short


def proportion(repetition: Repetition) -> str:
    """The outcome as a proportion: of the votes alone, with its interval where it is not always the same."""
    if repetition.habit is Habit.SILENT:
        return f"no statement in {plural(repetition.rounds, 'round')}"
    if repetition.habit is Habit.ALWAYS:
        return f"{heading(repetition.votes[0].outcome)} {repetition.of}/{repetition.of}"
    if repetition.habit is Habit.VARIED:
        return f"never accepted 0/{repetition.of}, with {len(repetition.votes)} different answers"
    words = f"flaky {repetition.accepted}/{repetition.of}"
    return words if repetition.interval is None else f"{words} ({percent(repetition.interval)})"


def percent(interval: Interval) -> str:
    """``23 % to 88 %``, rounded outwards."""
    # Rounded a little first: 100 times a share may miss a whole number by the last bit.
    low, high = (round(100 * share, 6) for share in (interval.low, interval.high))
    return f"{floor(low)} % to {ceil(high)} %"


def tallies(found: Sequence[Successes], of: int | None = None) -> str:
    """``✓ accepted 3/5, ✗ 400 invalid_value 2/5``; without ``of`` as ``? inconclusive 503 2×``."""
    return ", ".join(
        f"{short(tally.outcome)} {tally.number}" + ("×" if of is None else f"/{of}") for tally in found
    )


def environment(repetition: Repetition) -> str:
    """Why rejections of some rounds do not vote; empty when all do."""
    if not repetition.environment:
        return ""
    rounds = ", ".join(map(str, repetition.environment))
    word = "round" if len(repetition.environment) == 1 else "rounds"
    return (
        f"environment: in {word} {rounds} the control did not pass either, so "
        f"{tallies(repetition.discounted)} does not vote"
    )


def summed_up(found: Iterable[Repetition]) -> str:
    """One line for all: ``repeated 5 times: 4 variants, 3 always the same, 1 flaky``; empty for none."""
    found = tuple(found)
    if not found:
        return ""
    rounds = sorted({repetition.rounds for repetition in found})
    times = f"{rounds[0]}" if len(rounds) == 1 else f"{rounds[0]} to {rounds[-1]}"
    numbers = [
        (Habit.ALWAYS, "always the same"),
        (Habit.SOMETIMES, "flaky"),
        (Habit.VARIED, "never accepted, with different answers"),
        (Habit.SILENT, "without a statement"),
    ]
    told = [
        f"{number} {words}"
        for habit, words in numbers
        if (number := sum(repetition.habit is habit for repetition in found))
    ]
    troubled = sum(bool(repetition.environment) for repetition in found)
    if troubled:
        told.append(f"{troubled} with rounds in which the control did not pass")
    return f"repeated {times} times: {plural(len(found), 'variant')}, {', '.join(told)}"


def order(repetition: Repetition) -> int:
    """What a reader wants first: flaky, then varied, troubled, silent, and what is always the same last."""
    if repetition.habit is Habit.ALWAYS:
        accepted = repetition.votes[0].outcome.kind is OutcomeKind.ACCEPTED
        return 3 + accepted - 2 * bool(repetition.environment)
    return 0


# -- the section --


TITLE = "Repetitions"
MOST_ROWS = 150

_EMPTY = "–"

LEGEND = (
    "Votes are outcomes that say something about the upload; inconclusive ones do not vote. The interval is "
    "that of the share of accepted (Wilson, 95 %). The control is known to pass: where it did not, although "
    "it passes in other rounds, a rejection says something about the server, not about the upload."
)


def repeats_section(run: Run) -> Iterator[Section]:
    """The section, unless nothing was repeated; what is not always the same stands first."""
    found = repetitions(run)
    if not found:
        return
    ranked = sorted(found, key=order)
    words = summed_up(found)
    header = ("variant", "outcome", "share accepted", "votes", "no vote")
    blocks: list[Block] = [Paragraph(f"{words[:1].upper()}{words[1:]}.")]
    blocks.append(Table(header, tuple(map(_row, ranked[:MOST_ROWS]))))
    if len(ranked) > MOST_ROWS:
        blocks.append(Paragraph(f"{plural(len(ranked) - MOST_ROWS, 'more variant')} in the JSON report."))
    if any(each.emulated for each in found):
        blocks.append(
            Paragraph(
                "Emulated answers are the same each time by their making: repetition proves nothing there."
            )
        )
    yield Section(TITLE, (*blocks, Paragraph(LEGEND)))


def _row(each: Repetition) -> tuple[Words, ...]:
    who = (" (control)" if each.control else "") + (" (emulated)" if each.emulated else "")
    return ((Code(each.variant), who), *vote_cells(each))


def vote_cells(each: Repetition) -> tuple[Words, ...]:
    """Outcome, share accepted, votes and what does not vote, as cells."""
    silent = [tallies(each.silent)] if each.silent else []
    silent += [environment(each)] if each.environment else []
    return (
        proportion(each),
        _EMPTY if each.interval is None else percent(each.interval),
        tallies(each.votes, each.of) if each.votes else _EMPTY,
        "; ".join(silent) or _EMPTY,
    )
