"""What ``inspect`` shows, as text beside the program's own output: each line behind a mark of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TextIO

from upload_matrix.cli.inspect_words import answer_words, lost_words, unseen_words
from upload_matrix.inspect.calls import Noticed, Sight
from upload_matrix.inspect.command import Inspection, Listener, Opened
from upload_matrix.inspect.program import status_words
from upload_matrix.model.hop import Hop
from upload_matrix.model.wire import WireForm
from upload_matrix.recordings import Redactor, stored_form
from upload_matrix.report.gateway import hop_lines
from upload_matrix.report.grid import aligned, block, wrapped
from upload_matrix.report.parts import HEADER, other_body, request_line, rows
from upload_matrix.report.streams import raw
from upload_matrix.report.wording import plural, printed, visible
from upload_matrix.run.sweep_progress import columns
from upload_matrix.tap.records import Told

_DIM, _RED, _YELLOW, _GREEN, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[0m"
_INDENT = "   "
_CLIENT_ERROR = 400


class _Coloured(str):
    """A line that is safe to print already: the colours in it are ours."""

    __slots__ = ()


class TextListener(Listener):
    """Writes to ``stream``; colours on a terminal, unless NO_COLOR or CI say otherwise.

    ``ignored`` are codes of findings that are shown and do not count.
    """

    def __init__(self, stream: TextIO, environ: Mapping[str, str], ignored: frozenset[str]) -> None:
        self._stream = raw(stream)
        self._ignored = ignored
        self._wires: dict[int, str] = {}
        self._colour = (
            stream.isatty()
            and not environ.get("NO_COLOR")
            and environ.get("TERM", "") != "dumb"
            and environ.get("CI", "") in ("", "false")
        )
        self._mark = f"{_DIM}│{_PLAIN} " if self._colour else "inspect| "
        self._width = max(40, columns(stream) - (2 if self._colour else len(self._mark)))
        self._failed = False

    def opened(self, opened: Opened) -> None:
        """Where each variable leads."""
        way = "" if opened.gateway is None else f" through {opened.gateway}"
        self._write(
            f"{name}={url} leads to {opened.upstreams[name]}{way}" for name, url in opened.urls.items()
        )
        if opened.gateway is not None:
            self._write([f"{opened.gateway} must forward to {opened.forwards_to}"])

    def sent(self, sight: Sight) -> None:
        """An upload, part by part, with its findings; what carries no file is told with its answer."""
        if not sight.is_upload:
            return
        lines = self._headline(sight)
        before = self._wires.get(sight.first) if sight.attempt > 1 else None
        wire = _shown(sight)
        self._wires[sight.number] = sight.passed.wire.digest
        if before == sight.passed.wire.digest:
            lines.append(f"{_INDENT}the same as attempt 1")
        else:
            body = other_body(wire)
            if body is not None:
                lines += wrapped(body, self._width, _INDENT)
            else:
                cells = ([visible(cell) for cell in row] for row in rows(wire))
                lines += aligned([HEADER, *cells], self._width, _INDENT)
        if wire.fault:
            lines += wrapped(f"fault: {wire.fault}", self._width, _INDENT)
        lines += self._findings(sight)
        self._write(lines)

    def told(self, sight: Sight, told: Told) -> None:
        """The answer, in a line or two."""
        words = sight.redactor.text(answer_words(told))
        what = "" if sight.is_upload else f"{sight.redactor.text(request_line(_shown(sight)))}: "
        lines = wrapped(f"#{sight.number} {what}{words}", self._width, hanging=_INDENT)
        good = told.status is not None and told.silence is None and told.status < _CLIENT_ERROR
        self._write(self._in(_GREEN if good else _RED, line) for line in lines)

    def crossed(self, sight: Sight, hop: Hop) -> None:
        """What the gateway made of it, part by part."""
        first, *rest = map(sight.redactor.text, hop_lines(hop, self._width - len(_INDENT)))
        self._write([f"#{sight.number} {first}", *(f"{_INDENT}{line}" for line in rest)])

    def ended(self, inspection: Inspection, exit_code: int) -> None:
        """How it ended: what was seen, what was found, and how the program itself did."""
        found = [each for one in inspection.exchanges for each in one.sight.faults]
        counted = [each for each in found if each.finding.code not in self._ignored]
        lines: list[str] = []
        if inspection.exchanges:
            counts = {
                "request": inspection.exchanges,
                "upload": inspection.uploads,
                "finding": counted,
            }
            summary = ", ".join(plural(len(each), noun) for noun, each in counts.items())
            ignored = len(found) - len(counted)
            if not inspection.uploads:
                summary = f"no upload was seen: {summary}"
            lines += [f"{summary} ({ignored} ignored)" if ignored else summary]
            lines += [line for words in lost_words(inspection) for line in wrapped(words, self._width)]
        else:
            lines += [line for words in unseen_words(inspection) for line in wrapped(words, self._width)]
        ended = inspection.exit_status
        program = "" if ended is None else f"the program ended with {status_words(ended)}; "
        lines.append(f"{program}inspect ends with exit code {exit_code}")
        self._write(lines)

    def note(self, text: str) -> None:
        """Something else worth a line."""
        self._write(wrapped(text, self._width, hanging=_INDENT))

    def _headline(self, sight: Sight) -> list[str]:
        words = [f"#{sight.number} {request_line(_shown(sight))}"]
        if sight.attempt > 1:
            words.append(f"attempt {sight.attempt} of #{sight.first}")
        if sight.operation is not None and " " not in sight.operation.name:
            words.append(sight.operation.name)
        words += [f"from {sight.caller}", f"wire form {stored_form(sight.passed.wire).digest}"]
        return wrapped(sight.redactor.text(", ".join(words)), self._width, hanging=_INDENT)

    def _findings(self, sight: Sight) -> list[str]:
        lines: list[str] = []
        shown: set[str] = set()
        for each in sight.noticed:
            lines += self._finding(each, sight.redactor, shown)
        return lines

    def _finding(self, each: Noticed, redactor: Redactor, shown: set[str]) -> list[str]:
        counts = each.counts and each.finding.code not in self._ignored
        says = wrapped(
            redactor.text(f"{'!' if counts else 'i'} {each.finding.code}: {each.finding.says}"),
            self._width,
            _INDENT,
            _INDENT * 2,
        )
        lines = [self._in(_YELLOW, line) for line in says] if counts else says
        if each.code is None:
            return lines + wrapped(
                f"mend: {redactor.text(each.finding.mend)}", self._width, _INDENT * 2, _INDENT * 3
            )
        if each.code.code in shown:
            return [*lines, f"{_INDENT * 2}mend: as above"]
        shown.add(each.code.code)
        lines.append(f"{_INDENT * 2}mend ({each.code.language}):")
        return lines + block(redactor.text(each.code.code), _INDENT * 3)

    def _in(self, colour: str, line: str) -> str:
        return _Coloured(f"{colour}{printed(line)}{_PLAIN}") if self._colour else line

    def _write(self, lines: Iterable[str]) -> None:
        # In one piece: the program writes to the same terminal.
        safe = (line if isinstance(line, _Coloured) else printed(line) for line in lines)
        text = "".join(f"{self._mark}{line}\n" for line in safe)
        if self._failed:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            # Whoever read along went away; the program goes on all the same.
            self._failed = True


def _shown(sight: Sight) -> WireForm:
    """The request's form without any key."""
    return stored_form(sight.passed.wire, sight.redactor)
