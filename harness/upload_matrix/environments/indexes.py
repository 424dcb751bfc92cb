"""Which package index is configured: what the environment says, else pip's settings, else uv itself."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from upload_matrix.environments.errors import ReleasesError
from upload_matrix.environments.uv import Uv, UvError

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
    for package in packages:
        if package["name"] == distribution and "registry" in package["source"]:
            return str(package["source"]["registry"])
    raise ReleasesError(f"uv finds {distribution!r} in no index; set UV_DEFAULT_INDEX to the one that has it")
