"""How a sweep tells what it does: on a terminal, in a log, in colour or not, however narrow."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from upload_matrix.judge.history import CellChange, ChangePoint
from upload_matrix.report.streams import WIDEST, columns
from upload_matrix.run.sweep_display import PlainDisplay, TerminalDisplay, display_for
from upload_matrix.wire.difference import Difference

CHANGE = ChangePoint(
    "1.0", "1.1", (), (CellChange(("m/handle",), (Difference("image.filename", "a.webp", "upload"),), None),)
)


class Terminal(io.StringIO):
    """Text that claims to be a terminal, and shows what stands in its last line."""

    def isatty(self):
        return True

    def fileno(self):
        raise OSError("no descriptor")

    @property
    def shown(self):
        line = self.getvalue().rpartition("\n")[2]
        return line.rpartition("\r\x1b[K")[2]

    @property
    def kept(self):
        return [line.rpartition("\r\x1b[K")[2] for line in self.getvalue().split("\n")[:-1]]


@pytest.fixture
def terminal(monkeypatch):
    def make(width=100):
        monkeypatch.setenv("COLUMNS", str(width))
        return Terminal()

    return make


def test_a_terminal_has_one_line_that_is_written_over(terminal):
    stream = terminal()
    told = TerminalDisplay(stream)
    told.ready(3, 0, 12)
    assert stream.shown == "3 of 12 environments ready"
    told.ready(3, 9, 12)
    assert stream.shown == "3 of 12 environments ready, 9 unavailable"
    told.measured("openai 1.0", 11, 0)
    assert stream.shown == "openai 1.0: 1 measured, 11 left of this batch, no change so far"
    told.measured("openai 1.1", 10, 2)
    assert stream.shown == "openai 1.1: 2 measured, 10 left of this batch, 2 changes so far"
    told.measured("openai 1.2", 9, 2, known=False)
    assert stream.shown == ("openai 1.2: 2 measured, 1 could not be, 9 left of this batch, 2 changes so far")
    assert stream.kept == []
    told.pause()
    assert stream.shown == ""


def test_what_stays_stands_above_the_line_that_changes(terminal):
    stream = terminal()
    told = TerminalDisplay(stream, colour=False)
    told.measured("openai 1.0", 1, 0)
    told.line("hello")
    told.change(CHANGE)
    assert stream.kept == ["hello", "1.0 → 1.1: 1 variant"]
    assert stream.shown == "openai 1.0: 1 measured, 1 left of this batch, no change so far"


@pytest.mark.parametrize("width", [100, 60, 40, 30, 20, 5, 0])
def test_the_line_fits_any_width(terminal, width):
    stream = terminal(width)
    told = TerminalDisplay(stream)
    told.measured("openai 1.109.1", 300, 12)
    told.ready(300, 7, 390)
    wanted = 100 if width == 0 else max(width, 20)
    lines = stream.getvalue().replace("\x1b[K", "").split("\r")
    assert max(map(len, lines)) < wanted
    if width == 40:
        assert "openai 1.109.1" not in stream.getvalue()
        assert "1 done, 300 left, 12 changes" in stream.getvalue()


def test_colour_only_where_it_is_wanted(terminal):
    for environ, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        stream = terminal()
        display_for(stream, environ).change(CHANGE)
        assert ("\x1b[33m" in stream.getvalue()) is coloured


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"TERM": "dumb"}])
def test_ci_and_dumb_terminals_get_plain_lines(terminal, environ):
    assert isinstance(display_for(terminal(), environ), PlainDisplay)
    assert isinstance(display_for(terminal(), {"CI": "false"}), TerminalDisplay)
    assert isinstance(display_for(io.StringIO(), {}), PlainDisplay)


def test_a_log_has_a_line_an_event_and_nothing_that_steers():
    stream = io.StringIO()
    told = PlainDisplay(stream)
    for done in range(1, 31):
        told.ready(done, 0, 30)
    told.ready(1, 0, 2)
    told.ready(0, 30, 30)
    told.ready(0, 2, 2)
    told.measured("openai \x1b[2J1.0", 4, 0)
    told.measured("openai 1.1", 3, 1)
    told.measured("openai 1.2", 2, 0, known=False)
    told.change(CHANGE)
    told.pause()
    assert stream.getvalue().splitlines() == [
        "  25 of 30 environments ready",
        "  30 of 30 environments ready",
        "  0 of 30 environments ready, 30 unavailable",
        "  0 of 2 environments ready, 2 unavailable",
        "  openai \\x1b[2J1.0 measured, 4 left of this batch",
        "  openai 1.1 measured, 3 left of this batch, 1 change so far",
        "  openai 1.2 could not be measured, 2 left of this batch",
        "  1.0 → 1.1: 1 variant",
        "    1 variant: m/handle",
        "    image.filename: a.webp -> upload",
    ]


def test_text_is_as_wide_as_the_terminal_but_never_too_wide(terminal, monkeypatch):
    assert columns(terminal(60)) == 60
    assert columns(terminal(300)) == WIDEST
    assert columns(io.StringIO()) == WIDEST
    with Path(os.devnull).open() as nowhere:
        monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((72, 24)))
        nowhere.isatty = lambda: True
        assert columns(nowhere) == 72
