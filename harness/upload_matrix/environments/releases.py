"""Every published release of a distribution, as its index tells, kept on disk for an hour."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from upload_matrix.environments.interpreters import ReleasesError, Uv, UvError, without_user
from upload_matrix.files import write_whole
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.sweep import NPM, Scope, package

# An index's page of one distribution, read into releases. Pure.
#
# The forms are the Simple Repository API's (https://packaging.python.org/en/latest/specifications/
# simple-repository-api/): JSON with upload times, and HTML, which has none.


@dataclass(frozen=True, slots=True)
class PublishedRelease:
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


__all__ = ["Index", "PublishedRelease"]

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
        releases = self._ask_npm(package(name)) if name.startswith(NPM) else self._ask(name)
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

    @staticmethod
    def _ask_npm(name: str) -> tuple[PublishedRelease, ...]:
        from upload_matrix.environments.npm import published

        return published(name)

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


ALL = "all"

_SEMVER_PRE = re.compile(r"(\d+\.\d+\.\d+)-(.+)\Z")


def number(text: str) -> Version:
    """What a release is ordered and compared by; raises InvalidVersion for what is no version.

    npm's ``4.0.0-rc.1`` comes before its ``4.0.0`` as ``4.0.0rc1`` does; one whose word after the hyphen
    Python's rules do not know (``-canary.3``) comes first of all of its release.
    """
    found = _SEMVER_PRE.match(text)
    if found is None or not found[2][0].isalpha():
        return Version(text if found is None else f"{found[1]}.dev0")
    try:
        return Version(text)
    except InvalidVersion:
        return Version(f"{found[1]}.dev0")


def _means(spec: str, version: str) -> bool:
    """Whether a version or a range, as ``exclude`` has them, means a release."""
    if spec[:1] in tuple("<>=!~"):
        return SpecifierSet(spec).contains(number(version), prereleases=True)
    return number(spec) == number(version)


ANY = Scope()
"""Of a sweep that shuts nothing out."""

# Which releases are meant by ``1.109.1``, ``>=2,<4``, ``latest``, ``latest:5`` or ``all``. Pure.


_LATEST = re.compile(r"latest(?::([1-9][0-9]*))?\Z")
_PINNED = re.compile(r"={2,3}\s*([^*,]+)\Z")
_NEAR = 2
"""How many versions to either side a message names for one that does not exist."""

_NO_PYTHON = "requires-python"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A release that a range covers and that was not taken, with the reason in words."""

    release: PublishedRelease
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The releases to run, oldest first and each once; those a range covers but leaves out; and how many
    ``older`` ones ``all`` does not begin with."""

    chosen: tuple[PublishedRelease, ...]
    left_out: tuple[LeftOut, ...] = ()
    older: int = 0


def select(
    specs: Sequence[str],
    releases: Sequence[PublishedRelease],
    *,
    python: str,
    pre: bool = False,
    yanked: bool = False,
    scope: Scope = ANY,
    since: str | None = None,
) -> Selection:
    """The releases that ``specs`` mean, of those published.

    A release named exactly is taken whatever it is, unless ``scope`` shuts it out: that is an error. Ranges
    leave out what it shuts out, pre-releases and yanked releases unless ``pre`` or ``yanked`` says otherwise,
    and those that do not support ``python`` (a full version, ``3.11.7``). ``all`` begins with the release
    ``since``. Raises ConfigurationError for a spec that is none, or that means no release.
    """
    ordered = sorted(releases, key=lambda release: number(release.version))
    rules = _Rules(python, pre, yanked, scope)
    first = None if since is None else number(since)
    young = [release for release in ordered if first is None or number(release.version) >= first]
    chosen: dict[str, PublishedRelease] = {}
    left_out: dict[str, LeftOut] = {}
    for spec in specs:
        text = spec.strip()
        taken, others = _one(text, young if text == ALL else ordered, rules)
        chosen.update((release.version, release) for release in taken)
        left_out.update((other.release.version, other) for other in others)
    return Selection(
        tuple(release for release in ordered if release.version in chosen),
        tuple(
            left_out[release.version]
            for release in ordered
            if release.version in left_out and release.version not in chosen
        ),
        len(ordered) - len(young) if ALL in (spec.strip() for spec in specs) else 0,
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a range leaves out."""

    python: str
    pre: bool
    yanked: bool
    scope: Scope = ANY

    def shut_out(self, release: PublishedRelease) -> str | None:
        """Why the sweep's own file does not let this release in; None when it does."""
        for each in self.scope.exclude:
            if any(_means(spec, release.version) for spec in each.releases):
                return f"excluded: {each.reason}"
        before = self.scope.before
        if before is not None and (release.date is None or release.date >= before):
            return f"not known to be from before {before}" if release.date is None else f"not before {before}"
        return None

    def against(self, release: PublishedRelease, *, pre: bool) -> str | None:
        """Why a range does not take this release; None when it does."""
        if (shut := self.shut_out(release)) is not None:
            return shut
        if release.prerelease and not (self.pre or pre):
            return "pre-release"
        if release.yanked is not None and not self.yanked:
            return f"yanked: {release.yanked}" if release.yanked else "yanked"
        if not _supports(release, self.python):
            return f"{_NO_PYTHON} {release.requires_python} excludes {self.python}"
        return None


def _supports(release: PublishedRelease, python: str) -> bool:
    if release.requires_python is None:
        return True
    try:
        return SpecifierSet(release.requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True  # as installers do: what cannot be read excludes nothing


def _one(
    spec: str, ordered: list[PublishedRelease], rules: _Rules
) -> tuple[list[PublishedRelease], list[LeftOut]]:
    if latest := _LATEST.match(spec):
        return _latest(int(latest[1] or 1), ordered, rules)
    if spec == ALL:
        return _range(spec, ordered, rules, pre=False, ordered=ordered)
    if pinned := _PINNED.match(spec):
        return [_exact(pinned[1].strip(), ordered, rules)], []
    if spec[:1] in tuple("<>=!~"):
        try:
            wanted = SpecifierSet(spec)
        except InvalidSpecifier as error:
            raise ConfigurationError(_unreadable(spec)) from error
        covered = [
            release for release in ordered if wanted.contains(number(release.version), prereleases=True)
        ]
        return _range(spec, covered, rules, pre=bool(wanted.prereleases), ordered=ordered)
    return [_exact(spec, ordered, rules)], []


def _unreadable(spec: str) -> str:
    return f"{spec!r} names no release: write a version (1.109.1), a range (>=2,<4), latest, latest:5 or all"


def _exact(text: str, ordered: list[PublishedRelease], rules: _Rules) -> PublishedRelease:
    try:
        wanted = number(text)
    except InvalidVersion as error:
        raise ConfigurationError(_unreadable(text)) from error
    for release in ordered:
        if number(release.version) == wanted:
            if (shut := rules.shut_out(release)) is not None:
                raise ConfigurationError(f"the release {text} is not to be swept: {shut}")
            return release
    place = bisect([number(release.version) for release in ordered], wanted)
    near = _named(ordered[max(0, place - _NEAR) : place + _NEAR])
    raise ConfigurationError(f"no release {text} was published; closest: {near}")


def _latest(
    number: int, ordered: list[PublishedRelease], rules: _Rules
) -> tuple[list[PublishedRelease], list[LeftOut]]:
    taken: list[PublishedRelease] = []
    left_out: list[LeftOut] = []
    for release in reversed(ordered):
        if len(taken) == number:
            break
        reason = rules.against(release, pre=False)
        if reason is None:
            taken.append(release)
        else:
            left_out.append(LeftOut(release, reason))
    if not taken:
        raise ConfigurationError(f"'latest' means no release: {_named(ordered, rules)}")
    return taken, left_out


def _range(
    spec: str, covered: list[PublishedRelease], rules: _Rules, *, pre: bool, ordered: list[PublishedRelease]
) -> tuple[list[PublishedRelease], list[LeftOut]]:
    if not covered:
        ends = _named(ordered[:1] + ordered[1:][-1:])
        raise ConfigurationError(f"{spec!r} matches no published release; oldest and newest: {ends}")
    reasons = [(release, rules.against(release, pre=pre)) for release in covered]
    left_out = [LeftOut(release, reason) for release, reason in reasons if reason is not None]
    taken = [release for release, reason in reasons if reason is None]
    if not taken and not any(other.reason.startswith(_NO_PYTHON) for other in left_out):
        raise ConfigurationError(
            f"{spec!r} matches only releases that a range leaves out: {_named(covered, rules)}; "
            "name one exactly, or give --pre or --yanked"
        )
    return taken, left_out


def _named(releases: Iterable[PublishedRelease], rules: _Rules | None = None) -> str:
    """``1.0.0, 1.0.1``, with the reason for leaving each out where there are rules; the last ten."""
    words = []
    for release in releases:
        reason = rules.against(release, pre=False) if rules is not None else None
        words.append(f"{release.version} ({reason})" if reason else release.version)
    return ", ".join(words[-10:]) or "none at all"
