"""Naming things in messages: the closest valid word, lists, and values cut to a readable length."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

_SHOWN_WORDS = 16
_COMPARED_WORDS = 200
_SHOWN_CHARACTERS = 60


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to ``word`` in spelling, or None when none is near."""
    folded = {_folded(name): name for name in islice(known, _COMPARED_WORDS)}
    matches = difflib.get_close_matches(_folded(word[:200]), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def way_out(word: str, known: Iterable[str]) -> str:
    """``did you mean `bytesio`?``, or the known words when none is near."""
    names = list(known)
    near = closest(word, names)
    if near is not None:
        return f"did you mean {quoted(near)}?"
    if not names:
        return "there is none to choose from"
    return f"known: {listed(names)}"


def listed(names: Iterable[str]) -> str:
    """The words in backticks, separated by commas; a long list ends in its rest's number."""
    words = [quoted(name) for name in names]
    rest = len(words) - _SHOWN_WORDS
    return ", ".join(words) if rest <= 0 else ", ".join(words[:_SHOWN_WORDS]) + f" and {rest} more"


def quoted(text: str) -> str:
    """``text`` in backticks on one line, cut when long."""
    shown = "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text[:200]
    )
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "…"
    return f"`{shown}`"


def _folded(word: str) -> str:
    return word.casefold().replace("_", "-")
