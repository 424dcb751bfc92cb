"""Saves the requests of somebody's recording, each with what was lost of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
from upload_matrix.report.wording import plural
from upload_matrix.wire.coding import plain_body

_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Imported:
    """How many requests were ``saved`` and ``left_out`` (one that holds a key), in ``lines`` to show.

    ``facts`` are what those that were answered by a known vendor show.
    """

    saved: int
    left_out: int
    lines: tuple[str, ...]
    facts: tuple[Fact, ...] = ()


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
    saved = left_out = others = 0
    lines: list[str] = []
    facts: list[Fact] = []
    for taped in read_tape(path, kind):
        if not every and not _may_upload(taped):
            others += 1
            continue
        into = folder / f"{stem}-{taped.number}{SUFFIX}"
        try:
            save(into, taped.saved)
        except CassetteError as error:
            left_out += 1
            lines.append(f"✗ request {taped.number} is not saved: {error}")
            continue
        saved += 1
        lines.append(f"{shown(into)}  {_words(taped)}")
        lines += [f"  lost in recording: {each}" for each in taped.lost]
        if published is not None:
            made, why = facts_of(taped, published, path.name)
            facts += made
            lines += [f"  no fact: {why}"] if why else []
    without = f"; {plural(others, 'request')} without a file left aside" if others else ""
    lines.append(f"{'✓' if saved and not left_out else '?'} {plural(saved, 'request')} saved{without}")
    return Imported(saved, left_out, tuple(lines), counted(facts))


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
