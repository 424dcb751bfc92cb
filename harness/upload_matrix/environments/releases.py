"""Every published release of a distribution, as its index tells, kept on disk for an hour."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from packaging.utils import canonicalize_name
from packaging.version import Version

from upload_matrix.environments.errors import ReleasesError
from upload_matrix.environments.indexes import configured_index, uv_index
from upload_matrix.environments.simple_api import Release, from_html, from_json, releases_of
from upload_matrix.environments.uv import Uv, without_user

__all__ = ["Index", "Release"]

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


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

    def releases(self, distribution: str = "openai") -> tuple[Release, ...]:
        """Every release, the newest version last; raises ReleasesError."""
        name = str(canonicalize_name(distribution))
        kept = self._kept(name)
        if kept is not None and (self._offline or 0 <= time.time() - kept["asked"] < self._keep):
            return tuple(_release(entry) for entry in kept["releases"])
        if self._offline:
            raise ReleasesError(
                f"no list of the releases of {name!r} was kept, and --offline asks for none; "
                "run once without --offline"
            )
        releases = self._ask(name)
        self._write(name, releases)
        return releases

    def release(self, distribution: str, version: str) -> Release:
        """One release; raises ReleasesError when the index has none of that version."""
        wanted = Version(version)
        for release in self.releases(distribution):
            if Version(release.version) == wanted:
                return release
        raise ReleasesError(f"the index has no release {version} of {distribution!r}")

    def _file(self, name: str) -> Path:
        # The default index is not named: to learn its name takes a call of uv.
        which = hashlib.sha256((self._index or "").encode()).hexdigest()[:12]
        return self._root / f"{name}-{which}.json"

    def _kept(self, name: str) -> dict[str, Any] | None:
        try:
            kept = json.loads(self._file(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept if isinstance(kept, dict) and kept.keys() >= {"asked", "releases"} else None

    def _write(self, name: str, releases: tuple[Release, ...]) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        document = {"asked": time.time(), "releases": [asdict(release) for release in releases]}
        handle, draft = tempfile.mkstemp(dir=self._root, prefix=f"{name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream, default=str)
        # Elsewhere a reader may hold the file open; the list is then written again another time.
        with contextlib.suppress(PermissionError):
            Path(draft).replace(self._file(name))
        Path(draft).unlink(missing_ok=True)

    def _ask(self, name: str) -> tuple[Release, ...]:
        index = self._index or uv_index(name, Uv())
        url = f"{index.rstrip('/')}/{name}/"
        shown = without_user(url)
        if not url.startswith(("http://", "https://")):
            raise ReleasesError(
                f"the configured index {shown} is not served over HTTP, so its releases cannot be listed; "
                "set UV_DEFAULT_INDEX to one that is"
            )
        try:
            answer = httpx.get(url, headers={"Accept": _ACCEPT}, timeout=_TIMEOUT, follow_redirects=True)
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


def _release(entry: dict[str, Any]) -> Release:
    day = entry["date"]
    return Release(**{**entry, "date": date.fromisoformat(day) if day else None})
