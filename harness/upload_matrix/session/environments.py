"""From a seat to an environment on this machine: the one we run in, a built one, or a Node package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from upload_matrix.engine.environment.blueprint import Blueprint, Way
from upload_matrix.engine.environment.seat import INSTALLED, THIS, Located, Seat
from upload_matrix.engine.environment.store import EnvironmentStore
from upload_matrix.model.client import NODE, OWN_PYTHON
from upload_matrix.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

NPM_PREFIX = "UPLOAD_MATRIX_NPM_PREFIX"
"""Names the folder in which ``npm install openai`` was run, for Node cases without a release."""

PYTHON_OF = "UPLOAD_MATRIX_PYTHON_"
"""Begins the variable that names the interpreter of a client with a Python of its own, the client's name in
capitals following: ``UPLOAD_MATRIX_PYTHON_LITELLM=/somewhere/bin/python``."""

SDK = "openai"

_NPM_SECONDS = 300


def locator(store: EnvironmentStore, way: Way) -> Callable[[Seat], Located]:
    """A function that finds or builds the environment of a seat; raises UnavailableError when it cannot."""

    def locate(seat: Seat) -> Located:
        if seat.runtime == NODE:
            return Located(str(node_prefix(store.root, seat.sdk)))
        if seat.runtime.startswith(OWN_PYTHON):
            return Located(own_python(seat))
        if seat.sdk == INSTALLED and seat.python == THIS:
            return Located(sys.executable)
        version = metadata.version(SDK) if seat.sdk == INSTALLED else seat.sdk
        built = store.build(Blueprint(seat.python, version, way, SDK))
        return Located(str(built.python), built.pythonpath)

    return locate


def lazy_locator(way: Way = Way.OVERLAY) -> Callable[[Seat], Located]:
    """As ``locator``, over the user's own store, which is opened when a seat asks for more than is here."""
    kept: list[Callable[[Seat], Located]] = []

    def locate(seat: Seat) -> Located:
        if seat == Seat(seat.table):
            return Located(sys.executable)
        if seat.runtime.startswith(OWN_PYTHON):
            return Located(own_python(seat))
        if not kept:
            kept.append(locator(EnvironmentStore(), way))
        return kept[0](seat)

    return locate


def own_python(seat: Seat) -> str:
    """The interpreter of a client with a Python of its own.

    Where none is named it is the harness's own: the client may be installed there after all. Raises
    UnavailableError when the one that is named is not there.
    """
    name = seat.runtime.removeprefix(OWN_PYTHON)
    variable = PYTHON_OF + name.upper().replace("-", "_")
    given = os.environ.get(variable)
    if given is None:
        return sys.executable
    found = shutil.which(given)
    if found is None:
        raise UnavailableError(f"{variable} names {given}, which is no program; name an interpreter")
    # Not resolved: the link in a virtual environment is what makes it that environment's Python.
    return str(Path(found).absolute())


def node_prefix(root: Path, release: str) -> Path:
    """The folder with the Node SDK of a release, installed on first use; raises UnavailableError."""
    if release == INSTALLED:
        given = os.environ.get(NPM_PREFIX)
        return Path(given) if given else Path.cwd()
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError("npm is not installed: https://nodejs.org, or your system's package manager")
    prefix = root / "node" / f"{SDK}-{release}"
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{prefix}.lock"):
        if not (prefix / "node_modules" / SDK / "package.json").is_file():
            command = [npm, "install", "--prefix", str(prefix), "--no-audit", "--no-fund", f"{SDK}@{release}"]
            done = subprocess.run(  # noqa: S603 - npm, with a release the user named
                command, capture_output=True, text=True, timeout=_NPM_SECONDS, check=False
            )
            if done.returncode != 0:
                reason = done.stderr.strip()[-400:]
                raise UnavailableError(f"npm could not install {SDK}@{release}: {reason}")
    return prefix
