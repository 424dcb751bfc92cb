"""Standard output and error of the command line: others' words cannot steer them, no failure is silent.

Every command prints words of others (a server's answer, a model's id, a file's name). ``guarded`` puts the
one rule of ``report.visible.printed`` behind all of them, so that no place that prints has to think of it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from upload_matrix.report.visible import printed

WIDEST = 100
"""Columns beyond which text is not made wider: longer lines are hard to read."""

_NARROWEST = 20
_ANY = 10_000
_CODE = " " * 4


class Kept:
    """A stream that keeps the failure to write to it in ``trouble`` instead of raising it.

    A report is written and a paid answer kept even where nobody reads what is printed.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.trouble: OSError | None = None

    def write(self, text: str) -> int:
        """Write it, unless that failed before."""
        self._try(lambda: self._stream.write(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write them one after another."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand over what is written so far."""
        self._try(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own: ``isatty``, ``fileno``, ``encoding``."""
        return getattr(self._stream, name)

    def _try(self, action: Any) -> None:
        if self.trouble is not None:
            return
        try:
            action()
        except OSError as error:
            self.trouble = error
            # What is still in the buffer would be tried again when the program ends.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


class Printed(Kept):
    """A stream whose text is made safe; ``raw`` writes to the same without that, for what is ours alone.

    With ``prose`` it is sentences that are written: a terminal shows them broken between words.
    """

    def __init__(self, raw: Kept, *, prose: bool = False) -> None:
        super().__init__(raw)  # type: ignore[arg-type]
        self.raw = raw
        self._prose = prose and raw.isatty()
        self._line_is_blank = True

    def write(self, text: str) -> int:
        """Write it, safely."""
        safe = printed(text, at_line_start=self._line_is_blank)
        self.raw.write(_broken(safe, columns(self.raw)) if self._prose and self._line_is_blank else safe)
        unfinished = text[text.rfind("\n") + 1 :]
        self._line_is_blank = not unfinished.strip() and (self._line_is_blank or "\n" in text)
        return len(text)


def _broken(text: str, width: int) -> str:
    """Long lines broken between words; what is indented as code or a file's line is stays whole."""
    if all(len(line) * 2 <= width for line in text.split("\n")):
        return text
    from upload_matrix.report.grid import wrapped
    from upload_matrix.report.wording import display_width

    lines: list[str] = []
    for line in text.split("\n"):
        words = line.lstrip(" ")
        indent = line[: len(line) - len(words)]
        whole = indent.startswith(_CODE) or display_width(line) <= width
        lines += [line] if whole else wrapped(words, width, indent, indent + "  ")
    return "\n".join(lines)


def raw(stream: TextIO) -> TextIO:
    """The stream for text that holds colours or CI commands of our own, and no words of others unchecked."""
    return stream.raw if isinstance(stream, Printed) else stream  # type: ignore[return-value]


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Both streams made safe; ends the program with exit code 2 when one could not be written to.

    A reader that went away (``| head -1``) is no fault: the command's own exit code stands.
    """
    streams = {"standard output": Kept(sys.stdout), "standard error": Kept(sys.stderr)}
    for each in streams.values():
        with contextlib.suppress(AttributeError, ValueError):
            # A terminal that knows no Korean shows an escape, not a traceback.
            each.reconfigure(errors="backslashreplace")
    kept_out, kept_err = streams.values()
    out, err = Printed(kept_out), Printed(kept_err, prose=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            yield
        finally:
            out.flush()
            err.flush()
            for name, stream in streams.items():
                if stream.trouble is not None and stream.trouble.errno != errno.EPIPE:
                    err.write(
                        f"Error: {name} cannot be written: {stream.trouble.strerror}; give it a place\n"
                    )
                    err.flush()
                    sys.exit(2)


def moves(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether ``stream`` is a terminal on which a line may be written over: none in CI, nor a dumb one."""
    return stream.isatty() and environ.get("TERM", "") != "dumb" and environ.get("CI", "") in ("", "false")


class Plain(Kept):
    """A stream that passes for no terminal: a guest (pytest) then writes no colours of its own to it."""

    def isatty(self) -> bool:
        """No."""
        return False


def columns(stream: TextIO | Kept | None = None, widest: int = WIDEST) -> int:
    """How wide to write on ``stream`` (standard output): the terminal's columns, at most ``widest``.

    That is also the answer where it is no terminal.
    """
    stream = stream or sys.stdout
    if not stream.isatty():
        return widest
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        found = shutil.get_terminal_size((widest, 24)).columns
    # A terminal may say 0 columns when it does not know.
    return min(widest, max(_NARROWEST, found or widest))


def say(line: str) -> None:
    """A line on standard error about what goes on: standard output is the report's."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def print_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines on standard output: whole in a file, broken between words where a terminal is narrow."""
    stream = stream or sys.stdout
    for line in lines:
        stream.write((_broken(line, columns(stream, _ANY)) if stream.isatty() else line) + "\n")


def agreed(calls: str, question: str, ways: str) -> bool:
    """Whether the user, asked ``question`` on the terminal, lets ``calls`` be made.

    Raises ConfigurationError where there is no terminal; ``ways`` then says how to do without.
    """
    if not sys.stdin.isatty():
        from upload_matrix.model.errors import ConfigurationError

        raise ConfigurationError(f"{calls}: your agreement is needed, and no terminal is here to ask: {ways}")
    import click

    return click.confirm(question, default=False, err=True)
