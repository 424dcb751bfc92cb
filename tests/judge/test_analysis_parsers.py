"""What is said about parsers: counted from what was measured."""

import pytest

from upload_matrix.judge import parsers
from upload_matrix.judge.parsers import Notation, ParserOutcome

SENT = {"filename": "a.webp", "type": "image/webp"}


def said(meant: str = "file", **outcomes: ParserOutcome) -> str:
    return parsers.sentence(Notation("", "", meant, SENT["filename"], SENT["type"], outcomes))


def test_one_sentence_counts_who_does_what():
    file = ParserOutcome("file")
    assert said(a=file, b=file) == "All 2 parsers measured read it as a file."
    assert said(
        a=file, b=ParserOutcome("lost"), c=ParserOutcome("refused", error="E"), d=ParserOutcome("field")
    ) == (
        "1 of 4 parsers measured reads it as a file; d reads it as a text field; c refuses the body; "
        "b drops it without an error."
    )
    assert said(a=ParserOutcome("refused"), b=ParserOutcome("refused")) == (
        "None of 2 parsers measured reads it as a file; a and b refuse the body."
    )


def test_what_is_changed_is_said_with_who_changes_it():
    assert said(a=ParserOutcome("file"), b=ParserOutcome("file", filename="", type="x/y")) == (
        "All 2 parsers measured read it as a file (b without the filename, b with another type)."
    )
    assert said(a=ParserOutcome("file", bytes="changed"), b=ParserOutcome("lost")) == (
        "1 of 2 parsers measured reads it as a file (with other bytes); b drops it without an error."
    )
    both = ParserOutcome("field", count=1)
    assert said("field", a=both, b=both) == (
        "All 2 parsers measured read it as a text field (all only some of the parts)."
    )


def test_what_a_parser_puts_where_nothing_was_sent_is_no_change():
    guessed = Notation(
        "", "", "file", None, None, {"a": ParserOutcome("file", filename="image", type="text/plain")}
    )
    assert parsers.sentence(guessed) == "All 1 parsers measured read it as a file."


def test_the_measurement_knows_its_notations():
    found = parsers.measured()
    assert parsers.says("plain") == f"All {len(found.parsers)} parsers measured read it as a file."
    assert all(each.outcomes.keys() == found.parsers.keys() for each in found.notations.values())
    with pytest.raises(KeyError):
        parsers.says("no such notation")
