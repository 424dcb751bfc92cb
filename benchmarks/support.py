"""What the benchmarks share: running programs, medians, tables, and the picture that is uploaded."""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

median = statistics.median

FigureT = TypeVar("FigureT")


def environment(**more: str) -> dict[str, str]:
    """This environment, with bytecode writing on: every benchmark makes one run that is not timed first."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS")
    return {name: value for name, value in os.environ.items() if name not in left_out} | more


def verified(held: object, otherwise: str) -> None:
    """End the benchmark with a sentence and exit code 1 unless what was timed has happened."""
    if not held:
        raise SystemExit(f"not measured: {otherwise}")


def run(command: Sequence[str], folder: Path, shows: str = "", **more: str) -> float:
    """Seconds a command took; ends the benchmark with the command's output when it fails.

    ``shows`` must stand in what it prints.
    """
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
        verified(False, f"{' '.join(command)} ended with exit status {done.returncode}")
    verified(shows in done.stdout, f"{' '.join(command)} did not print {shows!r}")
    return seconds


def difference(more: Sequence[float], less: Sequence[float]) -> float | None:
    """By how much the median of ``more`` is above that of ``less``; None when the rounds spread wider."""
    found = median(more) - median(less)
    return found if found > max(max(each) - min(each) for each in (more, less)) else None


def pytest_command(*arguments: str) -> list[str]:
    """pytest under this interpreter, quiet and without its cache folder."""
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]


def noise_png(size: int) -> bytes:
    """A PNG of random pixels (fixed seed) of about ``size`` bytes: noise does not compress."""
    side = round((size / 3) ** 0.5)
    picture = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def table(rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns, the first to the left and the others to the right."""
    lines = list(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        print("  ".join((first.ljust(widths[0]), *cells)).rstrip())


def number(least: int, unit: int = 1) -> Callable[[str], int]:
    """What argparse reads a whole number by: at least ``least``, and a multiple of ``unit``."""

    def read(text: str) -> int:
        value = int(text)
        if value < least or value % unit:
            of = f", a multiple of {unit:,}" if unit > 1 else ""
            raise argparse.ArgumentTypeError(f"{text}: give {least:,} or more{of}")
        return value

    return read


def parser(text: str) -> argparse.ArgumentParser:
    """A command line with the switches every benchmark has."""
    made = argparse.ArgumentParser(description=text.partition("\n")[0])
    made.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    made.add_argument(
        "--rounds", type=number(1), default=3, help="how often everything is measured (default: 3)"
    )
    return made


def rounds(contestants: Mapping[str, Callable[[], FigureT]], count: int) -> dict[str, list[FigureT]]:
    """Measure all contestants in turn, ``count`` times, so that a slow moment of the machine hits all."""
    figures: dict[str, list[FigureT]] = {name: [] for name in contestants}
    for number in range(count):
        for name, measure in contestants.items():
            print(f"round {number + 1} of {count}: {name}", file=sys.stderr)
            figures[name].append(measure())
    return figures


def finish(options: argparse.Namespace, figures: Any) -> None:
    """Write the figures as JSON when asked to, with where and when they were measured."""
    if options.json is not None:
        document = {
            "date": datetime.now(tz=UTC).date().isoformat(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cores": os.cpu_count(),
            "figures": figures,
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
