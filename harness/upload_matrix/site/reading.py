"""What a site is built of: reports found in folders, each as a line of the index; the site's own files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from upload_matrix.files import read_bytes, read_text
from upload_matrix.judge.gate import Gate
from upload_matrix.judge.history import history
from upload_matrix.model.answer import Provenance
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import Run
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import gate_report, machine, sweep_report
from upload_matrix.report.green import FOLDER as GREEN_FOLDER
from upload_matrix.report.html.page import BAD, GOOD, OPEN, PLAIN, Mood, emulated, mood_of, sentence
from upload_matrix.report.registry import GATE, RUN, SWEEP
from upload_matrix.report.rendering import format_of, kind_of
from upload_matrix.report.wording import count, of_results, result_line

Subject = Run | Sweep | Gate
"""What the site shows."""

_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report on disk. ``name`` is its path below the folder that was given, without ``.json``.

    ``moment`` is when it was made, an ISO time in UTC from the ``.run.json`` beside it, else a day that its
    name holds, else None.
    """

    path: Path
    name: str
    kind: str
    moment: str | None

    @property
    def when(self) -> str | None:
        """``moment`` to the minute, as people read it: ``YYYY-MM-DD HH:MM``."""
        return None if self.moment is None else self.moment[:16].replace("T", " ")


@dataclass(frozen=True, slots=True)
class Harvest:
    """``reports`` from the oldest to the newest, those without a time first; ``skipped`` files, and why."""

    reports: tuple[ReportFile, ...]
    skipped: tuple[str, ...]


def find_reports(paths: Sequence[Path], *, without: Path | None = None) -> Harvest:
    """The JSON reports in folders (at any depth) and files; ``without`` is a folder that is not looked into.

    Raises ConfigurationError for a path that does not exist, or when there is no report at all.
    """
    reports: dict[Path, ReportFile] = {}
    skipped: list[str] = []
    for path, name in _candidates(paths, without):
        text = read_bytes(path)[:4000].decode("utf-8", "replace")[:1000]
        kind = kind_of(text)
        if kind in (RUN, SWEEP, GATE):
            reports.setdefault(path.resolve(), ReportFile(path, name, kind, _moment(path, name)))
        elif not path.name.endswith(machine.SUFFIX):
            skipped.append(f"{path}: {_why(text)}")
    if not reports:
        shown = ", ".join(map(str, paths))
        raise ConfigurationError(
            f"{shown}: no JSON report of a run or a sweep; write some with `upload-matrix run --name NAME`"
        )
    return Harvest(tuple(sorted(reports.values(), key=_order)), tuple(skipped))


def _candidates(paths: Sequence[Path], without: Path | None) -> Iterator[tuple[Path, str]]:
    avoided = None if without is None else without.resolve()
    for path in paths:
        if not path.exists():
            raise ConfigurationError(f"{path}: no such file or folder; name where the JSON reports lie")
        files: Iterable[Path] = sorted(path.rglob("*.json")) if path.is_dir() else (path,)
        for file in files:
            if file.parent.name == GREEN_FOLDER:
                continue
            if avoided is None or not file.resolve().is_relative_to(avoided):
                within = file.relative_to(path).as_posix() if path.is_dir() else file.name
                yield file, within.removesuffix(".json")


def _why(text: str) -> str:
    claimed = format_of(text)
    return "not a report of upload-matrix" if claimed is None else f"{claimed!r} has no place in a site"


def _moment(path: Path, name: str) -> str | None:
    facts = path.with_name(path.name.removesuffix(".json") + machine.SUFFIX)
    if facts.is_file():
        return _started(facts)
    for match in reversed(list(_DAY.finditer(name))):
        year, month, day = map(int, match.groups())
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            continue
    return None


def _started(facts: Path) -> str:
    try:
        document = parsed(read_text(facts))
        started = datetime.fromisoformat(document["started"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{facts}: holds no time under 'started' ({error}); remove the file, or run again"
        ) from error
    aware = started if started.tzinfo is not None else started.replace(tzinfo=UTC)
    # To the last digit: of two runs within a minute the later one is what is so now.
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def _order(found: ReportFile) -> tuple[str, list[tuple[int, str]], str]:
    # Numbers in names count as numbers: run-9 comes before run-10.
    pieces = [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in _DIGITS.split(found.name)]
    return found.moment or "", pieces, found.name


# -- a report in one line of the index, and the names of its files in the site --


_UNSAFE = re.compile(r"[^a-z0-9._-]+")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A report as the index lists it.

    ``page`` and ``data`` are addresses from the site's root; a gate has no page of its own.
    """

    name: str
    kind: str
    when: str | None
    headline: str
    mood: Mood
    answers: str
    emulated: bool
    page: str | None
    data: str

    @property
    def day(self) -> str:
        """The day it was made, else its name: what stands under a bar."""
        return self.name if self.when is None else self.when[:10]

    @property
    def beside(self) -> str:
        """What its name says beside the day; empty where it says nothing else."""
        return "" if self.name == self.day else self.name


class Slugs:
    """File names for words from elsewhere: plain, short, and each given once, whatever the letters' case."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, words: str) -> str:
        """A name made of ``words``, with a number where it was given before."""
        plain = _UNSAFE.sub("-", words.lower()).strip("-.")[:_LONGEST] or "unnamed"
        name, number = plain, 1
        while name in self._given:
            number += 1
            name = f"{plain}-{number}"
        self._given.add(name)
        return name


def entry(found: ReportFile, subject: Subject, slug: str) -> IndexEntry:
    """The entry of a report under ``slug``."""
    headline, mood, answers, stand_in = _told(subject)
    return IndexEntry(
        name=found.name,
        kind=found.kind,
        when=found.when,
        headline=headline,
        mood=mood,
        answers=answers,
        emulated=stand_in,
        page=None if isinstance(subject, Gate) else f"{found.kind}/{slug}.html",
        data=f"data/{slug}.json",
    )


def _told(subject: Subject) -> tuple[str, Mood, str, bool]:
    if isinstance(subject, Run):
        counts = count(subject)
        return (
            sentence(result_line(counts)),
            mood_of(counts),
            of_results(subject.results),
            Provenance.EMULATED in counts.by_provenance,
        )
    if isinstance(subject, Sweep):
        said = sweep_report.result(subject, history(subject))
        mood = OPEN if said.startswith("? ") else PLAIN
        stand_in = any(emulated(answer.source) for answer in subject.answers)
        # Not made a sentence: a distribution's name keeps its small letter.
        return said.removeprefix("? "), mood, sweep_report.answers(subject), stand_in
    mood = {0: GOOD, 1: BAD}.get(subject.exit_code, OPEN)
    stand_in = any(map(emulated, (*subject.answers, *subject.baseline_answers)))
    return sentence(gate_report.word(subject)), mood, gate_report.answered(subject), stand_in


def worst(moods: Iterable[Mood]) -> Mood:
    """The mood that a reader must know of."""
    seen = set(moods)
    return next((mood for mood in (BAD, OPEN, GOOD) if mood in seen), PLAIN)


# -- the list of a site's files, kept in it: building it again removes what is no longer there --


NAME = "site.json"
FORMAT = "upload-matrix site"
VERSION = 1


def dump(files: Iterable[str]) -> str:
    """The list as text; files are given from the site's root, with forward slashes."""
    document = {"format": FORMAT, "version": VERSION, "files": sorted(files)}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def earlier(folder: Path) -> tuple[str, ...]:
    """The files of the site that stands in a folder; () when it is empty or not there.

    Raises ConfigurationError when the folder holds something else: nothing of a user's is mixed with.
    """
    if not folder.exists():
        return ()
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: is a file; name a folder for the site")
    file = folder / NAME
    if not file.exists():
        if any(folder.iterdir()):
            raise ConfigurationError(
                f"{folder}: holds files that are no site of upload-matrix (no {NAME}); name an empty folder"
            )
        return ()
    try:
        document = parsed(read_text(file))
    except ValueError as error:
        raise ConfigurationError(f"{file}: not JSON ({error}); remove the folder and build again") from error
    files = document.get("files") if isinstance(document, dict) else None
    ours = isinstance(document, dict) and document.get("format") == FORMAT
    if not ours or not isinstance(files, list) or not all(isinstance(each, str) for each in files):
        raise ConfigurationError(f"{file}: not a list of a site's files; remove the folder and build again")
    return tuple(files)


def remove(folder: Path, files: Iterable[str]) -> None:
    """Remove these files of a site, and folders that are then empty; what lies elsewhere is left alone."""
    root = folder.resolve()
    for name in files:
        path = (folder / name).resolve()
        if path.is_relative_to(root) and path.is_file():
            path.unlink()
            if path.parent != root and not any(path.parent.iterdir()):
                path.parent.rmdir()
