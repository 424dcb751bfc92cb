"""The pages of two runs compared and of an A/B: what the wire did apart from what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upload_matrix.judge.ab import Ab, AbVerdict, Side
from upload_matrix.judge.compare import CaseChange, Comparison, FailOn, compare
from upload_matrix.judge.cost import summed
from upload_matrix.model.answer import Provenance
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.result import Run
from upload_matrix.report import ab_report
from upload_matrix.report.compare_text import ComparedAs, groups, word
from upload_matrix.report.costs import amount
from upload_matrix.report.html.page import (
    BAD,
    GOOD,
    OPEN,
    PLAIN,
    Content,
    Page,
    capital,
    emulated,
    sentence,
    shown,
)
from upload_matrix.report.html.plots import (
    HALVES,
    cost_content,
    costs_of_ab,
    latencies_of_ab,
    latency_content,
    share,
)
from upload_matrix.report.html.wire_data import delta_rows, wire_document
from upload_matrix.report.repeats import proportion
from upload_matrix.report.wording import answer_fields, count, of_results


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """Two runs and what separates them: what the sections of this page tell of."""

    old: Run
    new: Run
    comparison: Comparison

    @property
    def emulated(self) -> tuple[frozenset[str], frozenset[str]]:
        """Ids of the cases that a stand-in answered, before and after."""
        return _emulated(self.old), _emulated(self.new)


def render(
    old: Run, new: Run, *, title: str = "before and after", fail_on: FailOn = FailOn.REGRESSION
) -> str:
    """The whole page as text; ``title`` names the two, ``fail_on`` says what is red."""
    return "".join(page(ComparedRuns(old, new, compare(old, new, fail_on)), title=title).chunks())


def page(compared: ComparedRuns, *, title: str) -> Page:
    """The page."""
    comparison = compared.comparison
    moved = sum(change.wire is not None for change in comparison.changed)
    said = [of_results(run.results) for run in (compared.old, compared.new)]
    return Page(
        kind="comparison",
        title=title,
        headline=sentence(word(comparison)),
        mood={0: GOOD, 1: BAD}.get(comparison.exit_code, OPEN),
        answers=said[0] if said[0] == said[1] else f"Before: {said[0]}. After: {said[1]}",
        emulated=any(
            count(run).by_provenance.get(Provenance.EMULATED) for run in (compared.old, compared.new)
        ),
        facts=tuple(
            (f"{number:,}", what)
            for number, what in (
                (len(comparison.regressions), "regressed"),
                (len(comparison.newly_unresolved), "newly unresolved"),
                (len(comparison.still_unresolved), "still unresolved"),
                (len(comparison.improvements), "improved"),
                (len(comparison.rejudged), "only judged otherwise"),
                (moved, "changed on the wire"),
                (len(comparison.added), "added"),
                (len(comparison.removed), "removed"),
                (len(comparison.unchanged), "unchanged"),
            )
            if number or what == "regressed"
        ),
        sections=shown(
            ("differences", "Cases", _cases(compared)),
            ("wire_changes", "On the wire", _wire_changes(compared)),
        ),
    )


def _emulated(run: Run) -> frozenset[str]:
    return frozenset(
        result.id for result in run.results if any(emulated(attempt.source) for attempt in result.attempts)
    )


_MOST_CASES = 500
"""Cases of one kind that the page lists; the JSON has all."""


def _cases(compared: ComparedRuns) -> Content | None:
    """The cases by what became of them; None when nothing but the wire changed."""
    comparison = compared.comparison
    changes = {change.case: change for change in comparison.changed}
    shown = [
        {"title": title, "mood": mood, "cases": cases[:_MOST_CASES], "more": len(cases[_MOST_CASES:])}
        for title, mood, cases in (
            *groups(comparison),
            (ComparedAs.ADDED.heading, "unrecorded", comparison.added),
            (ComparedAs.REMOVED.heading, "unavailable", comparison.removed),
        )
        if cases
    ]
    before, after = compared.emulated
    values = {"groups": shown, "changes": changes, "before": before, "after": after}
    return Content(values) if shown else None


_MOST_CHANGES = 200


def _wire_changes(compared: ComparedRuns) -> Content | None:
    """The changes, the one with most cases first; None when all cases send what they sent."""
    moves: dict[tuple[str | None, str | None], list[CaseChange]] = {}
    for change in compared.comparison.changed:
        if change.wire is not None:
            moves.setdefault(change.wire, []).append(change)
    if not moves:
        return None
    before, after = compared.emulated
    ranked = sorted(moves.items(), key=lambda move: -len(move[1]))
    told = [
        {
            "before": wire[0],
            "after": wire[1],
            "rows": delta_rows(changes[0].deltas),
            "cases": tuple(change.case for change in changes),
            "moved": any(change.outcome is not None for change in changes),
            "emulated": any(change.case in before or change.case in after for change in changes),
        }
        for wire, changes in ranked[:_MOST_CHANGES]
    ]
    return Content({"moves": told, "more": len(ranked) - len(told)})


# -- A/B: whether two variants differ by more than chance, and what was sent --


AB_SUFFIX = ".ab.html"

_LEADS = {
    AbVerdict.DIFFERENT: "Told apart",
    AbVerdict.ALIKE: "No difference",
    AbVerdict.SAME_REQUEST: "No answer could tell them apart: any difference is the client's reading",
    AbVerdict.UNTOLD: "Could not be told apart",
    AbVerdict.SILENT: "No statement",
}
"""What it comes to, after who did what."""


@dataclass(frozen=True, slots=True)
class AbPage:
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


def render_ab(ab: Ab, run: Run, calls: Sequence[CallRecord] = (), *, again: str = "") -> str:
    """The whole page as text. Without ``calls`` it holds no times, and the same comparison gives the same
    bytes."""
    return "".join(ab_chunks(ab, run, calls, again=again))


def ab_chunks(ab: Ab, run: Run, calls: Sequence[CallRecord] = (), *, again: str = "") -> Iterator[str]:
    """The page in pieces."""
    return _ab_page(AbPage(ab, run, tuple(calls), again)).chunks()


def _ab_page(told: AbPage) -> Page:
    """The page."""
    ab, run = told.ab, told.run
    told_apart = ab.verdict not in (AbVerdict.UNTOLD, AbVerdict.SILENT)
    return Page(
        kind="ab",
        title=", ".join(run.matrices) or "A/B",
        headline=ab_report.answer(ab),
        lead=_lead(ab),
        mood=PLAIN if told_apart else OPEN,
        answers=of_results(run.results),
        emulated=any(emulated(attempt.source) for result in run.results for attempt in result.attempts),
        facts=tuple(_facts(told)),
        sections=shown(
            ("conclusions", "Conclusions", _conclusions(told)),
            ("sent", "What was sent", _sent(told)),
            ("votes", "Outcomes", _votes(told)),
            ("latency", "Latency", latency_content(latencies_of_ab(ab, told.calls))),
            ("cost", "Cost", cost_content(costs_of_ab(ab, run))),
            ("again", "Run it again", Content({"command": told.again}) if told.again else None),
        ),
    )


def _lead(ab: Ab) -> str:
    """``Told apart (p < 0.0001). A is tuple3, B is bytesio: rejected 400 invalid_value 10/10.``"""
    tested = f" ({ab_report.probability(ab.test.p)})" if ab.test is not None else ""
    said = "; ".join(
        f"{letter} is {name}: {proportion(side.repetition)}"
        for letter, name, side in zip("AB", ab_report.names(ab), (ab.a, ab.b), strict=True)
    )
    return f"{_LEADS[ab.verdict]}{tested}. {said}."


def _facts(told: AbPage) -> Iterator[tuple[str, str]]:
    ab = told.ab
    if ab.test is not None:
        yield ab_report.probability(ab.test.p), "by Fisher's exact test"
    for letter, side in told.sides:
        votes = side.repetition.of
        yield f"{votes:,}", f"{'vote' if votes == 1 else 'votes'} of {letter}"
    yield (
        f"{len(ab.deltas):,}",
        "difference on the wire" if len(ab.deltas) == 1 else "differences on the wire",
    )
    made = summed(call for call in told.calls if not call.emulated)
    stood_in = sum(call.sent for call in told.calls if call.emulated)
    if made.attempts or not stood_in:
        yield f"{made.attempts:,}", "live call" if made.attempts == 1 else "live calls"
    if stood_in:
        yield f"{stood_in:,}", "call to an emulator" if stood_in == 1 else "calls to an emulator"
    if made.attempts:
        yield amount(made), "counted for them"


def _conclusions(told: AbPage) -> Content:
    """What stands behind the verdict."""
    said = tuple(map(capital, ab_report.sentences(told.ab)))
    return Content({"sentences": said, "notes": told.run.notes, "emulated": told.ab.emulated})


def _sent(told: AbPage) -> Content:
    """A and B side by side."""
    ab = told.ab
    sides = [_side(letter, side, told.run) for letter, side in told.sides]
    outcomes = [side.repetition.votes[0].outcome for _, side in told.sides if side.repetition.votes]
    values = {
        "sides": sides,
        "says": ab_report.difference(ab),
        "rows": delta_rows(ab.deltas),
        "outcomes": outcomes if len(outcomes) == len(sides) else None,
    }
    return Content(values, styles=("plots",))


def _side(letter: str, side: Side, run: Run) -> dict[str, object]:
    wire = side.wires[0] if side.wires else None
    return {
        "letter": letter,
        "name": side.variant,
        "target": side.result.target,
        "environment": side.result.environment,
        "sent": ab_report.sent(side),
        "emulated": side.repetition.emulated,
        "wire": None if wire is None else wire_document(wire, run.wires[wire]),
    }


def _votes(told: AbPage) -> Content:
    """A above B, the controls below them; then the answers in which something was not accepted."""
    named = [(letter, side.repetition) for letter, side in told.sides]
    rows = [
        {"badge": badge, "name": each.variant, "share": share(each)}
        for badge, each in (*named, *(("control", control) for control in told.ab.controls))
    ]
    answers = [
        {
            "badge": letter,
            "times": tally.number,
            "outcome": tally.outcome,
            "fields": answer_fields(tally.outcome),
        }
        for letter, repetition in named
        for tally in (*repetition.votes, *repetition.silent, *repetition.discounted)
        if tally.outcome.message
    ]
    return Content({"rows": rows, "marks": HALVES, "answers": answers}, styles=("plots",))
