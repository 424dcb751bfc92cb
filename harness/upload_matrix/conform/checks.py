"""What can be checked of a scenario that was run: each check is a function over what came, by its name.

A check is pure. It is called when the program sent something; ``retried`` ones when it sent something twice.
To add one, write a function here and put ``@_check(NAME, WHAT IT CHECKS)`` on it; scenarios name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

from upload_matrix.conform.naming import NameForm, name_form
from upload_matrix.conform.run import NOT_OFFERED_STATUS, ScenarioRun, file_parts
from upload_matrix.model.conformance import NOTHING_MORE, CheckMark, ConformanceCheck, Tier
from upload_matrix.wire.carriers.multipart import Part, base_name
from upload_matrix.wire.difference import Kind, diff
from upload_matrix.wire.form import Captured, Framing
from upload_matrix.wire.media import bare_type
from upload_matrix.wire.stable import LOCAL_PATH

Seen = tuple[CheckMark, str]


@dataclass(frozen=True, slots=True)
class NamedCheck:
    """``says`` is what passes it. ``retried``: it is about the second attempt. ``unsent``: sending nothing
    is an answer, too.
    """

    says: str
    look: Callable[[ScenarioRun], Seen]
    retried: bool = False
    unsent: bool = False


CHECKS: dict[str, NamedCheck] = {}
"""By name, in the order of this file."""

_Look = Callable[[ScenarioRun], Seen]


def _check(name: str, says: str, *, retried: bool = False, unsent: bool = False) -> Callable[[_Look], _Look]:
    def registered(look: _Look) -> _Look:
        CHECKS[name] = NamedCheck(says, look, retried, unsent)
        return look

    return registered


def checked(name: str, tier: Tier, run: ScenarioRun) -> ConformanceCheck:
    """The check's mark on a run, with what was seen."""
    mark, says = _mark(CHECKS[name], run)
    return ConformanceCheck(name, tier, mark, says)


def _mark(check: NamedCheck, run: ScenarioRun) -> Seen:
    if run.status == NOT_OFFERED_STATUS:
        return CheckMark.NOT_OFFERED, run.says
    if not run.attempts and not check.unsent:
        if run.status is None:
            return CheckMark.UNDECIDED, run.says
        return CheckMark.NOT_SENT, run.says
    if check.retried and len(run.attempts) < 2:
        if run.status is None:
            return CheckMark.UNDECIDED, f"{NOTHING_MORE}; {run.says}"
        if run.stops_at_stream:
            return CheckMark.NOT_OFFERED, "a stream cannot be read twice, and it is not sent again"
        return CheckMark.NOT_SENT, NOTHING_MORE
    if run.attempts and not run.attempts[0].complete and check is not CHECKS["sound-form"]:
        return CheckMark.UNDECIDED, "the request broke off"
    if check.retried and not run.attempts[1].complete:
        stopped = f"; {run.says}" if run.status is None else ""
        return CheckMark.FAILED, f"the second request began, and its body did not come whole{stopped}"
    return check.look(run)


def _if(failures: Iterator[str] | list[str], passing: str = "") -> Seen:
    """Failed, with all that is wrong; passed where nothing is."""
    says = "; ".join(dict.fromkeys(failures))
    return (CheckMark.FAILED, says) if says else (CheckMark.PASSED, passing)


def _files(run: ScenarioRun, attempt: int = 0) -> tuple[Part, ...]:
    return file_parts(run.attempts[attempt], run.asked.call.field)


_NO_FILE = "no part of the body carries the file"


def _each(run: ScenarioRun, attempt: int, wrong: Callable[[Part, int], Iterator[str]]) -> Iterator[str]:
    """What is wrong with each part that carries a file."""
    parts = _files(run, attempt)
    if not parts:
        yield _NO_FILE
    for place, part in enumerate(parts):
        yield from wrong(part, place)


# -- the request --


@_check("one-request", "One request to the operation's path, and no other.")
def _one_request(run: ScenarioRun) -> Seen:
    count = len(run.attempts)
    more = [f"{count} requests, with {run.asked.tries} allowed"] if count > run.asked.tries else []
    astray = [
        f"{each.wire.method} {each.wire.path}"
        for each in run.attempts
        if each.wire.method != "POST" or not each.wire.path.endswith(run.asked.call.path)
    ]
    return _if([*more, *astray])


@_check("ended-well", "The program takes the successful answer, and ends with exit status 0.")
def _ended_well(run: ScenarioRun) -> Seen:
    if run.status is None:
        return CheckMark.UNDECIDED, run.says
    return (
        (CheckMark.PASSED, "")
        if run.status == 0
        else (CheckMark.FAILED, f"exit status {run.status}: {run.says}")
    )


@_check("sound-form", "A form as RFC 7578 has it: boundary, line ends and headers of the parts are legal.")
def _sound_form(run: ScenarioRun) -> Seen:
    wire = run.attempts[0].wire
    if wire.fault is not None:
        return CheckMark.FAILED, wire.fault
    if wire.parts is None:
        return CheckMark.FAILED, f"the body is no form, but {wire.media_type or 'of no type'}"
    return CheckMark.PASSED, ""


@_check("framing", "Either Content-Length or chunked, once, and never both.")
def _framing(run: ScenarioRun) -> Seen:
    sent = run.attempts[0]
    names = [name.lower() for name, _ in sent.headers]
    lengths, codings = names.count(b"content-length"), names.count(b"transfer-encoding")
    failures = []
    if lengths and codings:
        failures.append("both Content-Length and Transfer-Encoding")
    if lengths > 1 or codings > 1:
        failures.append("a header of the framing twice")
    if sent.wire.framing is Framing.NONE:
        failures.append("nothing says where the body ends")
    return _if(failures, sent.wire.framing.value)


@_check(
    "content-length", "It says beforehand how long the body is, which some servers and gateways insist on."
)
def _content_length(run: ScenarioRun) -> Seen:
    framing = run.attempts[0].wire.framing
    return _if([] if framing is Framing.CONTENT_LENGTH else [f"the body is sent {framing.value}"])


@_check("key-place", "The key stands in its header (Authorization, as a Bearer), and nowhere else.")
def _key_place(run: ScenarioRun) -> Seen:
    key, place = run.key.encode(), run.asked.call.key
    wanted = b"Bearer " + key if place == "Authorization" else key
    failures = []
    for sent in run.attempts:
        values = [value for name, value in sent.headers if name.lower() == place.lower().encode()]
        if values != [wanted]:
            failures.append(
                f"{place} is not “{'Bearer KEY' if wanted != key else 'KEY'}”" if values else f"no {place}"
            )
        others = [name.decode("latin-1") for name, value in sent.headers if key in value]
        failures += [f"the key in {name}" for name in others if name.lower() != place.lower()]
        if key in sent.head.split(b"\r\n", 1)[0]:
            failures.append("the key in the URL")
        if key in sent.body:
            failures.append("the key in the body")
    return _if(failures)


@_check("no-local-path", "No folder of the machine stands in a filename, a header or a text field.")
def _no_local_path(run: ScenarioRun) -> Seen:
    found = []
    ways = tuple(dict.fromkeys((run.folder, quote(run.folder), quote(run.folder, safe=""))))
    for sent in run.attempts:
        for part in sent.wire.parts or ():
            written = (part.filename or "", part.disposition, *(value for _, value in part.headers))
            if any(LOCAL_PATH in text or way in text for text in written for way in ways):
                found.append(f"in the headers of part “{part.name}”")
            elif not part.is_file and any(way in (part.text or "") for way in ways):
                found.append(f"in the text of “{part.name}”")
        head = sent.head.decode("latin-1")
        if any(way in head for way in ways):
            found.append("in the request's own headers")
    return _if(found)


# -- the file --


@_check("field", "The file stands in the field that was named, as `image`, or as `image[]`.")
def _field(run: ScenarioRun) -> Seen:
    field = run.asked.call.field

    def wrong(part: Part, _: int) -> Iterator[str]:
        if part.name not in (field, f"{field}[]"):
            numbered = base_name(part.name) == field
            yield (
                f"numbered as “{part.name}”, which few servers read"
                if numbered
                else f"in the field “{part.name}”"
            )

    return _if(_each(run, 0, wrong), ", ".join(dict.fromkeys(f"“{part.name}”" for part in _files(run))))


@_check("filename", "The filename is the file's own.")
def _filename(run: ScenarioRun) -> Seen:
    files = run.asked.files

    def wrong(part: Part, place: int) -> Iterator[str]:
        if place < len(files) and part.filename != files[place].name:
            yield ("no filename" if part.filename is None else f"named “{part.filename}”")

    return _if(_each(run, 0, wrong))


@_check("extension", "The filename has the extension by which servers know the format.")
def _extension(run: ScenarioRun) -> Seen:
    files = run.asked.files

    def wrong(part: Part, place: int) -> Iterator[str]:
        ending = PurePath(files[place].name).suffix if place < len(files) else ""
        if not (part.filename or "").endswith(ending):
            yield "no filename" if part.filename is None else f"named “{part.filename}”"

    return _if(_each(run, 0, wrong))


@_check("media-type", "The part's Content-Type is that of the file.")
def _media_type(run: ScenarioRun) -> Seen:
    files = run.asked.files

    def wrong(part: Part, place: int) -> Iterator[str]:
        if place < len(files) and bare_type(part.content_type) != files[place].media_type:
            yield "no Content-Type" if part.content_type is None else f"sent as “{part.content_type}”"

    return _if(_each(run, 0, wrong))


@_check("bytes", "The part holds the file's bytes, all and only them.")
def _bytes(run: ScenarioRun) -> Seen:
    return _if(_other_bytes(run, 0))


def _other_bytes(run: ScenarioRun, attempt: int) -> Iterator[str]:
    files = run.asked.files
    count = len(_files(run, attempt))
    if count > len(files):
        return iter([f"in place of the file there are {count} parts"])

    def wrong(part: Part, place: int) -> Iterator[str]:
        if place >= len(files) or part.sha256 == files[place].sha256:
            return
        yield "the part is empty" if not part.size else f"{part.size:,} other bytes"

    return _each(run, attempt, wrong)


@_check("every-file", "Every file is there, once, in the order given.")
def _every_file(run: ScenarioRun) -> Seen:
    wanted = [each.sha256 for each in run.asked.files]
    came = [part.sha256 for part in _files(run)]
    if came == wanted:
        return CheckMark.PASSED, ""
    if sorted(came) == sorted(wanted):
        return CheckMark.FAILED, "in another order"
    return CheckMark.FAILED, f"{len(came)} of {len(wanted)} files" if len(came) < len(
        wanted
    ) else "other files"


@_check("text-fields", "The text fields are there, once each, with their values and without a filename.")
def _text_fields(run: ScenarioRun) -> Seen:
    failures = []
    for name, value in run.asked.texts:
        parts = [part for part in run.attempts[0].wire.parts or () if part.name == name]
        if len(parts) != 1:
            failures.append(f"“{name}” is there {len(parts)} times" if parts else f"no “{name}”")
        elif parts[0].is_file:
            failures.append(f"“{name}” is sent as a file")
        elif parts[0].text != value:
            failures.append(f"“{name}” is another text")
    return _if(failures)


# -- odd names and files --


_READ_EVERYWHERE = {
    "unicode-name": (NameForm.UTF8, NameForm.BOTH),
    "quoted-name": (NameForm.PERCENT_QUOTES, NameForm.BACKSLASH),
}


def _named(run: ScenarioRun, check: str) -> Seen:
    parts = _files(run)
    if not parts:
        return CheckMark.FAILED, _NO_FILE
    form = name_form(parts[0], run.asked.files[0].name)
    return CheckMark.PASSED if form in _READ_EVERYWHERE[check] else CheckMark.FAILED, form.value


@_check("unicode-name", "A name beyond ASCII is written as UTF-8, as RFC 7578 and browsers have it.")
def _unicode_name(run: ScenarioRun) -> Seen:
    return _named(run, "unicode-name")


@_check(
    "quoted-name",
    "Quotes in a name are written so that the name does not end there: `%22`, or after a backslash.",
)
def _quoted_name(run: ScenarioRun) -> Seen:
    return _named(run, "quoted-name")


@_check("empty-file", "An empty file is sent as a file without bytes, not left out.")
def _empty_file(run: ScenarioRun) -> Seen:
    def wrong(part: Part, _: int) -> Iterator[str]:
        if not part.is_file:
            yield "no filename"
        if part.size:
            yield f"{part.size:,} bytes"

    return _if(_each(run, 0, wrong))


@_check(
    "no-injection",
    "A line break in a name does not become a header of the part; to send nothing is right too.",
    unsent=True,
)
def _no_injection(run: ScenarioRun) -> Seen:
    if not run.attempts:
        return (CheckMark.UNDECIDED if run.status is None else CheckMark.PASSED), run.says

    def wrong(part: Part, _: int) -> Iterator[str]:
        if any(name.lower().startswith("x-") for name, _ in part.headers):
            yield "the name's second line became a header"
        if "\r" in part.disposition or "\n" in part.disposition:
            yield "the line break stands in the header"

    return _if(_each(run, 0, wrong))


# -- the second attempt --


@_check("tried-again", "After a failing answer the call is made again.", retried=True)
def _tried_again(run: ScenarioRun) -> Seen:
    return CheckMark.PASSED, f"{len(run.attempts)} attempts"


@_check("second-body", "The second attempt has the file's bytes, all of them.", retried=True)
def _second_body(run: ScenarioRun) -> Seen:
    return _if(_other_bytes(run, 1))


@_check("second-same", "The second attempt sends the same as the first, in whatever order.", retried=True)
def _second_same(run: ScenarioRun) -> Seen:
    first, second = run.attempts[:2]
    if second.wire.fault is not None and first.wire.fault is None:
        return CheckMark.FAILED, second.wire.fault
    differences = diff(first.wire, second.wire)
    return _if([each.where for each in differences if each.kind is not Kind.ORDER])


def attempts_of(sent: tuple[Captured, ...]) -> tuple[Captured, ...]:
    """What counts as an attempt: a browser asks beforehand whether it may."""
    return tuple(each for each in sent if each.wire.method != "OPTIONS")
