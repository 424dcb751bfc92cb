"""An index's page of one distribution, read into releases. Pure.

The forms are the Simple Repository API's (https://packaging.python.org/en/latest/specifications/
simple-repository-api/): JSON with upload times, and HTML, which has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version


@dataclass(frozen=True, slots=True)
class Release:
    """One published version, in its canonical spelling.

    ``date`` is the day of its first file's upload (UTC), None where the index does not tell. ``yanked`` is
    the reason (``""`` when none was given), None when it is not yanked: a release is when all its files are.
    """

    version: str
    date: date | None = None
    yanked: str | None = None
    prerelease: bool = False
    requires_python: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One file of a release, as an index lists it."""

    name: str
    uploaded: date | None
    yanked: str | None
    requires_python: str | None


def releases_of(files: Iterable[File]) -> tuple[Release, ...]:
    """The releases the files belong to, oldest first; files that are neither wheel nor sdist are left out."""
    by_version: defaultdict[Version, list[File]] = defaultdict(list)
    for file in files:
        version = _version(file.name)
        if version is not None:
            by_version[version].append(file)
    return tuple(_release(version, by_version[version]) for version in sorted(by_version))


def _version(name: str) -> Version | None:
    try:
        if name.endswith(".whl"):
            return parse_wheel_filename(name)[1]
        return parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _release(version: Version, files: list[File]) -> Release:
    kept = [file for file in files if file.yanked is None]
    return Release(
        version=str(version),
        date=min((file.uploaded for file in files if file.uploaded is not None), default=None),
        yanked=None if kept else next((file.yanked for file in files if file.yanked), ""),
        prerelease=version.is_prerelease,
        requires_python=next((file.requires_python for file in kept or files if file.requires_python), None),
    )


def from_json(document: Mapping[str, Any]) -> tuple[File, ...]:
    """The files of a JSON page; raises KeyError, TypeError or ValueError on another shape."""
    return tuple(
        File(
            name=entry["filename"],
            uploaded=_day(entry.get("upload-time")),
            yanked=_yanked(entry.get("yanked", False)),
            requires_python=entry.get("requires-python") or None,
        )
        for entry in document["files"]
    )


def _day(stamp: str | None) -> date | None:
    return datetime.fromisoformat(stamp).date() if stamp else None


def _yanked(value: bool | str) -> str | None:
    if isinstance(value, str):
        return value
    return "" if value else None


def from_html(text: str) -> tuple[File, ...]:
    """The files of an HTML page."""
    reader = _Anchors()
    reader.feed(text)
    reader.close()
    return tuple(reader.files)


class _Anchors(HTMLParser):
    """Every anchor is a file: its text the name, its attributes the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[File] = []
        self._attributes: dict[str, str | None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._attributes, self._text = dict(attrs), ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag != "a" or self._attributes is None:
            return
        attributes, self._attributes = self._attributes, None
        yanked = (attributes["data-yanked"] or "") if "data-yanked" in attributes else None
        self.files.append(
            File(self._text.strip(), None, yanked, attributes.get("data-requires-python") or None)
        )
