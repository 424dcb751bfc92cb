"""What the multipart parsers that people run make of unusual notation, as it was measured.

The measurement is ``parsers.json`` beside this file; ``docs/tools/docs_parsers.py`` takes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from upload_matrix.model.codec import decode, parsed

FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class ParserOutcome:
    """What one parser made of one notation; beyond ``taken`` only what is not as it was sent.

    Where the sender gave no filename or type, what the parser gives instead. ``count`` is how many parts
    came out, ``alone`` says that the other part of the body did not.
    """

    taken: Literal["file", "field", "refused", "lost"]
    name: str | None = None
    filename: str | None = None
    type: str | None = None
    bytes: Literal["changed", "still encoded"] | None = None
    count: int | None = None
    alone: bool = False
    error: str | None = None

    def differences(self, meant: Notation) -> tuple[str, ...]:
        """What is not as it was meant, of a part that came out."""
        found = {
            "under another field name": self.name is not None,
            "without the filename" if self.filename == "" else "with another filename": (
                self.filename is not None and meant.filename is not None
            ),
            "without the type" if self.type == "" else "with another type": (
                self.type is not None and meant.type is not None
            ),
            "with the bytes still encoded" if self.bytes == "still encoded" else "with other bytes": (
                self.bytes is not None
            ),
            "only some of the parts": self.count is not None,
            "without the part before it": self.alone,
        }
        return tuple(words for words, is_so in found.items() if is_so)


@dataclass(frozen=True, slots=True)
class Notation:
    """``wire`` says in Markdown what stands on the wire, ``instead`` what a sender should write."""

    wire: str
    instead: str
    meant: Literal["file", "field"]
    filename: str | None
    type: str | None
    outcomes: Mapping[str, ParserOutcome]


@dataclass(frozen=True, slots=True)
class MeasuredParsers:
    """The parsers by name, with their releases, and the notations by name."""

    parsers: Mapping[str, str]
    notations: Mapping[str, Notation]


@cache
def measured() -> MeasuredParsers:
    """The measurement that was published with this release."""
    found: MeasuredParsers = decode(MeasuredParsers, parsed(FILE.read_text("utf-8")))
    return found


def says(notation: str) -> str:
    """What the parsers make of a notation, in one sentence; raises KeyError for one that was not measured."""
    return sentence(measured().notations[notation])


def sentence(notation: Notation) -> str:
    """What the parsers make of a notation, in one sentence."""
    other: Literal["file", "field"] = "field" if notation.meant == "file" else "file"
    clauses = [
        f"{_count(notation)} it as a {_AS[notation.meant]}{_changes(notation, notation.meant)}",
        *_clause(notation, other, ("read", "reads"), f"it as a {_AS[other]}"),
        *_clause(notation, "refused", ("refuse", "refuses"), "the body"),
        *_clause(notation, "lost", ("drop", "drops"), "it without an error"),
    ]
    return "; ".join(clauses) + "."


_AS = {"file": "file", "field": "text field"}


def _count(notation: Notation) -> str:
    reading, all_ = len(_who(notation, notation.meant)), len(notation.outcomes)
    if reading == all_:
        return f"All {all_} parsers measured read"
    return f"{reading or 'None'} of {all_} parsers measured {'reads' if reading < 2 else 'read'}"


def _who(notation: Notation, taken: str) -> list[str]:
    return [parser for parser, outcome in notation.outcomes.items() if outcome.taken == taken]


def _clause(notation: Notation, taken: str, verbs: tuple[str, str], what: str) -> list[str]:
    who = _who(notation, taken)
    return [f"{_names(who)} {verbs[len(who) == 1]} {what}{_changes(notation, taken)}"] if who else []


def _changes(notation: Notation, taken: str) -> str:
    """Who changes what, in brackets."""
    all_ = _who(notation, taken)
    kinds: dict[str, list[str]] = {}
    for parser in all_:
        for words in notation.outcomes[parser].differences(notation):
            kinds.setdefault(words, []).append(parser)
    said = [f"{'all ' if len(all_) > 1 else ''}{words}" for words, who in kinds.items() if who == all_]
    said += [f"{_names(who)} {words}" for words, who in kinds.items() if who != all_]
    return f" ({', '.join(said)})" if said else ""


def _names(parsers: Sequence[str]) -> str:
    if len(parsers) > 4:
        return str(len(parsers))
    return " and ".join(filter(None, [", ".join(parsers[:-1]), parsers[-1]]))
