"""The page of two runs compared: what the wire did apart from what the verdicts did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upload_matrix.analysis.compare import compare
from upload_matrix.model.answer import Provenance
from upload_matrix.reports.counts import count
from upload_matrix.reports.html.page import BAD, GOOD, OPEN, Page, find_sections
from upload_matrix.reports.html.prose import emulated
from upload_matrix.reports.provenance import of_results
from upload_matrix.reports.wording import plural

if TYPE_CHECKING:
    from upload_matrix.analysis.compare import Comparison
    from upload_matrix.model.result import Run


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs and what separates them: what the sections of this page tell of."""

    old: Run
    new: Run
    comparison: Comparison

    @property
    def emulated(self) -> tuple[frozenset[str], frozenset[str]]:
        """Ids of the cases that a stand-in answered, before and after."""
        return _emulated(self.old), _emulated(self.new)


def render(old: Run, new: Run, *, title: str = "before and after") -> str:
    """The whole page as text; ``title`` names the two."""
    return "".join(page(Compared(old, new, compare(old, new)), title=title).chunks())


def page(compared: Compared, *, title: str) -> Page:
    """The page."""
    comparison = compared.comparison
    moved = sum(change.wire is not None for change in comparison.changed)
    said = [of_results(run.results) for run in (compared.old, compared.new)]
    return Page(
        kind="comparison",
        title=title,
        headline=_headline(comparison),
        mood=BAD if comparison.regressions else OPEN if comparison.newly_unresolved else GOOD,
        answers=said[0] if said[0] == said[1] else f"Before: {said[0]}. After: {said[1]}",
        emulated=any(
            count(run).by_provenance.get(Provenance.EMULATED) for run in (compared.old, compared.new)
        ),
        facts=tuple(
            (f"{number:,}", what)
            for number, what in (
                (len(comparison.regressions), "regressed"),
                (len(comparison.newly_unresolved), "newly unresolved"),
                (len(comparison.improvements), "improved"),
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


def _headline(comparison: Comparison) -> str:
    if comparison.regressions:
        return plural(len(comparison.regressions), "regression")
    if comparison.newly_unresolved:
        return f"No regression, but {plural(len(comparison.newly_unresolved), 'case')} newly unresolved"
    if comparison.changed:
        return f"No regression; {plural(len(comparison.changed), 'case')} changed"
    if comparison.added or comparison.removed:
        return "Nothing changed in the cases that both have"
    return "Nothing changed"
