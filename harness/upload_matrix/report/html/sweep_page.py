"""The page of a sweep."""

from __future__ import annotations

from upload_matrix.judge.history import history
from upload_matrix.model.sweep import Sweep
from upload_matrix.report.html.page import OPEN, PLAIN, Page, find_sections
from upload_matrix.report.html.prose import emulated
from upload_matrix.report.sweep_text import answers, result

NAME = "html"
SUFFIX = ".html"


def render(sweep: Sweep) -> str:
    """The whole page as text."""
    return "".join(page(sweep).chunks())


def page(sweep: Sweep, *, title: str | None = None) -> Page:
    """The page; ``title`` is the distribution's name unless given."""
    found = history(sweep)
    said, counts = result(sweep, found), sweep.counts
    numbers = [
        (counts.releases, "release", "releases"),
        (counts.measured, "measured", "measured"),
        (len(found.changes), "change", "changes"),
        (counts.cells, "cell", "cells"),
        (counts.wire_forms, "wire form", "wire forms"),
        (counts.asked, "live call", "live calls"),
    ]
    return Page(
        kind="sweep",
        title=title or sweep.distribution,
        headline=said.removeprefix("? "),
        mood=OPEN if said.startswith("? ") else PLAIN,
        answers=answers(sweep),
        emulated=any(emulated(answer.source) for answer in sweep.answers),
        facts=tuple((f"{number:,}", one if number == 1 else many) for number, one, many in numbers),
        sections=find_sections("sweep", sweep),
    )
