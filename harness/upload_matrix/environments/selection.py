"""Which releases are meant by ``1.109.1``, ``>=2,<4``, ``latest``, ``latest:5`` or ``all``. Pure."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from upload_matrix.environments.simple_api import Release
from upload_matrix.model.errors import ConfigurationError

_LATEST = re.compile(r"latest(?::([1-9][0-9]*))?\Z")
_PINNED = re.compile(r"={2,3}\s*([^*,]+)\Z")
_NEAR = 2
"""How many versions to either side a message names for one that does not exist."""

_NO_PYTHON = "requires-python"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A release that a range covers and that was not taken, with the reason in words."""

    release: Release
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The releases to run, oldest first and each once; and those a range covers but leaves out."""

    chosen: tuple[Release, ...]
    left_out: tuple[LeftOut, ...] = ()


def select(
    specs: Sequence[str],
    releases: Sequence[Release],
    *,
    python: str,
    pre: bool = False,
    yanked: bool = False,
) -> Selection:
    """The releases that ``specs`` mean, of those published.

    A release named exactly is taken whatever it is. Ranges leave out pre-releases and yanked releases
    unless ``pre`` or ``yanked`` says otherwise, and those that do not support ``python`` (a full version,
    ``3.11.7``). Raises ConfigurationError for a spec that is none, or that means no release.
    """
    ordered = sorted(releases, key=lambda release: Version(release.version))
    rules = _Rules(python, pre, yanked)
    chosen: dict[str, Release] = {}
    left_out: dict[str, LeftOut] = {}
    for spec in specs:
        taken, others = _one(spec.strip(), ordered, rules)
        chosen.update((release.version, release) for release in taken)
        left_out.update((other.release.version, other) for other in others)
    return Selection(
        tuple(release for release in ordered if release.version in chosen),
        tuple(
            left_out[release.version]
            for release in ordered
            if release.version in left_out and release.version not in chosen
        ),
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a range leaves out."""

    python: str
    pre: bool
    yanked: bool

    def against(self, release: Release, *, pre: bool) -> str | None:
        """Why a range does not take this release; None when it does."""
        if release.prerelease and not (self.pre or pre):
            return "pre-release"
        if release.yanked is not None and not self.yanked:
            return f"yanked: {release.yanked}" if release.yanked else "yanked"
        if not _supports(release, self.python):
            return f"{_NO_PYTHON} {release.requires_python} excludes {self.python}"
        return None


def _supports(release: Release, python: str) -> bool:
    if release.requires_python is None:
        return True
    try:
        return SpecifierSet(release.requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True  # as installers do: what cannot be read excludes nothing


def _one(spec: str, ordered: list[Release], rules: _Rules) -> tuple[list[Release], list[LeftOut]]:
    if latest := _LATEST.match(spec):
        return _latest(int(latest[1] or 1), ordered, rules)
    if spec == "all":
        return _range(spec, ordered, rules, pre=False, ordered=ordered)
    if pinned := _PINNED.match(spec):
        return [_exact(pinned[1].strip(), ordered)], []
    if spec[:1] in tuple("<>=!~"):
        try:
            wanted = SpecifierSet(spec)
        except InvalidSpecifier as error:
            raise ConfigurationError(_unreadable(spec)) from error
        covered = [release for release in ordered if wanted.contains(release.version, prereleases=True)]
        return _range(spec, covered, rules, pre=bool(wanted.prereleases), ordered=ordered)
    return [_exact(spec, ordered)], []


def _unreadable(spec: str) -> str:
    return f"{spec!r} names no release: write a version (1.109.1), a range (>=2,<4), latest, latest:5 or all"


def _exact(text: str, ordered: list[Release]) -> Release:
    try:
        wanted = Version(text)
    except InvalidVersion as error:
        raise ConfigurationError(_unreadable(text)) from error
    for release in ordered:
        if Version(release.version) == wanted:
            return release
    place = bisect([Version(release.version) for release in ordered], wanted)
    near = _named(ordered[max(0, place - _NEAR) : place + _NEAR])
    raise ConfigurationError(f"no release {text} was published; closest: {near}")


def _latest(number: int, ordered: list[Release], rules: _Rules) -> tuple[list[Release], list[LeftOut]]:
    taken: list[Release] = []
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
    spec: str, covered: list[Release], rules: _Rules, *, pre: bool, ordered: list[Release]
) -> tuple[list[Release], list[LeftOut]]:
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


def _named(releases: Iterable[Release], rules: _Rules | None = None) -> str:
    """``1.0.0, 1.0.1``, with the reason for leaving each out where there are rules; the last ten."""
    words = []
    for release in releases:
        reason = rules.against(release, pre=False) if rules is not None else None
        words.append(f"{release.version} ({reason})" if reason else release.version)
    return ", ".join(words[-10:]) or "none at all"
