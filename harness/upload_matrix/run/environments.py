"""From a seat to an environment on this machine: the one we run in, a built one, or a Node package."""

from __future__ import annotations

import mimetypes
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from packaging.version import Version

from upload_matrix import vendors
from upload_matrix.environments.interpreters import INSTALLED, Located, Seat
from upload_matrix.environments.kept import Blueprint, Way
from upload_matrix.environments.probes import ProbePool
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.model.case import NODE, OWN_PYTHON
from upload_matrix.model.errors import ConfigurationError, UnavailableError
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.sweep import NPM
from upload_matrix.report.machine import MachineFacts
from upload_matrix.targets.spec import TargetSpec

NPM_PREFIX = "UPLOAD_MATRIX_NPM_PREFIX"
"""Names the folder in which ``npm install openai`` was run, for Node cases without a release."""

PYTHON_OF = "UPLOAD_MATRIX_PYTHON_"
"""Begins the variable that names the interpreter of a client with a Python of its own, the client's name in
capitals following: ``UPLOAD_MATRIX_PYTHON_LITELLM=/somewhere/bin/python``."""

SDK = vendors.usual().sdk

MIME_TABLES = {
    "system": "Python's table with this machine's mime.types files, as every program here has it",
    "builtin": "Python's own table with no file of the system, as in a slim container",
}

_FIRST_SDK = Version("1.0")
"""The first release with a client object; before, the package itself was called."""

_FIRST_WITHOUT_PROXIES, _HTTPX_WITHOUT_PROXIES = Version("1.55.3"), Version("0.28")
"""openai before the one hands httpx the argument `proxies`, which the other took away (its changelog)."""


def locator(store: EnvironmentStore, way: Way, beside: tuple[str, ...] = ()) -> Callable[[Seat], Located]:
    """A function that finds or builds the environment of a seat; raises UnavailableError when it cannot.

    ``beside`` are requirements that are installed with each release.
    """

    def locate(seat: Seat) -> Located:
        if seat.runtime == NODE:
            if seat.sdk == INSTALLED:
                return Located(str(node_prefix()))
            release = Blueprint(NODE, seat.sdk, way, f"{NPM}{seat.distribution}", beside=beside)
            return Located(str(store.build(release).python))
        if seat.runtime.startswith(OWN_PYTHON):
            return Located(own_python(seat))
        if seat.beside:
            return Located(sys.executable)
        version = installed_version(seat.distribution) if seat.sdk == INSTALLED else seat.sdk
        if version is None:
            raise UnavailableError(
                f"{seat.distribution} is not installed here, so no release of it is to be had for another "
                "Python; name one on the axis `sdk`"
            )
        built = store.build(Blueprint(seat.python, version, way, seat.distribution, beside=beside))
        return Located(str(built.python), built.pythonpath)

    return locate


def lazy_locator(way: Way = Way.OVERLAY) -> Callable[[Seat], Located]:
    """As ``locator``, over the user's own store, which is opened when a seat asks for more than is here."""
    kept: list[Callable[[Seat], Located]] = []

    def locate(seat: Seat) -> Located:
        if seat.beside:
            return Located(sys.executable)
        if seat.runtime.startswith(OWN_PYTHON):
            return Located(own_python(seat))
        if not kept:
            kept.append(locator(EnvironmentStore(), way))
        return kept[0](seat)

    return locate


def check_installed_sdk() -> None:
    """Raise ConfigurationError when the SDK beside the harness is one whose client cannot even be made.

    One that is not there at all is said by its cases, which are then unavailable.
    """
    try:
        sdk, httpx = Version(metadata.version(SDK)), Version(metadata.version("httpx"))
    except metadata.PackageNotFoundError:
        return
    if sdk < _FIRST_SDK:
        raise ConfigurationError(
            f"{SDK} {sdk} is installed, and upload-matrix can drive {_FIRST_SDK} and newer: "
            f"pip install '{SDK}>={_FIRST_SDK}'"
        )
    if sdk < _FIRST_WITHOUT_PROXIES and httpx >= _HTTPX_WITHOUT_PROXIES:
        raise ConfigurationError(
            f"{SDK} {sdk} cannot make a client beside the installed httpx {httpx}, which no longer takes its "
            f"argument `proxies`: pip install 'httpx<{_HTTPX_WITHOUT_PROXIES}', or "
            f"'{SDK}>={_FIRST_WITHOUT_PROXIES}'"
        )


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


def node_prefix() -> Path:
    """The folder in which ``npm install`` put what Node cases without a release are made with."""
    given = os.environ.get(NPM_PREFIX)
    return Path(given) if given else Path.cwd()


# -- what this machine makes of an upload before any case runs --


_PACKAGES = ("upload-matrix", "pytest", "pytest-recording", "vcrpy", "pillow", "pydantic", "multipart", "h11")


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """``clients`` and ``packages`` map distributions to versions, ``guesses`` mime tables to guesses.

    ``mime_files`` are the system's mime table files that exist; ``keys`` tells per target whether its
    variable holds a key, never what it holds.
    """

    python: str
    executable: str
    platform: str
    clients: Mapping[str, str]
    packages: Mapping[str, str]
    mime_files: tuple[str, ...]
    guesses: Mapping[str, Mapping[str, str | None]]
    folders: Mapping[str, tuple[str, bool]]
    keys: Mapping[str, tuple[str, bool]]


def examine(
    folders: Sequence[Path], specs: Mapping[str, TargetSpec], places: Mapping[str, str]
) -> Diagnostics:
    """Look at clients, mime tables, ``places`` by their names, and keys; starts one probe a mime table.

    Raises ProbeError when none can be started."""
    with ProbePool({}, tuple(folders)) as pool:
        pool.warm((Seat(table), ()) for table in MIME_TABLES)
        environments = [pool.environment(Seat(table)) for table in MIME_TABLES]
    return Diagnostics(
        python=platform.python_version(),
        executable=sys.executable,
        platform=platform.platform(),
        clients=environments[0].clients,
        packages=_installed(_PACKAGES),
        mime_files=tuple(str(path) for path in mimetypes.knownfiles if Path(path).is_file()),
        guesses={environment.name: environment.guesses for environment in environments},
        folders={name: (str(Path(place).resolve()), Path(place).is_dir()) for name, place in places.items()},
        keys={
            spec.name: (spec.key_env, bool(os.environ.get(spec.key_env)))
            for spec in specs.values()
            if spec.key_env
        },
    )


def machine_facts(
    started: str,
    distributions: Iterable[str],
    *,
    seconds: Mapping[str, float],
    assets: Mapping[str, tuple[str, int]],
    calls: tuple[CallRecord, ...],
) -> MachineFacts:
    """What this machine adds to a run that ends now; of the ``distributions`` those that are installed."""
    return MachineFacts(
        started=started,
        finished=datetime.now(tz=UTC).isoformat(timespec="seconds"),
        seconds=seconds,
        platform=platform.platform(),
        python=platform.python_version(),
        pillow=installed_version("pillow"),
        assets=assets,
        packages=_installed(distributions),
        calls=calls,
    )


def _installed(distributions: Iterable[str]) -> dict[str, str]:
    versions = ((name, installed_version(name)) for name in distributions)
    return {name: version for name, version in versions if version is not None}


def installed_version(distribution: str) -> str | None:
    """The release that is installed beside the harness; None when it is not."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def diagnostics_lines(found: Diagnostics) -> Iterator[str]:
    """What was found, to be read: versions, the type by extension and mime table, folders, keys."""
    yield f"Python       {found.python} at {found.executable}"
    yield f"Machine      {found.platform}"
    yield "Clients      " + _named(found.clients)
    yield "Packages     " + _named(found.packages)
    yield "Mime files   " + (", ".join(found.mime_files) or "none: only Python's own table is known here")
    yield ""
    yield "A part's Content-Type, when nobody names one, by the file's extension:"
    tables = tuple(found.guesses)
    yield "  " + "".join(f"{name:<28}" for name in ("extension", *tables)).rstrip()
    for extension in next(iter(found.guesses.values())):
        guesses = [found.guesses[table][extension] or "(none: octet-stream)" for table in tables]
        yield "  " + "".join(f"{word:<28}" for word in (extension, *guesses)).rstrip()
    yield ""
    for name, (path, exists) in found.folders.items():
        yield f"{name.capitalize():<12} {path}{'' if exists else ' (not there)'}"
    for target, (variable, present) in found.keys.items():
        yield f"Key          {target}: {variable} is {'set' if present else 'not set'}"


def _named(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items()) or "none installed"
