"""Seconds from an empty folder to the cause of a failing call: install, look, diagnose.

As somebody does who has a call that is refused and has never heard of upload-matrix. An environment with the
SDK is there, and the failing program. Then: ``pip install`` of the wheel (pip's own cache is warm, so the
index is asked and little downloaded), ``inspect``, ``diagnose``. The emulator answers in the vendor's place.
The cause must be named. ``--transcript FILE`` writes down what was typed and shown.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import support

APP = """import io

from openai import OpenAI

picture = io.BytesIO(open("avatar.webp", "rb").read())
OpenAI().images.edit(image=picture, model="gpt-image-1", prompt="make the background white")
"""
"""The call of the field report, as a program of somebody's own: the answer blames the model."""

CAUSE = "`Content-Type` of part `image`: `application/octet-stream` is rejected, `image/webp` accepted"


@dataclass(frozen=True)
class Step:
    """A line that is typed, what it has to show, and its exit code."""

    name: str
    line: str
    shows: str
    code: int = 0


def steps(wheel: Path) -> tuple[Step, ...]:
    """What is typed, in order."""
    return (
        Step("install", f"pip install -qq ./{wheel.name}", ""),
        Step("inspect", "upload-matrix inspect --emulator -- python app.py", "octet-stream", 1),
        Step("diagnose", "upload-matrix diagnose --target emulator:openai-2026-02 -- python app.py", CAUSE),
    )


def prepared(folder: Path) -> dict[str, str]:
    """A folder with the failing program and an environment with its SDK; the variables to work there."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    subprocess.run([str(folder / "venv/bin/pip"), "install", "--quiet", "openai"], check=True)
    program(folder)
    path = f"{folder / 'venv/bin'}:{support.environment()['PATH']}"
    return support.environment(PATH=path, OPENAI_API_KEY="none", NO_COLOR="1", COLUMNS="80")


def program(folder: Path) -> None:
    """The failing program and its picture."""
    from PIL import Image

    (folder / "app.py").write_text(APP)
    Image.new("RGB", (64, 64), "navy").save(folder / "avatar.webp")


def play(
    folder: Path, typed: tuple[Step, ...], environ: dict[str, str], transcript: list[str]
) -> dict[str, float]:
    """Seconds of each step; ends the benchmark where one does not show what it has to."""
    taken = {}
    for step in typed:
        begun = time.perf_counter()
        done = subprocess.run(
            ["bash", "-c", step.line],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        taken[step.name] = time.perf_counter() - begun
        held = done.returncode == step.code and step.shows in " ".join(done.stdout.split())
        support.verified(held, f"{step.line} ended with {done.returncode}:\n{done.stdout}")
        transcript.append(f"$ {step.line}\n{done.stdout.replace(str(folder), '.')}".rstrip())
    return taken


def from_nothing(wheel: Path, transcript: list[str]) -> dict[str, float]:
    """Seconds of each step, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        environ = prepared(folder)
        shutil.copy(wheel, folder)
        return play(folder, steps(wheel), environ, transcript)


def main() -> None:
    parser = support.parser(__doc__)
    parser.set_defaults(rounds=3)
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="write down what was typed and shown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as dist:
        subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", dist], cwd=support.ROOT, check=True)
        (wheel,) = Path(dist).glob("*.whl")
        transcript: list[str] = []
        from_nothing(wheel, transcript)  # fills pip's cache
        measured = [from_nothing(wheel, []) for _ in range(options.rounds)]
    names = list(measured[0])
    rows = [[f"{options.rounds} rounds", "seconds", "lowest", "highest", "wanted"]]
    for name in (*names, "in all"):
        values = [sum(each.values()) if name == "in all" else each[name] for each in measured]
        wanted = "< 60" if name == "in all" else ""
        rows.append(
            [name, *(f"{value:.1f}" for value in (support.median(values), min(values), max(values))), wanted]
        )
    support.table(rows)
    if options.transcript is not None:
        options.transcript.write_text("\n\n".join(transcript) + "\n", "utf-8")
    support.finish(options, {"seconds": measured})


if __name__ == "__main__":
    main()
