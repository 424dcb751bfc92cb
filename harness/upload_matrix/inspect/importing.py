"""Saves the requests of somebody's recording, each with what was lost of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.facts.fact import Fact, FactSource, Grade, named
from upload_matrix.files import shown
from upload_matrix.inspect.saved import SUFFIX, save
from upload_matrix.inspect.tape_kinds.entry import LOST_BYTES
from upload_matrix.inspect.tapes import Taped, read_tape
from upload_matrix.judge.observed import observed, vendor_of_host
from upload_matrix.model.answer import NoAnswer
from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.redactor import Redactor
from upload_matrix.report.document import (
    Code,
    Items,
    Lines,
    Listing,
    Paragraph,
    Readable,
    Section,
    Table,
    Words,
)
from upload_matrix.report.wording import plural
from upload_matrix.wire.coding import plain_body

_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class ImportedRequest:
    """What became of a request of the recording, by its ``number`` there.

    ``into`` is the folder it was saved in, as one types it from here; None where it was not, ``says`` why.
    ``lost`` is what the recorder lost of it, ``no_fact`` why it shows no fact, where facts were asked for.
    """

    number: int
    into: str | None
    says: str
    lost: tuple[str, ...] = ()
    no_fact: str = ""

    @property
    def lines(self) -> Iterator[str]:
        """For a terminal."""
        if self.into is None:
            yield f"✗ request {self.number} is not saved: {self.says}"
            return
        yield f"{self.into}  {self.says}"
        yield from (f"  lost in recording: {each}" for each in self.lost)
        if self.no_fact:
            yield f"  no fact: {self.no_fact}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made of a recording: its uploads, and how many ``others`` were left aside without a file.

    ``facts`` are what those that were answered by a known vendor show.
    """

    requests: tuple[ImportedRequest, ...]
    others: int
    facts: tuple[Fact, ...] = ()

    @property
    def saved(self) -> int:
        """Requests that were saved."""
        return sum(each.into is not None for each in self.requests)

    @property
    def left_out(self) -> int:
        """Requests that could not be saved: each holds a key."""
        return len(self.requests) - self.saved

    @property
    def result(self) -> str:
        """How it went, in a line."""
        without = f"; {plural(self.others, 'request')} without a file left aside" if self.others else ""
        sign = "✓" if self.saved and not self.left_out else "?"
        return f"{sign} {plural(self.saved, 'request')} saved{without}"

    @property
    def lines(self) -> tuple[str, ...]:
        """What a terminal shows, the result last."""
        return (*(line for each in self.requests for line in each.lines), self.result)


@dataclass(frozen=True, slots=True)
class Published:
    """Where a recording lies: a public ``repository`` (None: it is not public), its commit and licence."""

    repository: str | None = None
    commit: str | None = None
    licence: str | None = None

    @property
    def grade(self) -> Grade:
        """What is not public, nobody else can read: it is a contribution."""
        return Grade.CONTRIBUTED if self.repository is None else Grade.RECORDED

    def source(self, path: str, entry: int) -> FactSource:
        """Where an exchange was read; entries count from 0, as those of other facts."""
        repository = self.repository or UNPUBLISHED
        return FactSource(repository, path, str(entry - 1), self.commit, self.licence)


UNPUBLISHED = "not public"
"""The repository of what is in none."""


def import_tape(
    path: Path, kind: str, folder: Path, *, every: bool = False, published: Published | None = None
) -> Imported:
    """Save what a recording holds into ``folder``; only uploads, unless ``every`` request is wanted.

    With ``published`` also facts are made of it. None is of an answer that somebody emulated.

    Raises ConfigurationError for a file that is no such recording, and for a name that is taken.
    """
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:_NAME_LENGTH] or "request"
    others = 0
    requests: list[ImportedRequest] = []
    facts: list[Fact] = []
    for taped in read_tape(path, kind):
        if not every and not _may_upload(taped):
            others += 1
            continue
        into = folder / f"{stem}-{taped.number}{SUFFIX}"
        try:
            save(into, taped.saved)
        except CassetteError as error:
            requests.append(ImportedRequest(taped.number, None, str(error)))
            continue
        made, why = ((), "") if published is None else facts_of(taped, published, path.name)
        facts += made
        requests.append(ImportedRequest(taped.number, shown(into), _words(taped), tuple(taped.lost), why))
    return Imported(tuple(requests), others, counted(facts))


def readable(imported: Imported, name: str) -> Readable:
    """What was made of the recording ``name``, as a report: what was lost, and the commands that go on."""
    sections = []
    kept = [each for each in imported.requests if each.into is not None]
    if kept:
        rows = tuple((str(each.number), each.says, Code(each.into), _notes(each)) for each in kept)
        table = Table(("request", "what it was", "saved in", "what is not whole"), rows)
        sections.append(Section("Saved requests", (table,)))
        way = "\n".join(f"upload-matrix {command} {kept[0].into}" for command in ("diagnose", "isolate"))
        words = Paragraph("What decides, and what brings such a request through:")
        sections.append(Section("Go on", (words, Listing(way, "sh"))))
    dropped = tuple(f"request {each.number}: {each.says}" for each in imported.requests if each.into is None)
    if dropped:
        sections.insert(0, Section("Not saved", (Items(dropped),)))
    if imported.facts:
        facts = Items(tuple(Code(fact.id) for fact in imported.facts))
        sections.append(Section(f"Facts: {len(imported.facts):,}", (facts,)))
    return Readable(f"Imported: {name}", (Paragraph(imported.result),), tuple(sections))


def _notes(each: ImportedRequest) -> Words:
    said = [*(f"lost in recording: {lost}" for lost in each.lost)]
    said += [f"no fact: {each.no_fact}"] if each.no_fact else []
    return Lines(tuple(said)) if said else ""


def facts_of(taped: Taped, published: Published, name: str) -> tuple[tuple[Fact, ...], str]:
    """The facts of a request in the file ``name``, and else why there are none.

    A filename is kept; an error's words are redacted as everywhere.
    """
    request, reply = taped.saved.request, taped.saved.reply
    host = urlsplit(taped.saved.asked).hostname or ""
    if isinstance(reply, NoAnswer):
        return (), "no answer was recorded"
    vendor = vendor_of_host(host)
    if vendor is None:
        return (), f"nobody known here is at {host}"
    if not request.complete:
        return (), "the body was not recorded"
    if vendors.operation_of(request.wire.path) is None:
        return (), f"no operation known here is at {request.wire.path}"
    body = plain_body(reply)
    source = published.source(name, taped.number)
    found = observed(request.wire, replace(reply, body=body), vendor, source, published.grade)
    if any(each.startswith(LOST_BYTES) for each in taped.lost):
        # What is left shows neither what the bytes were nor how many.
        found = tuple(
            replace(each, sniffed=None, bytes=None) if each.carrier in ("multipart", "raw") else each
            for each in found
        )
    redactor = Redactor(secrets=taped.saved.secrets)
    return tuple(redacted(each, redactor) for each in found), "" if found else "no file of it can be told"


def redacted(fact: Fact, redactor: Redactor) -> Fact:
    """The fact without what looks like a secret in the words of others."""
    said = fact.error
    clean = None if said is None or said.message is None else redactor.text(said.message)
    return named(
        replace(
            fact,
            filename=None if fact.filename is None else redactor.text(fact.filename),
            model=None if fact.model is None else redactor.text(fact.model),
            path=None if fact.path is None else redactor.text(fact.path),
            error=None if said is None else replace(said, message=clean),
        )
    )


def counted(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Each distinct fact once, with how often it was seen; the first source of several is kept."""
    found: dict[str, Fact] = {}
    for fact in facts:
        plain = named(replace(fact, sources=(replace(fact.sources[0], entry=None),))).id
        known = found.get(plain)
        found[plain] = fact if known is None else replace(known, count=known.count + fact.count)
    return tuple(found.values())


def _may_upload(taped: Taped) -> bool:
    """Whether a request has a file, or may have had one before the recorder dropped its body."""
    wire = taped.saved.request.wire
    multipart = (wire.media_type or "").startswith("multipart/")
    return bool(wire.uploads()) or (multipart and not taped.saved.request.complete)


def _words(taped: Taped) -> str:
    wire, reply = taped.saved.request.wire, taped.saved.reply
    answer = "no answer" if isinstance(reply, NoAnswer) else str(reply.status)
    files = plural(len(wire.uploads()), "file")
    return f"{wire.method} {wire.path}, {files}, {answer}"
