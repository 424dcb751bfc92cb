"""The page of two runs compared: what the wire did apart from what the verdicts did."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.judge.compare import Comparison, compare
from upload_matrix.judge.regression import FailOn
from upload_matrix.model.answer import Provenance
from upload_matrix.model.result import Run
from upload_matrix.report.compare_text import word
from upload_matrix.report.html.page import BAD, GOOD, OPEN, Page, find_sections
from upload_matrix.report.html.prose import emulated, sentence
from upload_matrix.report.wording import count, of_results


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
        ),
        sections=find_sections("comparison", compared),
    )


def _emulated(run: Run) -> frozenset[str]:
    return frozenset(
        result.id for result in run.results if any(emulated(attempt.source) for attempt in result.attempts)
    )
