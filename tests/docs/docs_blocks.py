"""Reads a page of the docs as what a reader does with it: files to write and commands to run, in order.

A block of code whose first line is a comment with nothing but a path is that file; the steps of a workflow are run,
too. A block ``sh`` is run; a
block ``text`` after one is part of what it prints, with ``…`` for what is left out.
Comments in the page, which no reader sees, say what is special about the next block or about the page:

- ``<!-- has: starter, program -->`` the folder has the starter with a report, or a program with its picture
- ``<!-- has: node -->``             the rest of the page is done where there is Node
- ``<!-- has: key -->``              there is a key, and a server of this machine that the target ``openai`` leads to
- ``<!-- exit: 1 -->``               the next block ends with this exit code; of several, each is a line's
- ``<!-- needs: a key -->``          the next block is not run, only read by the command line's own parser
- ``<!-- not run: why -->``          the same, for another reason
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTIVE = re.compile(r"<!-- (has|exit|needs|not run): (.+?) -->")
_PATH = re.compile(r"(?:#|//) ([\w.-]+(?:/[\w.-]+)*\.\w+)$")
_REDIRECTION = re.compile(r"\s(?:>>?|\|)\s.*$")


@dataclass(frozen=True, slots=True)
class Has:
    """What the folder has from here on."""

    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """A file that the page shows."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """A block of commands; ``exits`` is empty for one that is only parsed."""

    script: str
    exits: tuple[int, ...]
    line: int

    @property
    def parts(self) -> list[tuple[str, int]]:
        """What is run at a time, with its exit code."""
        scripts = [self.script] if len(self.exits) <= 1 else self.script.splitlines()
        return list(zip(scripts, self.exits, strict=True)) if self.exits else []


@dataclass(frozen=True, slots=True)
class Shows:
    """What the block of commands before this one prints, among other things."""

    text: str

    def missing(self, output: str) -> str | None:
        """The first piece that ``output`` does not have, in order, however either is wrapped; None: all there."""
        printed, place = _plain(output), 0
        for piece in map(_plain, re.split("[…\n]", self.text)):
            found = printed.find(piece, place)
            if found < 0:
                return piece
            place = found + len(piece)
        return None


def _plain(text: str) -> str:
    return " ".join(text.replace("inspect|", " ").split())


def steps(text: str) -> Iterator[Has | Write | Run | Shows]:
    """What a page has its reader do, in order."""
    codes, parsed_only, printed = (0,), False, False
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "html_block":
            for word, value in _DIRECTIVE.findall(token.content):
                if word == "has":
                    yield Has(tuple(value.split(", ")))
                elif word == "exit":
                    codes = tuple(map(int, value.split(", ")))
                else:
                    parsed_only = True
        elif token.type == "fence":
            path = _PATH.match(token.content.partition("\n")[0])
            if token.info == "sh":
                assert token.map is not None
                yield Run(token.content, () if parsed_only else codes, token.map[0] + 1)
            elif token.info == "text" and printed:
                yield Shows(token.content)
            elif path is not None:
                yield Write(path[1], token.content)
            printed = token.info == "sh" and not parsed_only
            codes, parsed_only = (0,), False


def calls(script: str) -> Iterator[list[str]]:
    """The arguments of every call of ``upload-matrix`` in a script of plain lines."""
    for line in script.splitlines():
        words = shlex.split(_REDIRECTION.sub("", line), comments=True)
        if "upload-matrix" in words and words[0] not in ("pip", "cd"):
            yield words[words.index("upload-matrix") + 1 :]
