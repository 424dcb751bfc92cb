"""Fills a folder with packages: a release alone, or a virtual environment. Calls uv, then compiles."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from upload_matrix.environments.errors import UnavailableError
from upload_matrix.environments.interpreters import Interpreter
from upload_matrix.environments.uv import Uv

_COMPILER = Path(__file__).with_name("compile_program.py")


def install_alone(uv: Uv, interpreter: Interpreter, requirement: str, folder: Path) -> None:
    """Install one release without its dependencies into ``folder``; raises UvError."""
    uv.run(
        "pip", "install", "--quiet", "--no-deps", "--python", str(interpreter.executable),
        "--target", str(folder), requirement,
    )  # fmt: skip


def install_venv(
    uv: Uv,
    interpreter: Interpreter,
    requirements: Sequence[str],
    folder: Path,
    *,
    constraints: Sequence[str] = (),
    as_of: date | None = None,
    fresh: bool = False,
) -> None:
    """Make a virtual environment with ``requirements`` and what they need in ``folder``; raises UvError.

    ``as_of`` leaves out everything uploaded after that day (UTC); ``fresh`` resolves as of now rather than
    from what uv last saw.
    """
    uv.run(
        "venv", "--quiet", "--relocatable", "--no-project", "--no-python-downloads",
        "--python", str(interpreter.executable), str(folder),
    )  # fmt: skip
    if not requirements:
        return
    listed = folder / "constraints.txt"
    listed.write_text("\n".join(constraints), encoding="utf-8")
    limits = ["--exclude-newer", f"{as_of.isoformat()}T23:59:59Z"] if as_of is not None else []
    uv.run(
        "pip", "install", "--quiet", "--python", str(program(folder)), "--constraint", str(listed), *limits,
        *requirements, fresh=fresh,
    )  # fmt: skip


def program(venv: Path) -> Path:
    """The Python of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages(venv: Path) -> Path:
    """The folder with the packages of a virtual environment; raises UnavailableError when it has none."""
    for pattern in ("lib/*/site-packages", "Lib/site-packages"):
        for folder in venv.glob(pattern):
            return folder
    raise UnavailableError(f"{venv} is no virtual environment: it has no site-packages")


def compile_packages(interpreter: Interpreter, folders: Sequence[Path], pool: Path) -> None:
    """Compile what lies in ``folders`` for an interpreter, sharing bytecode in ``pool``.

    Raises UnavailableError when the compiler itself fails; a source that does not compile is no failure.
    """
    pool.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603 - our own program, under an interpreter that was tried before
        [str(interpreter.executable), "-I", str(_COMPILER), str(pool)],
        input="\n".join(map(str, folders)).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip()[-400:]
        raise UnavailableError(f"Python {interpreter.version} could not compile the packages: {words}")


def is_whole(packages_folder: Path) -> bool:
    """Whether every file that the installed distributions list is there, in its recorded size."""
    records = list(packages_folder.glob("*.dist-info/RECORD"))
    for record in records:
        with record.open(encoding="utf-8", newline="") as stream:
            for path, _, size in csv.reader(stream):
                try:
                    actual = (packages_folder / path).stat().st_size
                except OSError:
                    return False
                if size and int(size) != actual:
                    return False
    return bool(records)
