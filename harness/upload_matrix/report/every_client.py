"""The table of all clients: how each hands a file over, what it sends the second time, its trap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upload_matrix.judge.client_traits import (
    RETRY,
    SentFile,
    Trait,
    is_known,
    named_trait,
    second_attempt,
    sent_files,
    shown_to_avoid,
    trap_of,
)
from upload_matrix.model import codec
from upload_matrix.model.client_table import MeasuredClient, MeasuredClients
from upload_matrix.model.conformance import ConformanceCheck
from upload_matrix.report.document import (
    Aside,
    Code,
    Items,
    Lines,
    Paragraph,
    Readable,
    Section,
    Strong,
    Table,
    Words,
    reports_of,
)
from upload_matrix.report.registry import CLIENTS
from upload_matrix.report.wording import plural

_SENTENCE = "What each client sends for the same call, measured on the wire."
_NAMES = (
    ("unicode-name", "unicode-name"),
    ("quoted-name", "quoted-name"),
    ("line-break-name", "no-injection"),
)


def load(text: str, name: str) -> MeasuredClients:
    """Read a table back; ``name`` is its file, for messages. Raises ConfigurationError."""
    way_out = "Write it again with `conform clients -o FILE.json`."
    return codec.load(MeasuredClients, text, name, what="table of clients", way_out=way_out)


def numbers(table: MeasuredClients) -> tuple[tuple[str, str], ...]:
    """What the head of a page counts."""
    done = _done(table)
    languages = {each.language for each in done}
    return (
        (f"{len(done):,}", "clients measured"),
        (f"{len(languages):,}", "languages and runtimes"),
        (f"{sum(len(each.runs) for each in done):,}", "calls of a program"),
    )


def _done(table: MeasuredClients) -> list[MeasuredClient]:
    return [each for each in table.clients if each.runs]


def sentence(table: MeasuredClients) -> str:
    """How many clients have a trap."""
    done = _done(table)
    trapped = sum(trap_of(each) is not None for each in done)
    return f"{trapped:,} of {plural(len(done), 'client')} {'has' if trapped == 1 else 'have'} a trap"


def readable(table: MeasuredClients) -> Readable:
    """Traps first, then a table a language with a row a container, then names, retries and versions."""
    done = _done(table)
    languages = dict.fromkeys(each.language for each in done)
    return Readable(
        title="What every client sends",
        lead=(
            Paragraph(_SENTENCE),
            Paragraph(
                f"{plural(len(done), 'client')} of {plural(len(languages), 'runtime')}: the same picture "
                "(avatar.webp) to the same server on loopback, in every way in which a client takes a file."
            ),
        ),
        sections=(
            _traps(done),
            *(_of_language(language, done) for language in languages),
            _names(done),
            _versions(table),
            *_unavailable(table),
        ),
        foot=(
            Paragraph(
                "Made by upload-matrix conform clients: each cell was seen on the wire. The line that avoids "
                "a trap is shown where a call with name and type given passed the check that others fail."
            ),
        ),
    )


def _traps(done: Sequence[MeasuredClient]) -> Section:
    rows: list[tuple[Words, ...]] = []
    for each in done:
        trap = trap_of(each)
        avoided = trap is not None and bool(each.avoid) and shown_to_avoid(each, trap)
        told: Words = (
            Aside("none found" if is_known(each) else "not known") if trap is None else trap.sentence
        )
        rows.append(
            (Lines((Strong(each.language), each.title)), Lines((told, Code(each.avoid))) if avoided else told)
        )
    header = ("client", "trap, and the line that avoids it")
    return Section("The trap of each", (Table(header, tuple(rows)),))


_HANDED = ("client", "container", "filename", "Content-Type", "field", "framing", "bytes", "second attempt")


def _of_language(language: str, done: Sequence[MeasuredClient]) -> Section:
    rows: list[tuple[Words, ...]] = []
    for each in done:
        if each.language == language:
            for place, sent in enumerate(sent_files(each)):
                rows.append((each.title if place == 0 else "", *_row(each, sent)))
    return Section(language, (Table(_HANDED, tuple(rows)),))


def _row(client: MeasuredClient, sent: SentFile) -> Iterator[Words]:
    yield sent.container
    part = sent.part
    if part is None:
        yield from (sent.why, "", "", "", "", "")
        return
    yield _value(part.filename)
    yield _value(part.content_type)
    yield Code(part.field)
    yield part.framing
    yield sent.content if sent.content == "the file" else Strong(sent.content)
    yield _trait(second_attempt(client.run_of(RETRY, sent.container)))


def _value(value: str | None) -> Words:
    return Aside("none") if value is None else Code(value)


def _trait(trait: Trait) -> Words:
    return Strong(trait.words) if trait.well is False else trait.words


def _names(done: Sequence[MeasuredClient]) -> Section:
    header = ("language", "client", "beyond ASCII", "quotes", "line break", "empty file", "two files", "5 MB")
    rows = tuple(
        (
            each.language,
            each.title,
            *(_trait(named_trait(each, scenario, check)) for scenario, check in _NAMES),
            _trait(named_trait(each, "empty-file", "empty-file")),
            _trait(named_trait(each, "two-files", "field")),
            _trait(named_trait(each, "large", "bytes")),
        )
        for each in done
    )
    return Section(
        "Odd names and files",
        (
            Paragraph("One call each, the file handed over in the way of the client that names it best."),
            Table(header, rows),
        ),
    )


def _versions(table: MeasuredClients) -> Section:
    rows = tuple(
        (each.title, Lines(tuple(f"{name} {version}" for name, version in table.versions[each.name].items())))
        for each in _done(table)
    )
    return Section("Versions", (Table(("client", "measured with"), rows),), folded=True)


def _unavailable(table: MeasuredClients) -> Iterator[Section]:
    lacking = [each for each in table.clients if not each.runs]
    if lacking:
        entries = tuple(f"{each.title} ({each.name}): {each.unavailable}" for each in lacking)
        yield Section("Not measured here", (Items(entries),))


def changes(before: MeasuredClients, after: MeasuredClients) -> tuple[str, ...]:
    """What a client of the same versions sends otherwise, a line each; other versions are not compared."""
    old = {each.name: each for each in before.clients}
    return tuple(
        line
        for each in after.clients
        if each.runs and before.versions.get(each.name) == after.versions[each.name]
        for line in _changes(old[each.name], each)
    )


def _changes(old: MeasuredClient, new: MeasuredClient) -> Iterator[str]:
    for run in new.runs:
        was = old.run_of(run.scenario, run.container)
        if was is None or was == run:
            continue
        marks = {check.name: check for check in was.checks}
        told = [
            f"{check.name} was {_mark(marks.get(check.name))} and is {_mark(check)}"
            for check in run.checks
            if marks.get(check.name) != check
        ]
        what = "; ".join(told) or "other headers, checked alike"
        yield f"{new.name} {run.scenario}[{run.container}]: {what}"


def _mark(check: ConformanceCheck | None) -> str:
    return "not there" if check is None else f"{check.mark}{f' ({check.says})' if check.says else ''}"


REPORTS = reports_of(CLIENTS, readable)
