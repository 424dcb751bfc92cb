"""The work of ``upload-matrix cassettes``: what there is, what is wrong with it, what may go."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from upload_matrix.answers.answering import EMULATOR
from upload_matrix.files import read_text
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.result import Run
from upload_matrix.recordings.bodies import stored_form
from upload_matrix.recordings.care import (
    HARMLESS,
    Complaint,
    Entry,
    RecordingLimits,
    Trouble,
    complaints,
    inventory,
)
from upload_matrix.recordings.custom import RULES_FILE, load_rules
from upload_matrix.recordings.redactor import Redactor
from upload_matrix.report.json_report import load as load_report
from upload_matrix.report.wording import plural
from upload_matrix.run.loading import Loaded, Request, holds_matrices, load

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for; paths as given. ``matrices`` empty: the folder matrix/, if it is there."""

    cassettes: Path
    today: date
    matrices: tuple[Path, ...] = ()
    reports: tuple[Path, ...] = ()
    targets: tuple[str, ...] = ()
    redact: Path | None = None
    max_age: int | None = None
    expect_live: bool = False

    @classmethod
    def of(cls, values: dict[str, Any]) -> Wishes:
        """From click's values."""
        redact = values["redact"]
        return cls(
            cassettes=Path(values["cassettes"] or "cassettes"),
            today=today(),
            matrices=tuple(map(Path, values["matrices"])),
            reports=tuple(map(Path, values["reports"])),
            targets=values["targets"],
            redact=None if redact is None else Path(redact),
            max_age=values["max_age"],
            expect_live=values["expect_live"],
        )


def today() -> date:
    """By which ages are counted."""
    return datetime.now(tz=UTC).date()


@dataclass(frozen=True, slots=True)
class Looked:
    """The recordings that were looked at, what is wrong with them, and which checks could not be made."""

    entries: tuple[Entry, ...]
    complaints: tuple[Complaint, ...]
    unchecked: tuple[str, ...]


def redactor_of(path: Path | None) -> Redactor:
    """With the user's patterns from ``path``, or from redact.yaml in the current folder if it is there."""
    if path is None:
        path = Path(RULES_FILE)
        if not path.exists():
            return Redactor()
    return Redactor(load_rules(path))


def matrices_of(paths: Sequence[Path], cassettes: Path) -> Loaded | None:
    """The matrices at ``paths``, or in matrix/; None when none were named and it holds none.

    Targets that were given by their URL are described beside their recordings in ``cassettes``.
    """
    if not paths and not holds_matrices(Path("matrix")):
        return None
    return load(Request(paths=tuple(paths) or (Path("matrix"),), cassettes=cassettes))


def look(wishes: Wishes) -> Looked:
    """Read every recording and say what is wrong; raises ConfigurationError for a bad file of the user's."""
    entries = found(wishes.cassettes, wishes.targets)
    rules = redactor_of(wishes.redact)
    loaded = matrices_of(wishes.matrices, wishes.cassettes)
    unchecked = []
    if loaded is None:
        unchecked.append("orphaned: no matrix was named, and matrix/ holds none")
    if not wishes.reports:
        unchecked.append("unplayed: name a run's JSON with --report")
    if wishes.max_age is None:
        unchecked.append("expired: give --max-age DAYS")
    limits = RecordingLimits(
        today=wishes.today,
        max_age=wishes.max_age,
        expect_live=wishes.expect_live,
        played=_played(map(_report, wishes.reports), rules) if wishes.reports else None,
        wanted=None if loaded is None else {path for case in loaded.cases for path in case.paths},
        targets=() if loaded is None else known_targets(loaded),
        redactor=rules,
    )
    wrong = tuple(complaint for entry in entries for complaint in complaints(entry, limits))
    return Looked(entries, wrong, tuple(unchecked))


def found(cassettes: Path, targets: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Every recording (of ``targets``, where some are named); a file that is not sound may be anybody's.

    Raises ConfigurationError when the folder is not there.
    """
    if not cassettes.is_dir():
        raise ConfigurationError(f"{cassettes}: no such folder; name it with --cassettes")
    return tuple(
        entry
        for entry in inventory(cassettes)
        if not targets or entry.target is None or entry.target in targets
    )


def select(looked: Looked, kinds: Iterable[Trouble]) -> tuple[tuple[Complaint, ...], int]:
    """What pruning takes for ``kinds``, each file once; and how many answers that were paid for stay.

    Without ``kinds`` it takes what is harmless, but no real server's answer for being orphaned: that it is
    not needed is guessed from what is described here, and it would be paid for again.
    """
    chosen: dict[Path, Complaint] = {}
    wanted = frozenset(kinds)
    stay = 0
    for complaint in looked.complaints:
        if complaint.trouble not in (wanted or HARMLESS):
            continue
        if not wanted and complaint.trouble is Trouble.ORPHANED and not complaint.entry.emulated:
            stay += 1
        else:
            chosen.setdefault(complaint.entry.path, complaint)
    return tuple(chosen.values()), stay


def prune(chosen: Iterable[Complaint]) -> None:
    """Delete these files, and the folders that are empty then."""
    for complaint in chosen:
        path = complaint.entry.path
        path.unlink(missing_ok=True)
        for folder in (path.parent, path.parent.parent):
            if not any(folder.iterdir()):
                folder.rmdir()


def verdict(looked: Looked, *, expired: str, strict: bool) -> int:
    """The exit code of a check; ``expired`` is fail, warn or rerecord."""
    if not looked.entries:
        return Exit.UNRESOLVED
    harmless = set() if strict else set(HARMLESS)
    if expired != "fail":
        harmless.add(Trouble.EXPIRED)
    wrong = any(complaint.trouble not in harmless for complaint in looked.complaints)
    return Exit.WRONG if wrong else Exit.OK


def list_lines(entries: Sequence[Entry], today: date) -> Iterator[str]:
    """A line a recording, grouped by target."""
    for entry in entries:
        yield f"{entry.path}: {_described(entry, today)}"
    total = sum(len(entry.recordings) for entry in entries)
    yield f"{plural(len(entries), 'file')}, {plural(total, 'recording')}"


def check_lines(looked: Looked, *, expired: str) -> Iterator[str]:
    """A line a complaint, what was not checked, and the counts."""
    if not looked.entries:
        yield "nothing was checked: there is no recording here"
    for complaint in looked.complaints:
        says = complaint.says.removeprefix(f"{complaint.entry.path}: ")
        yield f"{complaint.entry.path}: {complaint.trouble}: {says}"
    if expired == "rerecord":
        for again in rerecord(looked):
            yield (
                f"record again: {again['target']} {again['wire']} ({again['request']}), "
                f"{again['samples']} answers"
            )
    for words in looked.unchecked:
        yield f"not checked: {words}"
    yield f"{plural(len(looked.entries), 'file')}: {_counts(looked.complaints)}"


def rerecord(looked: Looked) -> tuple[Document, ...]:
    """What has expired and is to be asked for again: target, wire form, how many answers, which file."""
    expired = [each.entry for each in looked.complaints if each.trouble is Trouble.EXPIRED]
    return tuple(
        {
            "target": entry.target,
            "wire": entry.digest,
            "request": _request(entry),
            "samples": len(entry.recordings),
            "path": entry.path.as_posix(),
        }
        for entry in expired
    )


def list_json(entries: Sequence[Entry], today: date) -> str:
    """The listing as a JSON list."""
    return _json([_entry(entry, today) for entry in entries])


def check_json(looked: Looked, extra: Document) -> str:
    """The check as a JSON object; ``extra`` is put beside it."""
    return _json(
        {
            "files": len(looked.entries),
            "complaints": complaints_json(looked.complaints),
            "unchecked": list(looked.unchecked),
            **extra,
        }
    )


def complaints_json(wrong: Iterable[Complaint]) -> list[Document]:
    """Complaints as plain data."""
    return [
        {
            "path": each.entry.path.as_posix(),
            "trouble": each.trouble.value,
            "target": each.entry.target,
            "says": each.says,
        }
        for each in wrong
    ]


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _entry(entry: Entry, today: date) -> Document:
    return {
        "path": entry.path.as_posix(),
        "target": entry.target,
        "wire": entry.digest,
        "request": _request(entry) if entry.recordings else None,
        "fault": entry.fault,
        "samples": [
            {
                "sample": each.sample,
                "status": each.answer.status,
                "unkept": each.unkept,
                "provenance": each.answer.source.provenance.value,
                "profile": each.answer.source.profile,
                "recorded_on": each.answer.source.recorded_on,
            }
            for each in entry.recordings
        ],
        "age_days": entry.age(today) if entry.fault is None else None,
    }


def _described(entry: Entry, today: date) -> str:
    if entry.leftover:
        return "left over from a run that was killed"
    if entry.fault is not None:
        return f"not sound: {entry.fault.removeprefix(f'{entry.path}: ')}"
    statuses = ", ".join(
        str(each.answer.status) + (" (not kept)" if each.unkept else "") for each in entry.recordings
    )
    source = entry.recordings[0].answer.source
    age = entry.age(today)
    when = f" {source.recorded_on} ({age} days)" if age is not None else f" {source.profile or ''}".rstrip()
    return f"{_request(entry)} -> {statuses}, {source.provenance}{when}"


def _request(entry: Entry) -> str:
    wire = entry.recordings[0].wire
    return f"{wire.method} {wire.path}"


def _counts(wrong: Iterable[Complaint]) -> str:
    counts = Counter(each.trouble for each in wrong)
    return ", ".join(f"{counts[kind]} {kind}" for kind in Trouble if counts[kind]) or "nothing wrong"


def _report(path: Path) -> Run:
    return load_report(read_text(path), str(path))


def _played(runs: Iterable[Run], rules: Redactor) -> dict[str, set[str]]:
    played: dict[str, set[str]] = {}
    for run in runs:
        digests = {name: stored_form(wire, rules).digest for name, wire in run.wires.items()}
        for result in run.results:
            here = played.setdefault(result.target, set())
            here.update(digests[attempt.wire] for attempt in result.attempts)
    return played


def known_targets(loaded: Loaded) -> frozenset[str]:
    """Whoever may answer the cases: their own targets, and any other that is described, by ``--target``."""
    return frozenset({*loaded.targets, *(f"{EMULATOR}{name}" for name in loaded.profiles)})
