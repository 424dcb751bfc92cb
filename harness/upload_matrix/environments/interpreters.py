"""Interpreters that are installed: ``this``, ``3.9`` or a path, found with uv and tried before use."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from upload_matrix.environments.errors import UnavailableError
from upload_matrix.environments.uv import Uv, UvError

THIS = "this"
"""The interpreter that runs the harness."""

_SECONDS = 60.0

# Runs on any Python 3. The markers are those a dependency's condition may name (PEP 508).
_DESCRIBE = """
import json, os, platform, sys, sysconfig
v = sys.implementation.version
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "tag": sys.implementation.cache_tag,
    "home": os.path.realpath(sys.base_prefix),
    "platform": sysconfig.get_platform(),
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": "%d.%d.%d" % v[:3],
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that runs: its program, full version, bytecode tag (``cpython-311``) and where it lives.

    ``home`` is the installation a virtual environment is made from. ``markers`` are the values of the
    environment markers a dependency's condition may name.
    """

    executable: Path
    version: str
    tag: str
    home: str
    platform: str
    markers: Mapping[str, str]

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells this interpreter from another; the same in each virtual environment made from it."""
        return (self.tag, self.version, self.home, self.platform)


class Interpreters:
    """Finds interpreters, each once. Thread-safe."""

    def __init__(self, uv: Uv) -> None:
        self._uv = uv
        self._found: dict[str, Interpreter | UnavailableError] = {}
        self._lock = threading.Lock()

    def find(self, wanted: str) -> Interpreter:
        """The interpreter meant by ``this``, a version or a path; raises UnavailableError."""
        with self._lock:
            if wanted not in self._found:
                try:
                    self._found[wanted] = self._find(wanted)
                except UnavailableError as error:
                    self._found[wanted] = error
            found = self._found[wanted]
        if isinstance(found, UnavailableError):
            raise UnavailableError(str(found))
        return found

    def _find(self, wanted: str) -> Interpreter:
        if wanted == THIS:
            return _described(Path(sys.executable), "the interpreter of this run")
        if not re.fullmatch(r"[a-z]*-?[0-9]+(\.[0-9]+)*t?", wanted):
            return _described(Path(wanted).absolute(), wanted)
        try:
            # A shim of a version manager that does not run is passed over by uv, which says so.
            found = self._uv.run(
                "python", "find", "--no-python-downloads", "--no-project", "--system", wanted, fresh=True
            ).strip()
        except UvError as error:
            raise UnavailableError(_missing(wanted, str(error))) from error
        interpreter = _described(Path(found), wanted)
        number = re.search(r"[0-9.]+", wanted)
        if number and not f"{interpreter.version}.".startswith(f"{number[0]}."):
            raise UnavailableError(_missing(wanted, f"{found} is {interpreter.version}"))
        return interpreter


def _missing(wanted: str, why: str) -> str:
    number = re.sub(r"^[a-z]*-?", "", wanted)
    if "/shims/" in why.replace("\\", "/"):
        why = "a version manager's shim of it is on PATH, but does not run"
    return (
        f"Python {wanted} is not installed: install Python {number} and have it on PATH, give the path "
        f"of its executable, or `uv python install {wanted}` ({why})"
    )


def _described(executable: Path, wanted: str) -> Interpreter:
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter the user chose
            [str(executable), "-I", "-c", _DESCRIBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        said = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UnavailableError(
            f"the Python {executable} ({wanted}) does not run: {error}; "
            "give the path of an interpreter, not of a version manager's shim"
        ) from error
    return Interpreter(
        executable, said["version"], said["tag"], said["home"], said["platform"], said["markers"]
    )
