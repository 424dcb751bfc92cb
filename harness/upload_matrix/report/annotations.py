"""Annotations as GitHub Actions reads them from a step's output: ``::error file=...,line=...::...``.

Rules: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (a command ends with its
line; ``%``, CR and LF are escaped in messages, in properties ``:`` and ``,`` too), and the limit of ten
errors and ten warnings a step beyond which GitHub shows none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from upload_matrix.model.errors import Problem
from upload_matrix.model.result import Run
from upload_matrix.report.faults import Fault, faults, unresolved
from upload_matrix.report.wording import heading, plural, visible

NAME = "annotations"
SUFFIX = ".annotations.txt"

MOST = 10
"""Annotations of one level that GitHub shows of one step."""


def render(run: Run) -> str:
    """One command a line; empty when nothing is red or unresolved."""
    lines = [*_errors(faults(run)), *_warning(run)]
    return "".join(f"{line}\n" for line in lines)


def of_problems(problems: Iterable[Problem]) -> str:
    """What is wrong in matrix files, as commands."""
    told = list(problems)
    lines = [
        command("error", each.message, file=each.file, line=each.line, col=each.column, title="matrix")
        for each in told[: MOST if len(told) <= MOST else MOST - 1]
    ]
    if len(told) > MOST:
        lines.append(
            command("error", f"and {plural(len(told) - len(lines), 'problem')} more", title="matrix")
        )
    return "".join(f"{line}\n" for line in lines)


def command(level: str, message: str, **properties: str | int) -> str:
    """One workflow command, whatever words stand in it."""
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level} {given}::{_data(message)}" if given else f"::{level}::{_data(message)}"


def _data(text: str) -> str:
    lines = "\n".join(visible(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _errors(found: tuple[Fault, ...]) -> Iterator[str]:
    shown = found if len(found) <= MOST else found[: MOST - 1]
    for fault in shown:
        place = fault.place
        where: dict[str, str | int] = {} if place is None else {"file": place.file, "line": place.line}
        yield command("error", "\n".join(fault.lines), **where, title=f"{fault.matrix}: {fault.title}")
    if len(found) > len(shown):
        rest = found[len(shown) :]
        number = sum(len(fault.results) for fault in rest)
        says = f"{plural(number, 'case')} more; the report has them all"
        yield command("error", says, title="upload-matrix")


def _warning(run: Run) -> Iterator[str]:
    results = unresolved(run)
    if not run.results:
        yield command("warning", "no case ran: nothing is known", title="upload-matrix")
    if results:
        kinds = Counter(heading(result.outcome) for result in results)
        says = ", ".join(f"{number:,} {words}" for words, number in sorted(kinds.items()))
        yield command("warning", says, title=f"{plural(len(results), 'case')} unresolved: no statement")
