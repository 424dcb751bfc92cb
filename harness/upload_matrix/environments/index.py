"""Every published release of a distribution, as its index tells, kept on disk for an hour.

An index is asked for its Simple Repository API (https://packaging.python.org/en/latest/specifications/
simple-repository-api/): JSON with upload times, or HTML, which has none. npm is asked as a program.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from upload_matrix.environments.interpreters import ReleasesError, Uv, UvError, without_user
from upload_matrix.environments.npm import published
from upload_matrix.environments.releases import PublishedRelease, number
from upload_matrix.files import write_whole
from upload_matrix.model.sweep import NPM, package


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a release, as an index lists it."""

    name: str
    uploaded: date | None
    yanked: str | None
    requires_python: str | None


def releases_of(files: Iterable[IndexFile]) -> tuple[PublishedRelease, ...]:
    """The releases the files belong to, oldest first; files that are neither wheel nor sdist are left out."""
    by_version: defaultdict[Version, list[IndexFile]] = defaultdict(list)
    for file in files:
        version = _version(file.name)
        if version is not None:
            by_version[version].append(file)
    return tuple(_release_simple_api(version, by_version[version]) for version in sorted(by_version))


def _version(name: str) -> Version | None:
    try:
        if name.endswith(".whl"):
            return parse_wheel_filename(name)[1]
        return parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _release_simple_api(version: Version, files: list[IndexFile]) -> PublishedRelease:
    kept = [file for file in files if file.yanked is None]
    return PublishedRelease(
        version=str(version),
        date=min((file.uploaded for file in files if file.uploaded is not None), default=None),
        yanked=None if kept else next((file.yanked for file in files if file.yanked), ""),
        prerelease=version.is_prerelease,
        requires_python=next((file.requires_python for file in kept or files if file.requires_python), None),
    )


def from_json(document: Mapping[str, Any]) -> tuple[IndexFile, ...]:
    """The files of a JSON page; raises KeyError, TypeError or ValueError on another shape."""
    return tuple(
        IndexFile(
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


def from_html(text: str) -> tuple[IndexFile, ...]:
    """The files of an HTML page."""
    reader = _Anchors()
    reader.feed(text)
    reader.close()
    return tuple(reader.files)


class _Anchors(HTMLParser):
    """Every anchor is a file: its text the name, its attributes the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[IndexFile] = []
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
            IndexFile(self._text.strip(), None, yanked, attributes.get("data-requires-python") or None)
        )


# Which package index is configured: what the environment says, else pip's settings, else uv itself.


_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")

_PROJECT = """\
[project]
name = "throwaway"
version = "0"
requires-python = ">=3.11"
dependencies = ["{distribution}"]
"""


def configured_index(environ: Mapping[str, str]) -> str | None:
    """The index URL that variables or pip's settings name; None leaves the choice to uv."""
    for name in _VARIABLES:
        if environ.get(name):
            label, _, url = environ[name].partition("=")
            return url if label.isidentifier() else environ[name]  # uv also takes NAME=URL
    return _pip_index()


def npm_registry() -> str | None:
    """The registry that npm's own variable names, in any case; None leaves it to npm's settings."""
    return next((text for name, text in os.environ.items() if name.lower() == "npm_config_registry"), None)


def _pip_index() -> str | None:
    pip = shutil.which("pip")
    if pip is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the user's own pip, asked for one setting
            [pip, "config", "get", "global.index-url"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # a pip that does not run has no settings to offer
    return done.stdout.decode("utf-8", "replace").strip() or None if done.returncode == 0 else None


def uv_index(distribution: str, uv: Uv) -> str:
    """The index uv finds a distribution in, read from the lock file of a throwaway project.

    Raises ReleasesError.
    """
    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as folder:
        project = Path(folder)
        (project / "pyproject.toml").write_text(_PROJECT.format(distribution=distribution), encoding="utf-8")
        try:
            uv.run("lock", fresh=True, home=folder)
        except UvError as error:
            raise ReleasesError(
                f"uv was asked which index has {distribution!r} and said: {error}. "
                "Set UV_DEFAULT_INDEX to your index, or give --offline to use the list of an earlier run"
            ) from error
        packages = tomllib.loads((project / "uv.lock").read_text(encoding="utf-8"))["package"]
    for each in packages:
        if each["name"] == distribution and "registry" in each["source"]:
            return str(each["source"]["registry"])
    raise ReleasesError(f"uv finds {distribution!r} in no index; set UV_DEFAULT_INDEX to the one that has it")


_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


class Index:
    """The releases of distributions. ``root`` is the folder the lists are kept in.

    ``index`` is the URL of a Simple API in place of the configured one; a list older than ``keep`` is asked
    for again; ``offline`` takes what is kept, whatever its age.
    """

    def __init__(
        self,
        root: Path,
        *,
        index: str | None = None,
        offline: bool = False,
        keep: timedelta = timedelta(hours=1),
    ) -> None:
        self._root = root
        self._index = index or configured_index(os.environ)
        self._offline = offline
        self._keep = keep.total_seconds()

    def releases(self, distribution: str) -> tuple[PublishedRelease, ...]:
        """Every release, the newest version last; raises ReleasesError."""
        name = distribution if distribution.startswith(NPM) else str(canonicalize_name(distribution))
        kept = self._kept(name)
        if kept is not None and (self._offline or 0 <= time.time() - kept["asked"] < self._keep):
            return tuple(_release(entry) for entry in kept["releases"])
        if self._offline:
            raise ReleasesError(
                f"no list of the releases of {name!r} was kept, and --offline asks for none; "
                "run once without --offline"
            )
        releases = published(package(name)) if name.startswith(NPM) else self._ask(name)
        self._write(name, releases)
        return releases

    def release(self, distribution: str, version: str) -> PublishedRelease:
        """One release; raises ReleasesError when the index has none of that version."""
        wanted = number(version)
        for release in self.releases(distribution):
            if number(release.version) == wanted:
                return release
        raise ReleasesError(f"the index has no release {version} of {distribution!r}")

    def _file(self, name: str) -> Path:
        # The default index is not named: to learn its name takes a call of uv.
        index = npm_registry() if name.startswith(NPM) else self._index
        which = hashlib.sha256((index or "").encode()).hexdigest()[:12]
        return self._root / f"{name.replace('/', '+').replace(':', '-')}-{which}.json"

    def _kept(self, name: str) -> dict[str, Any] | None:
        try:
            kept = json.loads(self._file(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept if isinstance(kept, dict) and kept.keys() >= {"asked", "releases"} else None

    def _write(self, name: str, releases: tuple[PublishedRelease, ...]) -> None:
        document = {"asked": time.time(), "releases": [asdict(release) for release in releases]}
        # Elsewhere a reader may hold the file open; the list is then written again another time.
        with contextlib.suppress(PermissionError):
            write_whole(self._file(name), json.dumps(document, default=str).encode())

    def _ask(self, name: str) -> tuple[PublishedRelease, ...]:
        index = self._index or uv_index(name, Uv())
        url = f"{index.rstrip('/')}/{name}/"
        shown = without_user(url)
        if not url.startswith(("http://", "https://")):
            raise ReleasesError(
                f"the configured index {shown} is not served over HTTP, so its releases cannot be listed; "
                "set UV_DEFAULT_INDEX to one that is"
            )
        # Loaded where it is used: it costs 60 ms, and few runs ask an index.
        import httpx

        timeout = httpx.Timeout(30.0, connect=10.0)
        try:
            answer = httpx.get(url, headers={"Accept": _ACCEPT}, timeout=timeout, follow_redirects=True)
        except httpx.HTTPError as error:
            raise ReleasesError(
                f"{shown} was asked for the releases of {name!r} and could not be reached ({error}); "
                "check the network, set UV_DEFAULT_INDEX, or give --offline to use the list kept earlier"
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise ReleasesError(
                f"{shown} was asked for the releases of {name!r} and answered {answer.status_code}; "
                "check the name, and that UV_DEFAULT_INDEX is the index that has it"
            )
        try:
            is_json = "json" in answer.headers.get("content-type", "")
            files = from_json(answer.json()) if is_json else from_html(answer.text)
        except (KeyError, TypeError, ValueError) as error:
            raise ReleasesError(
                f"{shown} answered something other than a page of the Simple API ({error!r}); "
                "check that UV_DEFAULT_INDEX ends where the API begins, usually in /simple/"
            ) from error
        return releases_of(files)


def _release(entry: dict[str, Any]) -> PublishedRelease:
    day = entry["date"]
    return PublishedRelease(**{**entry, "date": date.fromisoformat(day) if day else None})
