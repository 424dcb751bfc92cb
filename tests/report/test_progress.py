"""How far a long job is, on one line of a terminal; and not a word where there is none."""

from __future__ import annotations

import io

import pytest

from upload_matrix.report.progress import ProgressLine, counted, lasting, left
from upload_matrix.report.wording import plural


class Terminal(io.StringIO):
    def isatty(self):
        return True

    @property
    def line(self) -> str:
        """What stands in the last line."""
        return self.getvalue().rpartition("\n")[2].rpartition("\r\x1b[K")[2]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_count_money_and_the_time_that_is_left():
    stream, clock = Terminal(), Clock()
    progress = ProgressLine("request", 40, stream, {}, clock)
    progress.done(1, "$0.02 so far")
    assert stream.line == "1 of 40 requests, $0.02 so far"
    clock.now = 10.0
    progress.done(10, "$0.20 so far")
    assert stream.line == "10 of 40 requests, $0.20 so far, about 30 s left"
    progress.end()
    assert stream.line == ""


def test_it_is_written_seldom_but_for_the_last():
    stream, clock = Terminal(), Clock()
    progress = ProgressLine("case", 3, stream, {}, clock)
    progress.done(1)
    progress.done(2)
    assert stream.line == "1 of 3 cases"
    progress.done(3)
    assert stream.line == "3 of 3 cases"


def test_things_are_counted_while_they_are_worked_on_and_the_line_goes_with_them():
    stream = Terminal()
    seen = [(each, stream.line) for each in counted("fact", ("a", "b"), stream, {})]
    assert seen == [("a", "0 of 2 facts"), ("b", "0 of 2 facts")], "the second comes too soon to be written"
    assert stream.line == ""


def test_a_line_that_stays_is_not_mixed_with_it():
    stream = Terminal()
    progress = ProgressLine("case", 1_000, stream, {}, Clock())
    progress.done(1)
    progress.above(lambda text: print(text, file=stream), "a line")
    assert stream.getvalue() == "\r\x1b[K1 of 1,000 cases\r\x1b[Ka line\n"


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"TERM": "dumb"}])
def test_nothing_in_ci_and_on_a_dumb_terminal(environ):
    stream = Terminal()
    progress = ProgressLine("case", 2, stream, environ, Clock())
    progress.done(2)
    progress.end()
    assert (progress.shown, stream.getvalue()) == (False, "")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (119.5, "120 s"), (121, "3 min"), (7200, "120 min"), (7201, "3 h")]
)
def test_how_long_is_said_roughly(seconds, words):
    assert lasting(seconds) == words


@pytest.mark.parametrize(("seconds", "done", "of"), [(1.0, 5, 10), (9.0, 0, 10), (9.0, 10, 10)])
def test_nothing_is_said_of_the_time_while_too_little_is_known(seconds, done, of):
    assert left(seconds, done, of) == ""


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [(1, "entry", "1 entry"), (2, "entry", "2 entries"), (0, "reply", "0 replies"), (2, "day", "2 days")],
)
def test_plurals_are_right(number, noun, words):
    assert plural(number, noun) == words
