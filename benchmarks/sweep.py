"""What a sweep costs: seconds and memory for every release and for halving, and what one more variant adds.

All releases: the shipped history (21 variants), by ``--strategy all`` and ``--strategy bisect``, each from
the start of the command to its end. Environments are built once before, untimed: the cache is warm. Memory
is that of the command and all its probes together, what they share counted once (``Pss``), read every half
second; it is left out where the system does not tell.

A variant: forty releases with one variant and with twenty-one, in turn; the difference, a variant and
release. A release that could not be measured ends the benchmark: a sweep of nothing is quick.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path

import support

HISTORY = support.ROOT / "matrix" / "sweeps" / "history.yaml"
EVERY = 0.5

Figures = tuple[float, float, int, int, int]
"""Seconds, megabytes held at most with all probes (0: not known), cells, releases measured, releases."""

ONE = """
name: one
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: make the background white}
axes: {operation: [images.edit], client: [openai], container: [tuple3], image: [webp], mime_table: [builtin]}
"""


def main() -> None:
    parser = support.parser(__doc__)
    parser.add_argument("--sdk", default=">=1.0.0", help="releases of the long sweeps (default: >=1.0.0)")
    parser.add_argument("--online", action="store_true", help="ask the package index, rather than uv's cache")
    parser.add_argument("--matrix", type=Path, default=HISTORY, help="the matrix (default: the history's)")
    parser.add_argument(
        "--releases", type=support.number(1), default=40, help="releases of the short sweeps (default: 40)"
    )
    options = parser.parse_args()
    matrix = options.matrix.absolute()
    where = () if options.online else ("--offline",)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        (folder / "one.yaml").write_text(ONE, "utf-8")
        long = {
            strategy: partial(sweep, folder, matrix, options.sdk, strategy, where)
            for strategy in ("all", "bisect")
        }
        short = {
            name: partial(sweep, folder, file, f"latest:{options.releases}", "all", where)
            for name, file in (("one", folder / "one.yaml"), ("many", matrix))
        }
        long["all"]()
        short["one"]()
        sweeps = support.rounds(long, options.rounds)
        variants = support.rounds(short, options.rounds)
    rows = [["sweep", "releases", "measured", "seconds", "MB at most"]]
    for strategy, figures in sweeps.items():
        seconds, megabytes, *_ = (support.median(values) for values in zip(*figures, strict=True))
        _, _, cells, measured, releases = figures[0]
        held = f"{megabytes:.0f}" if megabytes else "?"
        rows.append([f"--strategy {strategy}", str(releases), str(measured), f"{seconds:.1f}", held])
    support.table(rows)
    one, many = ([seconds for seconds, *_ in figures] for figures in variants.values())
    _, _, cells, measured, _ = variants["many"][0]
    print(
        f"\n{measured} releases: one variant {support.median(one):.1f} s, "
        f"{cells // measured} variants {support.median(many):.1f} s"
    )
    more = support.difference(many, one) if cells > measured else None
    each = "lost in the spread of the rounds; take more of them"
    if more is not None:
        each = f"{more / (cells - measured) * 1000:.1f} ms a release"
    print(f"a further variant: {each}")
    support.finish(options, {"sweeps": sweeps, "variants": variants})


def sweep(folder: Path, matrix: Path, releases: str, strategy: str, where: tuple[str, ...]) -> Figures:
    """What a sweep took, once it is sure that every release it tried was measured in every variant."""
    command = [
        sys.executable, "-m", "upload_matrix", "sweep", str(matrix), "--sdk", releases,
        "--strategy", strategy,
        "--disable-recording", "--spot-check", "0", "--fresh", "--reports", str(folder / "reports"), *where,
    ]  # fmt: skip
    memory = Memory()
    with memory:
        seconds = support.run(command, folder)
    told = json.loads((folder / "reports" / "sweep.json").read_text("utf-8"))
    summary, variants = told["summary"], len(told["variants"])
    measured, cells, releases = summary["measured"], summary["cells"], summary["releases"]
    support.verified(measured, f"no release of {releases} was measured")
    support.verified(not summary["unavailable"], f"{summary['unavailable']} releases were not to be had")
    support.verified(
        cells == measured * variants, f"{cells} cells of {measured} releases x {variants} variants"
    )
    support.verified(
        strategy != "all" or measured == releases, f"only {measured} of {releases} were measured"
    )
    return seconds, memory.most / 1024, cells, measured, releases


class Memory:
    """Watches what this process's children and theirs hold together; ``most`` in KiB."""

    def __init__(self) -> None:
        self.most = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY):
            self.most = max(self.most, sum(map(_pss, _descendants())))


def _descendants() -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=False)
    parents = [line.split() for line in listed.stdout.splitlines()]
    found: list[str] = []
    known = {str(os.getpid())}
    while more := [pid for pid, parent in parents if parent in known and pid not in known]:
        found += more
        known.update(more)
    return found


def _pss(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # already ended, or a system that does not tell
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
