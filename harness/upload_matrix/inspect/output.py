"""What ``inspect`` shows, beside the program's own output: as text behind a mark, or as JSON lines.

The JSON lines are ``listening``, ``request``, ``answer``, ``hop``, ``note`` and ``end``, each written as soon
as there is something to say: a ``request`` stands before its ``answer``, and those of calls made side by side
are mixed; ``number`` tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TextIO
from urllib.parse import urlsplit, urlunsplit

from upload_matrix import vendors
from upload_matrix.inspect.calls import Noticed, Sight
from upload_matrix.inspect.command import Inspected, Inspection, Listener, Opened, status_words
from upload_matrix.inspect.proxy.words import missed_words, nothing_through, proxy_words
from upload_matrix.inspect.routes import ANY_PROGRAM
from upload_matrix.inspect.witness import MadeCall
from upload_matrix.judge.crossings import listed
from upload_matrix.judge.delivered import NOT_TOLD, Delivery, DeliveryTold, delivered
from upload_matrix.judge.handed_over import advice
from upload_matrix.model.answer import ApiError, Provenance, api_error
from upload_matrix.model.codec import encode, line
from upload_matrix.model.estimate import model_of, operation_of
from upload_matrix.model.hop import Hop
from upload_matrix.model.price import spent_on, total
from upload_matrix.recordings import Redactor, stored_form
from upload_matrix.report.gateway import hop_lines
from upload_matrix.report.grid import aligned, block, wrapped
from upload_matrix.report.streams import columns, moves, raw
from upload_matrix.report.visible import printed, visible
from upload_matrix.report.wording import (
    explain_hint,
    head,
    of_source,
    other_body,
    plural,
    request_line,
    rows,
    upload_words,
)
from upload_matrix.spending.tables import load_prices
from upload_matrix.tap.passing import PassingAnswer
from upload_matrix.wire.coding import content_decoded
from upload_matrix.wire.form import WireForm
from upload_matrix.wire.media import bare_type

_FAILED = 400
_LOOKED_INTO = 256 * 1024
"""Bytes of an answer up to which its error is read."""


def error_of(told: PassingAnswer) -> ApiError | None:
    """The error an answer carries; None for one that is none, or too long to be one."""
    if told.status is None or told.status < _FAILED:
        return None
    if told.body.dropped or not 0 < told.body.size <= _LOOKED_INTO:
        return None
    body = told.body.read()
    coding = _header(told, "content-encoding")
    if coding:
        decoded = content_decoded(body, coding)
        if decoded is None:
            return None
        body = decoded
    return api_error(body)


def delivery_of(sight: Sight, told: PassingAnswer, canary: str | None) -> DeliveryTold:
    """Whether what was accepted reached the model, as far as the answer tells."""
    accepted = told.status is not None and told.silence is None and 200 <= told.status < 300
    readable = not told.body.dropped and told.body.size <= _LOOKED_INTO
    if not accepted or not readable or not sight.passed.wire.uploads():
        return NOT_TOLD
    body = content_decoded(told.body.read(), _header(told, "content-encoding") or "")
    return NOT_TOLD if body is None else delivered(sight.passed.wire, body, canary)


def answer_words(told: PassingAnswer) -> str:
    """``400 invalid_value: Invalid value...``, with who answered and how long it took."""
    if told.silence is not None and told.status is None:
        return f"{told.silence.says} ({told.seconds:.1f} s)"
    words = str(told.status)
    error = error_of(told)
    if error is not None:
        named = " ".join(filter(None, (error.code or error.type, error.param and f"(param {error.param})")))
        words += f" {named}" if named else ""
        words += f": {error.message}" if error.message else ""
    else:
        kind = bare_type(_header(told, "content-type"))
        words += (
            f" {kind}, {plural(told.body.size, 'byte')}" if kind else f" {plural(told.body.size, 'byte')}"
        )
    if told.silence is not None:
        words += f", then: {told.silence.says}"
    source = "" if told.source is None else f"{of_source(told.source, told.rule)}, "
    return f"{words} ({source}{told.seconds:.1f} s)"


def raised_words(inspection: Inspection) -> Iterator[str]:
    """The errors that the program did not catch, where no upload was seen; nothing for none.

    Where the program made calls that did not arrive here, an upload may well have left it.
    """
    if inspection.uploads:
        return
    redactor = Redactor((), inspection.secrets)
    when = "" if inspection.past else " before an upload left it"
    for raised in inspection.raised:
        yield redactor.text(f"the program raised {raised.error}{when}: {raised.message}")
        if raised.place is not None:
            yield f"  at {raised.place}: {redactor.text(raised.place.source)}"
        said = advice(raised.error, raised.message, raised.handed_over)
        if said is not None:
            yield f"  {said}"


def changed_words(inspection: Inspection) -> Iterator[str]:
    """Uploads that a gateway changed and the server then rejected; nothing for none."""
    for one in inspection.exchanges:
        if one.hop is not None and one.hop.rejected:
            yield (
                f"the server rejected what {one.hop.gateway} made of upload #{one.sight.number}, which is "
                f"not what the program sent: {listed(one.hop.rejected)}. Whether that decides, diagnose "
                "--through finds out"
            )


def unseen_words(inspection: Inspection) -> Iterator[str]:
    """What to try where no request came, and the program does not itself say why."""
    if inspection.past and inspection.traffic is None:
        yield from _elsewhere(inspection)
        return
    if inspection.raised and not inspection.past:
        yield "no request was seen: the program ended by an error of its own first"
        return
    if inspection.traffic is not None:
        yield from nothing_through(inspection.traffic, waited=inspection.exit_status is None)
        return
    yield "no request was seen. Either the program made no call, or it does not read its base URL from"
    yield f"  {', '.join(inspection.opened.urls)}. Then:"
    yield f"- name the variable it does read with --env NAME; or let its code take the URL from {ANY_PROGRAM}"
    yield from _base_url_in_code()
    if inspection.strays:
        yield f"- {plural(inspection.strays, 'request')} came without the path of the URL that is given"


def _elsewhere(inspection: Inspection) -> Iterator[str]:
    """Where the program's calls went instead, perhaps to the real server: what came of them is not known."""
    redactor = Redactor((), inspection.secrets)
    yield f"no request came here: the program made {plural(len(inspection.past), 'request')} elsewhere:"
    for made in _one_each(inspection.past):
        url = urlsplit(made.url)
        told = f"{made.method} {urlunsplit((url.scheme, url.netloc.rpartition('@')[2], url.path, '', ''))}"
        at = "" if made.place is None else f", at {made.place}: {made.place.source}"
        yield redactor.text(f"  {told}{at}")
    yield from _base_url_in_code()


def _one_each(calls: Iterable[MadeCall]) -> list[MadeCall]:
    """A call for each method and URL, at most five: repetitions of one tell nothing new."""
    return list({(made.method, made.url): made for made in calls}.values())[:5]


def _base_url_in_code() -> Iterator[str]:
    yield f"- a base URL in code has its way over {vendors.usual().variables.base_url}: leave it out there,"
    yield "  or catch it with --proxy"


def past_words(names: Iterable[str]) -> Iterator[str]:
    """How to point SDKs at the tap that read no base URL from a variable: their requests go past it."""
    for vendor in filter(None, map(vendors.of_variable, names)):
        if vendor.variables.in_code is not None:
            yield f"the SDK {vendor.sdk} does not read {vendor.variables.base_url}, and its requests go past,"
            yield f"  to {vendor.base_url}, unless the program writes {vendor.variables.in_code}"


def _header(told: PassingAnswer, name: str) -> str | None:
    return next((value for key, value in told.headers if key.lower() == name), None)


def lost_words(inspection: Inspection) -> Iterator[str]:
    """How many answers by which the target accepted the gateway lost, with their money; nothing for none."""
    lost = [
        (inspected, forwarded)
        for inspected in inspection.exchanges
        if inspected.hop is not None
        for crossing in inspected.hop.crossings
        if crossing.lost
        for forwarded in crossing.forwarded
        if forwarded.accepted
    ]
    if not lost:
        return
    live = [each for each in lost if each[1].source and each[1].source.provenance is Provenance.LIVE]
    prices = load_prices()
    amounts = []
    for inspected, forwarded in live:
        wire = inspected.sight.passed.wire
        price = prices.price(model_of(wire), operation_of(wire))
        amounts.append(spent_on(forwarded.status, forwarded.usage, price))
    paid = f", paid for with {total(amounts)}" if live else ""
    lost_ = plural(len(lost), "answer")
    yield f"{lost_} by which the target accepted did not come back through the gateway{paid}"


_DIM, _RED, _YELLOW, _GREEN, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[0m"
_INDENT = "   "
_CLIENT_ERROR = 400
_BODY_SHOWN = 400
"""Characters of a body without parts that are shown."""


_MOST_AGAIN = 10
"""Different findings that are repeated at the end."""

_MOST_NUMBERS = 4


def numbers(of: Iterable[int]) -> str:
    """``#1, #3``: requests by their numbers, the first few of many."""
    found = list(dict.fromkeys(of))
    more = f" and {len(found) - _MOST_NUMBERS:,} more" if len(found) > _MOST_NUMBERS else ""
    return ", ".join(f"#{number}" for number in found[:_MOST_NUMBERS]) + more


class _Coloured(str):
    """A line that is safe to print already: the colours in it are ours."""

    __slots__ = ()


class TextListener(Listener):
    """Writes to ``stream``; colours on a terminal, unless NO_COLOR or CI say otherwise.

    ``ignored`` are codes of findings that are shown and do not count, ``canary`` is a word of the file that
    an answer has to hold.
    """

    def __init__(
        self,
        stream: TextIO,
        environ: Mapping[str, str],
        ignored: frozenset[str],
        canary: str | None = None,
    ) -> None:
        self._canary = canary
        self._stream = raw(stream)
        self._ignored = ignored
        self._wires: dict[int, str] = {}
        self._colour = moves(stream, environ) and not environ.get("NO_COLOR")
        self._mark = f"{_DIM}│{_PLAIN} " if self._colour else "inspect| "
        self._width = max(40, columns(stream) - (2 if self._colour else len(self._mark)))
        self._failed = False

    def opened(self, opened: Opened) -> None:
        """Where each variable leads."""
        way = "" if opened.gateway is None else f" through {opened.gateway}"
        for name, url in opened.urls.items():
            line = f"{name}={url} leads to {opened.upstreams[name]}{way}"
            self._write(wrapped(line, self._width, hanging=_INDENT) if self._stream.isatty() else [line])
        if opened.proxy is None:
            self._write(past_words(opened.urls))
        else:
            self._write(proxy_words(opened.proxy))
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
            if body is None:
                cells = ([visible(cell) for cell in row] for row in rows(wire))
                lines += aligned([head(wire), *cells], self._width, _INDENT)
            else:
                short = body if len(body) <= _BODY_SHOWN else f"{body[:_BODY_SHOWN]}..."
                lines += wrapped(short, self._width, _INDENT)
            for place, words in upload_words(wire):
                lines += wrapped(visible(f"{place}: {words}"), self._width, _INDENT, _INDENT * 2)
        if wire.fault:
            lines += wrapped(f"fault: {wire.fault}", self._width, _INDENT)
        lines += self._findings(sight)
        self._write(lines)

    def told(self, sight: Sight, told: PassingAnswer) -> None:
        """The answer, in a line or two."""
        words = sight.redactor.text(answer_words(told))
        what = "" if sight.is_upload else f"{sight.redactor.text(request_line(_shown(sight)))}: "
        lines = wrapped(f"#{sight.number} {what}{words}", self._width, hanging=_INDENT)
        good = told.status is not None and told.silence is None and told.status < _CLIENT_ERROR
        self._write(self._in(_GREEN if good else _RED, line) for line in lines)
        delivery = delivery_of(sight, told, self._canary)
        if delivery.delivery is Delivery.IGNORED:
            says = sight.redactor.text(f"#{sight.number} accepted, and ignored: {delivery.says}")
            self._write(self._in(_RED, line) for line in wrapped(says, self._width, hanging=_INDENT))

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
            if not inspection.uploads:
                summary = f"no upload was seen: {summary}"
            ignored = len(found) - len(counted)
            lines += [f"{summary} ({ignored} ignored)" if ignored else summary]
            if inspection.exit_status is not None:
                lines += self._again(inspection.exchanges)
            for words in (*changed_words(inspection), *lost_words(inspection)):
                lines += wrapped(words, self._width)
        else:
            lines += [line for words in unseen_words(inspection) for line in wrapped(words, self._width)]
        lines += [
            line
            for words in (
                *raised_words(inspection),
                *(missed_words(inspection.traffic) if inspection.traffic is not None else ()),
            )
            for line in wrapped(visible(words), self._width, hanging=_INDENT)
        ]
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
        lines = wrapped(sight.redactor.text(", ".join(words)), self._width, hanging=_INDENT)
        place = None if sight.made is None else sight.made.place
        if place is not None:
            source = f": {sight.redactor.text(place.source)}" if place.source else ""
            lines += wrapped(f"called at {place}{source}", self._width, _INDENT, _INDENT * 2)
        return lines

    def _findings(self, sight: Sight) -> list[str]:
        lines: list[str] = []
        shown: set[str] = set()
        for each in sight.noticed:
            lines += self._finding(each, sight.redactor, shown)
        return lines

    def _again(self, exchanges: Sequence[Inspected]) -> list[str]:
        """The findings that count, each once, with its requests: the program wrote between them and here."""
        alike: dict[tuple[str, str], list[tuple[Sight, Noticed]]] = {}
        for sight in (one.sight for one in exchanges):
            for each in sight.faults:
                if each.finding.code not in self._ignored:
                    alike.setdefault((each.finding.code, each.finding.says), []).append((sight, each))
        lines: list[str] = []
        shown: set[str] = set()
        for found in list(alike.values())[:_MOST_AGAIN]:
            sight, each = found[0]
            lines += self._finding(each, sight.redactor, shown, numbers(one.number for one, _ in found))
        if len(alike) > _MOST_AGAIN:
            lines.append(f"{_INDENT}and {len(alike) - _MOST_AGAIN:,} more, above")
        if alike:
            lines.append(f"{_INDENT}{explain_hint(next(iter(alike))[0])}")
        return lines

    def _finding(self, each: Noticed, redactor: Redactor, shown: set[str], where: str = "") -> list[str]:
        counts = each.counts and each.finding.code not in self._ignored
        label = f"{each.finding.code} ({where})" if where else each.finding.code
        says = wrapped(
            redactor.text(f"{'!' if counts else 'i'} {label}: {each.finding.says}"),
            self._width,
            _INDENT,
            _INDENT * 2,
        )
        lines = [self._in(_YELLOW, line) for line in says] if counts else says
        if each.code is None:
            return lines + wrapped(
                f"fix: {redactor.text(each.finding.fix)}", self._width, _INDENT * 2, _INDENT * 3
            )
        if each.code.code in shown:
            return [*lines, f"{_INDENT * 2}fix: as above"]
        shown.add(each.code.code)
        lines.append(f"{_INDENT * 2}fix ({each.code.language}):")
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


class JsonListener(Listener):
    """Writes to ``stream``. ``ignored`` are codes of findings that do not count."""

    def __init__(self, stream: TextIO, ignored: frozenset[str], canary: str | None = None) -> None:
        self._canary = canary
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
            proxy=None if opened.proxy is None else asdict(opened.proxy),
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
            called_at=None if sight.made is None else encode(sight.made.places),
            handed_over=None if sight.made is None else encode(dict(sight.made.handed_over)),
            findings=[self._finding(each) for each in sight.noticed],
        )

    def told(self, sight: Sight, told: PassingAnswer) -> None:
        """Its answer, without the body; ``error`` has the fields of an error."""
        error = error_of(told)
        delivery = delivery_of(sight, told, self._canary)
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
            delivery=delivery.delivery.value,
            delivery_says=delivery.says,
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
            crossings=[encode(crossing) for crossing in hop.crossings],
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
            proxy=None if inspection.traffic is None else asdict(inspection.traffic),
            raised=[
                {**encode(each), "advice": advice(each.error, each.message, each.handed_over)}
                for each in inspection.raised
            ],
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
            "fix": finding.fix,
            "severity": finding.severity.value,
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
