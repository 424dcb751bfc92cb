"""What ``inspect`` shows, as JSON lines: ``listening``, ``request``, ``answer``, ``hop``, ``note`` and
``end``.

A line is written as soon as there is something to say, so a ``request`` stands before its ``answer``, and
those of calls made side by side are mixed; ``number`` tells them apart.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, TextIO

from upload_matrix.cli.inspect_words import error_of
from upload_matrix.inspect.calls import Noticed, Sight
from upload_matrix.inspect.command import Inspection, Listener, Opened
from upload_matrix.model.codec import encode, line
from upload_matrix.model.hop import Hop
from upload_matrix.recordings import Redactor, stored_form
from upload_matrix.tap.records import Told


class JsonListener(Listener):
    """Writes to ``stream``. ``ignored`` are codes of findings that do not count."""

    def __init__(self, stream: TextIO, ignored: frozenset[str]) -> None:
        self._stream = stream
        self._ignored = ignored

    def opened(self, opened: Opened) -> None:
        """``variables`` with their URL and where they lead."""
        self._write(
            "listening",
            variables=[
                {"name": name, "url": url, "leads_to": opened.upstreams[name]}
                for name, url in opened.urls.items()
            ],
            gateway=opened.gateway,
            forwards_to=opened.forwards_to,
        )

    def sent(self, sight: Sight) -> None:
        """A request: its wire form as in a report, its caller, its findings."""
        self._write(
            "request",
            sight.redactor,
            number=sight.number,
            attempt=sight.attempt,
            first_attempt=sight.first,
            upload=sight.is_upload,
            operation=None if sight.operation is None else sight.operation.name,
            caller={**asdict(sight.caller), "words": str(sight.caller)},
            wire=encode(stored_form(sight.passed.wire)),
            complete=sight.passed.complete,
            findings=[self._finding(each) for each in sight.noticed],
        )

    def told(self, sight: Sight, told: Told) -> None:
        """Its answer, without the body; ``error`` has the fields of an error."""
        error = error_of(told)
        self._write(
            "answer",
            sight.redactor,
            number=sight.number,
            status=told.status,
            error=None if error is None else asdict(error),
            source=None if told.source is None else asdict(told.source),
            rule=told.rule,
            no_answer=None
            if told.silence is None
            else {"why": told.silence.why.value, "says": told.silence.says},
            bytes=told.body.size,
            seconds=round(told.seconds, 3),
        )

    def crossed(self, sight: Sight, hop: Hop) -> None:
        """What a gateway made of it: ``effects``, whether it was ``faithful``, and each crossing."""
        self._write(
            "hop",
            sight.redactor,
            number=sight.number,
            gateway=hop.gateway,
            effects=[effect.value for effect in hop.effects],
            faithful=hop.faithful,
            crossings=[asdict(crossing) for crossing in hop.crossings],
        )

    def ended(self, inspection: Inspection, exit_code: int) -> None:
        """``program`` says how the program itself ended, ``exit_code`` how inspect does."""
        ended = inspection.exit_status
        faults = [each for one in inspection.exchanges for each in one.sight.faults]
        self._write(
            "end",
            requests=len(inspection.exchanges),
            uploads=len(inspection.uploads),
            findings=sum(each.finding.code not in self._ignored for each in faults),
            strays=inspection.strays,
            program=None
            if ended is None
            else {
                "exit_status": ended if ended >= 0 else None,
                "signal": None if ended >= 0 else -ended,
            },
            exit_code=exit_code,
        )

    def note(self, text: str) -> None:
        """Something else worth a line."""
        self._write("note", says=text)

    def _finding(self, each: Noticed) -> dict[str, Any]:
        finding = each.finding
        return {
            "code": finding.code,
            "part": finding.part,
            "says": finding.says,
            "mend": finding.mend,
            "counts": each.counts and finding.code not in self._ignored,
            "as_code": None if each.code is None else asdict(each.code),
        }

    def _write(self, event: str, redactor: Redactor | None = None, /, **fields: Any) -> None:
        shown = fields if redactor is None else _clean(fields, redactor)
        self._stream.write(line({"event": event, **shown}) + "\n")
        self._stream.flush()


def _clean(value: Any, redactor: Redactor) -> Any:
    """``value`` with every text in it redacted: a key may stand in any of them."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, dict):
        return {redactor.text(key): _clean(each, redactor) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, redactor) for each in value]
    return value
