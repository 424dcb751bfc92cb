"""Published releases, and which are meant by ``1.109.1``, ``>=2,<4``, ``latest:5`` or ``all``. Pure."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.sweep import Scope


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
