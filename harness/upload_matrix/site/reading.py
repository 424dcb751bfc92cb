"""Finding reports in folders, and when each was made: the site's only look at the disk before it writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from upload_matrix.files import read_bytes, read_text
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.report import machine
from upload_matrix.report.rendering import format_of, kind_of

_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Found:
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

    reports: tuple[Found, ...]
    skipped: tuple[str, ...]


def find_reports(paths: Sequence[Path], *, without: Path | None = None) -> Harvest:
    """The JSON reports in folders (at any depth) and files; ``without`` is a folder that is not looked into.

    Raises ConfigurationError for a path that does not exist, or when there is no report at all.
    """
    reports: dict[Path, Found] = {}
    skipped: list[str] = []
    for path, name in _candidates(paths, without):
        text = read_bytes(path)[:4000].decode("utf-8", "replace")[:1000]
        kind = kind_of(text)
        if kind is not None:
            reports.setdefault(path.resolve(), Found(path, name, kind, _moment(path, name)))
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
            if avoided is None or not file.resolve().is_relative_to(avoided):
                within = file.relative_to(path).as_posix() if path.is_dir() else file.name
                yield file, within.removesuffix(".json")


def _why(text: str) -> str:
    claimed = format_of(text)
    return "not a report of upload-matrix" if claimed is None else f"{claimed!r} has no page"


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


def _order(found: Found) -> tuple[str, list[tuple[int, str]], str]:
    # Numbers in names count as numbers: run-9 comes before run-10.
    pieces = [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in _DIGITS.split(found.name)]
    return found.moment or "", pieces, found.name
