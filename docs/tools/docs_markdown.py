"""Small pieces of Markdown that every generated page is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """``text`` as inline code, whatever it holds."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}"


def prose(text: str) -> str:
    """A docstring's text as Markdown: its double backticks are single ones there."""
    return text.replace("``", "`").strip()


def cell(text: str) -> str:
    """One line that a table's cell can hold."""
    return re.sub(r"\s*\n\s*", " ", text.strip()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, an empty one after it."""
    lines = [_row(heads), _row(["---"] * len(heads))]
    return [*lines, *(_row([cell(item) for item in row]) for row in rows), ""]


def fenced(text: str, language: str) -> list[str]:
    """``text`` as a block of code, an empty line after it."""
    return [f"```{language}", *text.rstrip("\n").split("\n"), "```", ""]


def used(text: str, when: str) -> str:
    """A page that says below its title when to use it."""
    title, rest = text.split("\n\n", 1)
    return f"{title}\n\n**When to use it.** {when}\n\n{rest}"


def page(title: str, opening: str, lines: Iterable[str]) -> str:
    """A generated page."""
    return "\n".join([f"# {title}", "", opening, "", *lines]).rstrip("\n") + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
