"""Milliseconds a replayed case takes: ours, the bare SDK calls, and hand-written pytest-recording tests.

Every contestant makes the same ``images.edit`` calls with a 100 KB file; one of ours hands it to chat as a
data URL. Recordings are made first, from
the minimal server that the bare loop talks to. Then all contestants run in turn, several times.

A contestant's figure is (end of its last case - end of case 20) / the cases between: after start-up,
imports and the first calls, with everything pytest does around a test in it. What a contestant moves into
its start-up shows in the seconds of the whole program, beside it. All cases must have been recorded and pass.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import projects
import support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Figure = tuple[float, float]
"""Milliseconds a case, and seconds of the whole program."""

WARM_UP = 20
"""Cases before the first that counts."""

OURS, BARE = "upload-matrix", "bare loop"
JSON = "upload-matrix, the file in JSON"
SHARED, FRESH = "pytest-recording, shared client", "pytest-recording, new client a test"

WITHOUT_OURS = ("-p", "no:upload-matrix")

ANSWER = {
    "created": 1771718400,
    "background": "opaque",
    "output_format": "png",
    "quality": "medium",
    "size": "1024x1024",
    "usage": {
        "input_tokens": 200,
        "input_tokens_details": {"image_tokens": 194, "text_tokens": 6},
        "output_tokens": 1056,
        "total_tokens": 1256,
    },
}


def main() -> None:
    parser = support.parser(__doc__)
    parser.add_argument(
        "--cases",
        type=support.number(WARM_UP + 2),
        default=500,
        help="cases with a small answer (default: 500)",
    )
    parser.add_argument(
        "--large-cases", type=int, default=120, help="cases with a 1.5 MB answer, 0 for none (default: 120)"
    )
    options = parser.parse_args()
    figures = {"small": compare("small answers", options.cases, 300, options.rounds, fresh=True)}
    if options.large_cases:
        figures["large"] = compare("1.5 MB answers", options.large_cases, 1_100_000, options.rounds)
        print(
            "Of a large image our recordings keep digest, format and size, and a tiny image in its place:\n"
            "that is their design (a review can read them), and it is why a replay does not pay for 1.5 MB.\n"
            "pytest-recording's keep all of it, and the bare loop receives all of it."
        )
    support.finish(options, figures)


def compare(
    title: str, cases: int, picture_size: int, rounds: int, *, fresh: bool = False
) -> dict[str, object]:
    """Record, replay in turn, print a table; the figures of every round, by contestant."""
    support.verified(cases > WARM_UP + 1, f"{cases} cases, of which the first {WARM_UP} do not count")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        picture = base64.b64encode(support.noise_png(picture_size)).decode("ascii")
        (folder / "answer.json").write_text(json.dumps(ANSWER | {"data": [{"b64_json": picture}]}), "utf-8")
        with server(folder / "answer.json") as url:
            contestants = prepare(folder, url, cases, fresh=fresh)
            measured = support.rounds(contestants, rounds)
    show(f"{title}, {cases} cases, {rounds} rounds", measured)
    return {"cases": cases, "milliseconds_and_seconds": measured}


def prepare(folder: Path, url: str, cases: int, *, fresh: bool) -> dict[str, Callable[[], Figure]]:
    """Make and record the projects; what measures each contestant."""
    picture = support.noise_png(100_000)
    projects.ours(folder / "ours", url, cases, picture)
    projects.ours(folder / "json", url, cases, picture, projects.IN_JSON)
    projects.theirs(folder / "shared", url, cases, picture, scope="session")
    replays = {
        OURS: (folder / "ours", ()),
        JSON: (folder / "json", ()),
        SHARED: (folder / "shared", WITHOUT_OURS),
    }
    if fresh:
        projects.theirs(folder / "fresh", url, cases, picture, scope="function")
        replays[FRESH] = (folder / "fresh", WITHOUT_OURS)
    times = folder / "times.json"
    for project, arguments in replays.values():
        print(f"recording {project.name}", file=sys.stderr)
        timed(support.pytest_command("--record-mode=once", *arguments), project, times, cases)
        recorded = len(list(project.rglob("*.yaml"))) - len(list((project / "matrix").rglob("*.yaml")))
        support.verified(recorded == cases, f"{recorded} recordings of {cases} cases in {project.name}")
    loop = [sys.executable, str(support.HERE / "bare_loop.py"), url]
    loop += [str(folder / "shared" / "photo.png"), str(cases), str(times)]
    measures: dict[str, Callable[[], Figure]] = {BARE: partial(timed, loop, folder, times, cases)}
    for name, (project, arguments) in replays.items():
        command = support.pytest_command("--record-mode=none", *arguments)
        measures[name] = partial(timed, command, project, times, cases)
    return measures


def timed(command: list[str], folder: Path, times: Path, cases: int) -> Figure:
    """Milliseconds a case and seconds in all, of a program that says when each case was done."""
    times.unlink(missing_ok=True)
    seconds = support.run(command, folder, f"{cases} passed", BENCHMARK_TIMES=str(times))
    done: list[float] = json.loads(times.read_text("utf-8"))
    support.verified(len(done) == cases, f"{len(done)} of {cases} cases were done")
    counted = done[WARM_UP - 1 :]
    return (counted[-1] - counted[0]) / (len(counted) - 1) * 1000, seconds


@contextlib.contextmanager
def server(body: Path) -> Iterator[str]:
    """The minimal server in a process of its own; gives the base URL of its API."""
    command = [sys.executable, str(support.HERE / "loopback.py"), str(body)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


def show(title: str, measured: dict[str, list[Figure]]) -> None:
    """Print medians, the spread over rounds, and each contestant as a multiple of ours."""
    middles = {name: support.median(each for each, _ in figures) for name, figures in measured.items()}
    ours = middles[OURS]
    rows = [[title, "ms a case", "lowest", "highest", "x ours", "s in all"]]
    for name, figures in measured.items():
        values = [each for each, _ in figures]
        whole = support.median(seconds for _, seconds in figures)
        cells = (middles[name], min(values), max(values), middles[name] / ours, whole)
        rows.append([name, *(f"{value:.2f}" for value in cells)])
    support.table(rows)
    print(f"ours is {ours / middles[BARE]:.2f} times the bare loop (wanted: at most 2)")
    print(f"the same file as a data URL takes {middles[JSON] / ours:.2f} times as long (wanted: at most 1)")
    faster = middles[SHARED] / ours
    print(
        f"ours is {faster:.2f} times as fast as pytest-recording with a shared client (wanted: at least 2)\n"
    )


if __name__ == "__main__":
    main()
