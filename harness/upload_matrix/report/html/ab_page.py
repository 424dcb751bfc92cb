"""The page of two variants side by side: whether they differ by more than chance, and what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upload_matrix.judge.ab import Ab, AbVerdict, Side
from upload_matrix.judge.cost import summed
from upload_matrix.model.call import CallRecord
from upload_matrix.model.result import Run
from upload_matrix.report import ab_report
from upload_matrix.report.costs import amount
from upload_matrix.report.html.page import OPEN, PLAIN, Page, find_sections
from upload_matrix.report.html.prose import emulated
from upload_matrix.report.html.prose import sentence as capital
from upload_matrix.report.wording import of_results

SUFFIX = ".ab.html"

_HEADLINES = {
    AbVerdict.DIFFERENT: "A and B are told apart",
    AbVerdict.ALIKE: "No difference between A and B",
    AbVerdict.SAME_REQUEST: "A and B send the same request",
    AbVerdict.UNTOLD: "A and B could not be told apart",
    AbVerdict.SILENT: "No statement about A and B",
}


@dataclass(frozen=True, slots=True)
class AbTold:
    """What the sections of this page tell of: ``calls`` are the live ones of this run, ``again`` the command
    that compares the same recordings again (empty: not told)."""

    ab: Ab
    run: Run
    calls: tuple[CallRecord, ...] = ()
    again: str = ""

    @property
    def sides(self) -> tuple[tuple[str, Side], ...]:
        """A and B by their letters."""
        return ("A", self.ab.a), ("B", self.ab.b)


def render(ab: Ab, run: Run, calls: Sequence[CallRecord] = (), *, again: str = "") -> str:
    """The whole page as text. Without ``calls`` it holds no times, and the same comparison gives the same
    bytes."""
    return "".join(chunks(ab, run, calls, again=again))


def chunks(ab: Ab, run: Run, calls: Sequence[CallRecord] = (), *, again: str = "") -> Iterator[str]:
    """The page in pieces."""
    return page(AbTold(ab, run, tuple(calls), again)).chunks()


def page(told: AbTold) -> Page:
    """The page."""
    ab, run = told.ab, told.run
    told_apart = ab.verdict not in (AbVerdict.UNTOLD, AbVerdict.SILENT)
    return Page(
        kind="ab",
        title=", ".join(run.matrices) or "A/B",
        headline=_HEADLINES[ab.verdict],
        lead=capital(ab_report.verdict(ab).lstrip("≠= ")),
        mood=PLAIN if told_apart else OPEN,
        answers=of_results(run.results),
        emulated=any(emulated(attempt.source) for result in run.results for attempt in result.attempts),
        facts=tuple(_facts(told)),
        sections=find_sections("ab", told),
    )


def _facts(told: AbTold) -> Iterator[tuple[str, str]]:
    ab = told.ab
    if ab.test is not None:
        yield ab_report.probability(ab.test.p), "p by Fisher's exact test"
    for letter, side in told.sides:
        votes = side.repetition.of
        yield f"{votes:,}", f"{'vote' if votes == 1 else 'votes'} of {letter}"
    yield (
        f"{len(ab.deltas):,}",
        "difference on the wire" if len(ab.deltas) == 1 else "differences on the wire",
    )
    made = summed(told.calls)
    yield f"{made.attempts:,}", "live call" if made.attempts == 1 else "live calls"
    if made.attempts:
        yield amount(made), "counted for them"
