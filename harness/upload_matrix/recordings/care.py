"""What is wrong with recordings: unsound, old, left over, emulated where a real server is expected. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from upload_matrix.model.errors import CassetteError
from upload_matrix.recordings.inventory import Entry
from upload_matrix.recordings.redactor import DEFAULT, Redactor
from upload_matrix.recordings.scrub import scrubbed
from upload_matrix.recordings.stored import stored_form


class Trouble(StrEnum):
    """What can be wrong with a recording."""

    UNSOUND = "unsound"
    """It cannot be read, lies in the wrong place, or was edited by hand."""
    UNREDACTED = "unredacted"
    """It holds something that today's redaction would take out."""
    EXPIRED = "expired"
    """A live answer older than the limit."""
    EMULATED = "emulated"
    """Not a real server's words, where these are expected."""
    ORPHANED = "orphaned"
    """Its target is described nowhere, or no matrix has an operation with its path."""
    UNPLAYED = "unplayed"
    """No case of the given reports sent its wire form."""
    LEFTOVER = "leftover"
    """A temporary file of a recording run that was killed."""


HARMLESS = frozenset({Trouble.ORPHANED, Trouble.UNPLAYED, Trouble.LEFTOVER})
"""Nothing can go wrong with these: they are in the way, and pruned."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What recordings are held to; None leaves a check out.

    ``max_age`` in days. ``played`` has the digests of stored wire forms by target, of the targets that
    the reports know. ``wanted`` are the paths of operations (``/images/edits``) of all matrices; any case may
    be answered by any of ``targets``, those that are described.
    """

    today: date
    max_age: int | None = None
    expect_live: bool = False
    played: Mapping[str, Collection[str]] | None = None
    wanted: Collection[str] | None = None
    targets: Collection[str] = ()
    redactor: Redactor = DEFAULT


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with one file, in a word and in a sentence."""

    entry: Entry
    trouble: Trouble
    says: str


def complaints(entry: Entry, limits: Limits) -> Iterator[Complaint]:
    """Everything wrong with ``entry``; of a file that is not sound nothing else is said."""
    if entry.leftover:
        yield Complaint(entry, Trouble.LEFTOVER, "a temporary file of a run that was killed")
    elif entry.fault is not None:
        yield Complaint(entry, Trouble.UNSOUND, entry.fault)
    else:
        for trouble, says in _sound(entry, limits):
            yield Complaint(entry, trouble, says)


def _sound(entry: Entry, limits: Limits) -> Iterator[tuple[Trouble, str]]:
    if (what := _unredacted(entry, limits.redactor.without_secrets())) is not None:
        yield Trouble.UNREDACTED, f"{what} holds what redaction takes out today: record it again"
    age = entry.age(limits.today)
    if limits.max_age is not None and age is not None and age > limits.max_age:
        yield Trouble.EXPIRED, f"{age} days old, and {limits.max_age} are allowed"
    if limits.expect_live and entry.emulated:
        profile = entry.recordings[0].answer.source.profile
        words = f" by profile {profile}" if profile else ""
        yield Trouble.EMULATED, f"answered{words}, not by the vendor, and live answers are expected"
    if limits.wanted is not None and (why := _orphaned(entry, limits.wanted, limits.targets)) is not None:
        yield Trouble.ORPHANED, why
    played = (limits.played or {}).get(entry.target or "")
    if played is not None and entry.digest not in played:
        yield Trouble.UNPLAYED, "no case of the reports sends this wire form"


def _unredacted(entry: Entry, redactor: Redactor) -> str | None:
    wire = entry.recordings[0].wire
    if stored_form(wire, redactor) != wire:
        return "the request"
    for recording in entry.recordings:
        answer = recording.answer
        try:
            clean, _ = scrubbed(answer, redactor)
        except CassetteError:
            # Only an encoded body cannot be looked into, and none is ever written.
            return "the answer"
        if (clean.body, clean.headers) != (answer.body, answer.headers):
            return f"the answer of sample {recording.sample}" if recording.sample else "the answer"
    return None


def _orphaned(entry: Entry, wanted: Collection[str], targets: Collection[str]) -> str | None:
    if entry.target not in targets:
        return f"no target is called {entry.target}"
    path = entry.recordings[0].wire.path
    # A client may put something before it: Azure's has the name of a deployment.
    if not any(path.endswith(operation) for operation in wanted):
        return f"no case has an operation with the path {path}"
    return None
