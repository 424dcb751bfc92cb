"""npm, called as a program: which releases a package has, and packages installed in a folder.

Which registry is asked is npm's own business: its settings say so, and nothing here knows any.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from upload_matrix.environments.interpreters import (
    NODE_RUNTIME,
    Interpreter,
    ReleasesError,
    UnbuildableError,
    without_user,
)
from upload_matrix.environments.releases import PublishedRelease, number
from upload_matrix.model.errors import UnavailableError

_SECONDS = 300.0
"""The longest that a single call may take."""

_REASON = 400
"""Characters of npm's words that are passed on."""

_OF_THE_RELEASE = re.compile(
    r"\b(ETARGET|E404|ENOVERSIONS|ERESOLVE|EBADPLATFORM|EBADENGINE|ENOTSUP|EINVALIDPACKAGENAME"
    r"|EUNSUPPORTEDPROTOCOL)\b"
)
"""npm's codes for what cannot be installed whoever tries it; others are of this machine, now."""


class NpmError(UnavailableError):
    """npm said no; the message is its reason in short, without credentials."""


class NpmNoSolutionError(NpmError, UnbuildableError):
    """npm said no to what was asked for."""


@cache
def node() -> Interpreter:
    """The Node that is installed; raises UnavailableError when there is none."""
    program = shutil.which("node")
    if program is None:
        raise UnavailableError("node is not installed: https://nodejs.org, or your system's package manager")
    says = "[process.versions.node, process.platform + '-' + process.arch].join(' ')"
    done = subprocess.run(  # noqa: S603 - the user's own Node, asked who it is
        [program, "-p", says],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    version, _, platform = done.stdout.strip().partition(" ")
    if done.returncode != 0 or not platform:
        raise UnavailableError(f"the Node {program} does not run: {done.stderr.strip()[-_REASON:]}")
    tag = f"node-{version.partition('.')[0]}"
    return Interpreter(Path(program), version, tag, program, platform, {}, NODE_RUNTIME)


def published(package: str) -> tuple[PublishedRelease, ...]:
    """Every release of a package, oldest first; raises ReleasesError."""
    try:
        told = json.loads(_npm("view", package, "versions", "time", "--json"))
        days = told.get("time", {})
        # One that is alone is no list.
        versions = [told["versions"]] if isinstance(told["versions"], str) else told["versions"]
        releases = [
            PublishedRelease(version, _day(days.get(version)), prerelease="-" in version)
            for version in versions
        ]
    except NpmError as error:
        raise ReleasesError(
            f"npm was asked for the releases of {package!r} and said: {error}; check the name and npm's "
            "settings, or give --offline to use the list of an earlier run"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleasesError(f"npm told nothing that could be read of {package!r} ({error!r})") from error
    return tuple(sorted(releases, key=lambda release: number(release.version)))


def _day(stamp: Any) -> date | None:
    return datetime.fromisoformat(stamp).date() if isinstance(stamp, str) else None


def install(folder: Path, requirements: Sequence[str], *, as_of: date | None, offline: bool) -> None:
    """Install ``openai@6.49.0`` and the like with what they need in ``folder``; raises NpmError.

    ``as_of`` leaves out everything published after that day (UTC). Install scripts are not run: a sweep
    installs hundreds of releases, and what uploads files needs none.
    """
    limits = [] if as_of is None else ["--before", (as_of + timedelta(days=1)).isoformat()]
    quietly = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error")
    where = ["--offline"] if offline else []
    _npm("install", "--prefix", str(folder), "--ignore-scripts", *quietly, *limits, *where, *requirements)


def check_only(folder: Path, package: str, version: str) -> None:
    """Raise UnbuildableError when another release of the package is there for one that asks for it."""
    for manifest in sorted(folder.glob(f"node_modules/**/node_modules/{package}/package.json")):
        there = json.loads(manifest.read_text(encoding="utf-8")).get("version")
        if there != version:
            owner = manifest.parents[len(Path(package).parts) + 1]
            who = owner.relative_to(folder / "node_modules").as_posix()
            raise UnbuildableError(f"{who} asks for another release of {package}, and got {there}")


def _npm(*arguments: str) -> str:
    """What npm writes to standard output; raises NpmError."""
    program = shutil.which("npm")
    if program is None:
        raise NpmError("npm is not installed: https://nodejs.org, or your system's package manager")
    # In an empty folder, so that no project's settings count.
    with tempfile.TemporaryDirectory(prefix="upload-matrix-") as empty:
        try:
            done = subprocess.run(  # noqa: S603 - npm, with arguments of our own making
                [program, *arguments],
                cwd=empty,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NpmError(f"npm {arguments[0]} did not finish within {_SECONDS:.0f} s") from error
    if done.returncode != 0:
        lines = [line.removeprefix("npm error").strip() for line in done.stderr.splitlines()]
        lines = [line for line in lines if line and "A complete log of this run" not in line]
        words = without_user(" ".join(lines))[:_REASON] or f"exit status {done.returncode}"
        raise (NpmNoSolutionError if _OF_THE_RELEASE.search(done.stderr) else NpmError)(words)
    return done.stdout
