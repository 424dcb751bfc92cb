"""What a shipped file is: a recipe under a file name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ShippedFile:
    """A recipe, the format its bytes have, the name it goes by, and a line that people read.

    A recipe is the name of a maker, with ``-second`` behind it for another file of the same kind; pictures
    have a few words more.
    """

    recipe: str
    format: str
    filename: str
    summary: str


WORD = "marigold"
"""Stands in every document, and in pictures that hold a word: what a matrix may make its ``canary``."""

Makers: TypeAlias = "Mapping[str, Callable[[bool], bytes]]"
"""Functions by the word of a recipe; each is told whether the second of a pair is wanted."""

PATH_TEXT = "path-text"
"""The asset that stands for a file's path sent as if it were the file."""
