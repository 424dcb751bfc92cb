"""The page of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.model.answer import Provenance, Supply
from upload_matrix.model.call import CallRecord
from upload_matrix.model.result import Run, VerdictKind
from upload_matrix.report.html.latency_data import MeasuredRun
from upload_matrix.report.html.page import BAD, GOOD, OPEN, Mood, Page, find_sections, in_order
from upload_matrix.report.html.prose import sentence
from upload_matrix.report.wording import Counts, count, of_results, result_line

_SUPPLIED = {
    Supply.RECORDED: "answers recorded",
    Supply.EMULATOR: "answers by the emulator",
    Supply.FORWARDED: "answers forwarded",
    Supply.SCRIPTED: "answers scripted",
    Supply.GATEWAY: "answers by a gateway itself",
}


def page(run: Run, *, title: str | None = None, facts: Sequence[CallRecord] = ()) -> Page:
    """The page; ``title`` is the matrices' names unless given.

    ``facts`` are the live calls of the run (``MachineFacts.calls``), which are measured and in no report by
    themselves: with them the page shows how long they took, and is another one each time.
    """
    counts = count(run)
    sections = find_sections("run", run)
    if facts:
        sections = in_order((*sections, *find_sections("measured", MeasuredRun(run, tuple(facts)))))
    return Page(
        kind="run",
        title=title or ", ".join(run.matrices) or "Upload matrix",
        headline=sentence(result_line(counts)),
        mood=_mood(counts),
        answers=of_results(run.results),
        emulated=bool(counts.by_provenance.get(Provenance.EMULATED)),
        facts=(
            (f"{counts.cases:,}", "case" if counts.cases == 1 else "cases"),
            (f"{counts.wire_forms:,}", "wire form" if counts.wire_forms == 1 else "wire forms"),
            *((f"{number:,}", _SUPPLIED[Supply(supply)]) for supply, number in counts.by_supply.items()),
            *(_forwarded(counts.calls)),
        ),
        sections=sections,
    )


def _forwarded(calls: int) -> Iterator[tuple[str, str]]:
    """What was asked while this report was made; recordings were paid for when they were made."""
    if calls:
        yield f"{calls:,}", "call forwarded" if calls == 1 else "calls forwarded"


def _mood(counts: Counts) -> Mood:
    if counts.red:
        return BAD
    unresolved = counts.by_verdict.get(VerdictKind.UNRESOLVED, 0)
    return OPEN if unresolved or not counts.cases else GOOD
