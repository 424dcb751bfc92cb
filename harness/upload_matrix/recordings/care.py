"""What is wrong with recordings: unsound, old, left over, emulated where a real server is expected. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from upload_matrix import vendors
from upload_matrix.model.answer import Provenance
from upload_matrix.model.errors import CassetteError
from upload_matrix.model.words import ExplainedWord
from upload_matrix.recordings.bodies import scrubbed, stored_form
from upload_matrix.recordings.files import Recording, read_cassette
from upload_matrix.recordings.identity import SUFFIX, folder_name
from upload_matrix.recordings.library import checked
from upload_matrix.recordings.redactor import DEFAULT, Redactor

# Every recording under a folder, sound or not, as commands that look after them need it.


_DIGEST = re.compile(r"[0-9a-f]{16}")
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.[0-9a-f]{8}\.tmp")
"""What a writer that was killed leaves behind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. ``recordings`` by sample number; none, and ``fault`` says why, when it is not sound.

    ``folder`` is the target's folder's name, which also a file that is not sound has. ``leftover`` is a
    temporary file of a writer that was killed.
    """

    path: Path
    folder: str
    recordings: tuple[Recording, ...] = ()
    fault: str | None = None
    leftover: bool = False

    @property
    def target(self) -> str | None:
        """The target's name; None when no recording tells it."""
        return self.recordings[0].answer.source.target if self.recordings else None

    @property
    def digest(self) -> str:
        """The digest of the wire form that the file is named for."""
        return self.path.stem

    @property
    def emulated(self) -> bool:
        """Whether any of its answers is not a real server's."""
        return any(each.answer.source.provenance is Provenance.EMULATED for each in self.recordings)

    def age(self, today: date) -> int | None:
        """Days since the oldest live recording in it; None when all are emulated, which have no age."""
        days = [_days(each.answer.source.recorded_on, today) for each in self.recordings]
        return max((day for day in days if day is not None), default=None)


def inventory(root: Path) -> tuple[Entry, ...]:
    """The recordings under ``root``, by path. Files of other recorders in the same folder are passed over."""
    found = [_entry(path, root) for path in sorted(root.glob("*/*/*")) if _is_ours(path)]
    return tuple(found)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    return bool(_TEMPORARY.fullmatch(path.name) or (path.suffix == SUFFIX and _DIGEST.fullmatch(path.stem)))


def _entry(path: Path, root: Path) -> Entry:
    folder = path.relative_to(root).parts[0]
    if path.suffix != SUFFIX:
        return Entry(path, folder, leftover=True)
    try:
        recordings = read_cassette(path)
        target = recordings[0].answer.source.target if recordings else ""
        recordings = tuple(checked(recordings, path, target).values())
    except CassetteError as error:
        return Entry(path, folder, fault=str(error))
    if folder_name(target) != folder:
        says = f"{path}: is a recording of {target!r}, whose folder is {folder_name(target)}"
        return Entry(path, folder, recordings, f"{says}; move it there, or delete it")
    for recording in recordings:
        if (fault := _dated(recording, path)) is not None:
            return Entry(path, folder, recordings, fault)
    return Entry(path, folder, recordings)


def _dated(recording: Recording, path: Path) -> str | None:
    day = recording.answer.source.recorded_on
    try:
        if day is not None:
            date.fromisoformat(day)
    except ValueError:
        return f"{path}: recorded.on is {day!r}, and a date such as 2026-02-22 is expected"
    return None


def _days(day: str | None, today: date) -> int | None:
    return None if day is None else (today - date.fromisoformat(day)).days


class Trouble(ExplainedWord):
    """What can be wrong with a recording."""

    UNSOUND = (
        "unsound",
        "The recording cannot be read, lies in the wrong place, or was edited by hand.",
        "Record it anew.",
    )
    UNREDACTED = (
        "unredacted",
        "The recording holds something that today's redaction would take out.",
        "Record it anew, and take the old one out of the repository's history if it was committed.",
    )
    EXPIRED = (
        "expired",
        "The recording is a live answer older than the limit.",
        "`cassettes check --verify` asks again and says what changed.",
    )
    EMULATED = (
        "emulated",
        "The recording is not a real server's words, where these are expected.",
        "Record it from a live target.",
    )
    ORPHANED = (
        "orphaned",
        "The recording's target is described nowhere, or no matrix has an operation with its path.",
        "`cassettes prune` takes it away.",
    )
    UNPLAYED = (
        "unplayed",
        "No case of the given reports sent the recording's wire form.",
        "`cassettes prune` takes it away.",
    )
    LEFTOVER = (
        "leftover",
        "A temporary file of a recording run that was killed.",
        "`cassettes prune` takes it away.",
    )


HARMLESS = frozenset({Trouble.ORPHANED, Trouble.UNPLAYED, Trouble.LEFTOVER})
"""Nothing can go wrong with these: they are in the way, and pruned."""


@dataclass(frozen=True, slots=True)
class RecordingLimits:
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


def complaints(entry: Entry, limits: RecordingLimits) -> Iterator[Complaint]:
    """Everything wrong with ``entry``; of a file that is not sound nothing else is said."""
    if entry.leftover:
        yield Complaint(entry, Trouble.LEFTOVER, "a temporary file of a run that was killed")
    elif entry.fault is not None:
        yield Complaint(entry, Trouble.UNSOUND, entry.fault)
    else:
        for trouble, says in _sound(entry, limits):
            yield Complaint(entry, trouble, says)


def _sound(entry: Entry, limits: RecordingLimits) -> Iterator[tuple[Trouble, str]]:
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
    if not any(vendors.ends_in(path, operation) for operation in wanted):
        return f"no case has an operation with the path {path}"
    return None
