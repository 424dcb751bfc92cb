"""How collecting and running grow with the number of cases: seconds, and memory at its highest.

Collecting: ``pytest --collect-only -q`` with 10,000 cases, less the same with no case. That so many were
collected, and passed, is read from what pytest says.

Running: calls by the cheapest client there is, a socket kept open, answered by the emulator with
recordings left aside. So the figure is what the harness itself costs. A hundred cases share a wire form,
as environments and clients do that send the same; ``--distinct`` makes every case a form of its own, the
hardest case for memory. Memory is the pytest process at its highest.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

import support

MATRIX = """
name: scale
target: emulator:openai-2026-02
request: {{model: gpt-image-1}}
axes:
  operation: [images.generate]
  client: [socket]
  prompt: [{prompts}]
  user: [{users}]
"""

CLIENT = '''
"""The least a client can do: a request on a socket that stays open."""

import json
import socket
from urllib.parse import urlsplit

DISTRIBUTIONS = ()
SENT = {sent}


class Client:
    def __init__(self):
        self._socket = None

    def call(self, request):
        url = urlsplit(request.base_url + request.path)
        if self._socket is None:
            self._socket = socket.create_connection((url.hostname, url.port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = json.dumps({name: request.fields[name] for name in SENT}).encode()
        lines = ("POST %s HTTP/1.1" % url.path, "Host: " + url.netloc, "Content-Type: application/json")
        lines += ("Content-Length: %d" % len(body), "", "")
        self._socket.sendall("\\r\\n".join(lines).encode() + body)
        received = b""
        while b"\\r\\n\\r\\n" not in received:
            received += self._socket.recv(65536)
        head, _, body = received.partition(b"\\r\\n\\r\\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\\r\\n")[0])
        while len(body) < length:
            body += self._socket.recv(65536)
        return json.loads(body)
'''

TEST = "def test_uploads(upload_case):\n    upload_case.check()\n"
EMPTY = "def test_nothing():\n    pass\n"


def main() -> None:
    parser = support.parser(__doc__)
    parser.add_argument(
        "--cases",
        type=support.number(1000, 1000),
        default=100_000,
        help="cases of the largest run, in thousands (default: 100000)",
    )
    parser.add_argument(
        "--collected",
        type=support.number(100, 100),
        default=10_000,
        help="cases to collect, in hundreds (default: 10000)",
    )
    parser.add_argument("--distinct", action="store_true", help="a wire form of its own for every case")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        collecting = collect(Path(name), options.collected, options.rounds)
        running = [
            run(Path(name), cases, distinct=options.distinct)
            for cases in (options.cases // 10, options.cases)
        ]
    (few, short, _), (many, long, _) = running
    forms = "a wire form each" if options.distinct else "100 to a wire form"
    rows = [[f"running, {forms}", "seconds", "ms a case", "MB at most"]]
    rows += [
        [f"{n:,} cases", f"{s:.1f}", f"{s / n * 1000:.2f}", f"{megabytes:.0f}"] for n, s, megabytes in running
    ]
    support.table(rows)
    growth = f"{many // few} times the cases took {long / short:.1f} times as long"
    print(f"{growth} (wanted: linear, under 1024 MB)")
    support.finish(options, {"collecting": collecting, "running": running})


def collect(folder: Path, cases: int, rounds: int) -> dict[str, list[float]]:
    """Seconds to collect so many cases and to collect none."""
    command = support.pytest_command("--collect-only")
    empty, full = folder / "empty", project(folder / "full", cases)
    empty.mkdir()
    (empty / "test_nothing.py").write_text(EMPTY, "utf-8")
    (empty / "pytest.ini").write_text("[pytest]\n", "utf-8")
    contestants = {
        "no case": partial(support.run, command, empty, "1 test collected"),
        f"{cases:,} cases": partial(support.run, command, full, f"{cases} tests collected"),
    }
    for measure in contestants.values():
        measure()
    measured = support.rounds(contestants, rounds)
    without, with_cases = measured.values()
    more = support.difference(with_cases, without)
    support.table(
        [
            ["collecting", "seconds"],
            *([name, f"{support.median(values):.2f}"] for name, values in measured.items()),
            ["difference", "within the rounds' spread" if more is None else f"{more:.2f}"],
        ]
    )
    print("wanted: under 2 s for 10,000\n")
    return measured


def run(folder: Path, cases: int, *, distinct: bool) -> tuple[int, float, float]:
    """Cases run, seconds from start to end of pytest, megabytes it held at its highest."""
    command = support.pytest_command("--disable-recording", f"--upload-max-cases={cases}")
    where = project(folder / f"run-{cases}", cases, distinct=distinct)
    started = time.perf_counter()
    with (where / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=where, env=support.environment(), stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    said = (where / "output.txt").read_text("utf-8")
    support.verified(not process.returncode, f"pytest ended with {process.returncode}: {said[-3000:]}")
    support.verified(f"\n{cases} passed" in said, f"not {cases} cases passed: {said[-300:]}")
    return cases, seconds, used.ru_maxrss / 1024


def project(folder: Path, cases: int, *, distinct: bool = False) -> Path:
    """A project with ``cases`` cases, a multiple of 100: so many prompts, each for a hundred users."""
    (folder / "matrix" / "clients").mkdir(parents=True)
    prompts = ", ".join(f"make-the-sky-blue-{number:04}" for number in range(cases // 100))
    users = ", ".join(f"user-{number:02}" for number in range(100))
    (folder / "matrix" / "scale.yaml").write_text(MATRIX.format(prompts=prompts, users=users), "utf-8")
    sent = ("model", "prompt", "user") if distinct else ("model", "prompt")
    (folder / "matrix" / "clients" / "socket.py").write_text(CLIENT.replace("{sent}", repr(sent)), "utf-8")
    (folder / "test_uploads.py").write_text(TEST, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return folder


if __name__ == "__main__":
    main()
