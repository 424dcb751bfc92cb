"""One probe program: started, greeted, given instructions, and killed when it does not come back.

Two programs speak the probe's JSON lines: ``probe.py`` under an interpreter, ``probe.mjs`` under Node.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from upload_matrix.environments.interpreters import Located, Seat, installed_only
from upload_matrix.model.case import NODE
from upload_matrix.model.errors import HarnessError, ProbeError, UnavailableError
from upload_matrix.model.result import Environment

PROBE = Path(__file__).resolve().parents[1] / "probe" / "probe.py"
NODE_PROBE = PROBE.with_name("probe.mjs")

_PASSED_ON = (
    "PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LC_ALL",
    "LC_CTYPE", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
"""The only variables a probe sees: no key, no proxy that would lead loopback traffic astray."""

_LAST_WORDS = 2000
"""Characters of a dead probe's standard error that are reported."""

_GREETING_SECONDS = 60.0
_READ = 1 << 16


class ProbeDiedError(ProbeError):
    """The probe ended; the message has its exit status and last words."""


class ProbeHungError(ProbeError):
    """The probe did not report within its time limit; it has been killed."""


def python_command(
    python: str, mime_table: str, folders: Sequence[Path] = (), endings: Sequence[str] = ()
) -> tuple[str, ...]:
    """The command of a Python probe; ``folders`` hold further clients and containers.

    Of the extensions in ``endings`` it tells what it guesses, beside those that it always tells of.
    """
    asked = (word for ending in endings for word in ("--ending", ending))
    return (python, str(PROBE), "--mime-table", mime_table, *_folder_options(folders), *asked)


def node_command(prefix: Path, folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """The command of a Node probe, for packages that ``npm install --prefix PREFIX`` put there.

    Raises UnavailableError when there is no Node.
    """
    node = shutil.which("node")
    if node is None:
        raise UnavailableError("node is not installed: https://nodejs.org, or your system's package manager")
    return (node, str(NODE_PROBE), "--prefix", str(prefix), *_folder_options(folders))


def _folder_options(folders: Sequence[Path]) -> tuple[str, ...]:
    return tuple(word for folder in folders for word in ("--folder", str(folder)))


class Probe:
    """A running probe. Not thread-safe: one caller, one instruction at a time.

    Started under the interpreter ``python``, or by another ``command``, which then says everything.
    """

    def __init__(
        self,
        python: str,
        mime_table: str,
        folders: tuple[Path, ...] = (),
        pythonpath: tuple[Path, ...] = (),
        *,
        endings: Sequence[str] = (),
        command: Sequence[str] | None = None,
    ) -> None:
        # The file, not a pipe: a client that prints much would block on a pipe nobody reads.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by kill()
        self._process = subprocess.Popen(  # noqa: S603 - our own program under a runtime the user chose
            python_command(python, mime_table, folders, endings) if command is None else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(pythonpath),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in = self._process.stdin
        self._out = self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)
        self._buffer = b""
        self._hello: dict[str, Any] | None = None
        self._warming = False

    def hello(self) -> dict[str, Any]:
        """What the probe said of its environment; waits for it the first time."""
        if self._hello is None:
            greeting = self._receive(_GREETING_SECONDS)
            if not isinstance(greeting.get("hello"), dict):
                raise ProbeError(f"the probe did not introduce itself, but said {greeting!r}")
            self._hello = greeting["hello"]
        return self._hello

    def send(self, instruction: dict[str, Any]) -> None:
        """Write one instruction; raises ProbeDiedError when nobody reads it."""
        try:
            self._in.write(json.dumps(instruction).encode() + b"\n")
            self._in.flush()
        except OSError as error:
            raise self._died() from error

    def report(self, number: int, seconds: float) -> dict[str, Any]:
        """Wait at most ``seconds`` for the report on the instruction with that ``id``, sent before.

        Raises ProbeDiedError, ProbeHungError (the process is gone then), or ProbeError on nonsense.
        """
        report = self._told(seconds)
        if report.get("id") != number:
            raise ProbeError(f"the probe answered {report!r} to instruction {number}")
        return report

    def use_table(self, mime_table: str) -> Mapping[str, str | None]:
        """Go over to another mime table (not under Node); what it guesses, by extension.

        Not while a report is outstanding. Raises ProbeDiedError, ProbeHungError or ProbeError.
        """
        self.hello()
        self.send({"mime_table": mime_table})
        told = self._told(_GREETING_SECONDS)
        if not isinstance(told.get("guesses"), dict):
            raise ProbeError(f"the probe did not say what it guesses, but {told!r}")
        guesses: dict[str, str | None] = told["guesses"]
        return guesses

    def warm(self, clients: Sequence[str]) -> None:
        """Have clients imported ahead of their first call; does not wait. Raises ProbeDiedError."""
        self._warming = True
        self.send({"warm": list(clients)})

    @property
    def warming(self) -> bool:
        """Whether clients asked for by ``warm`` are still being imported; never waits."""
        while self._warming and (b"\n" in self._buffer or self._selector.select(0)):
            line = self._receive(_GREETING_SECONDS)
            if "hello" in line:
                self._hello = line["hello"]
            self._warming = "warmed" not in line
        return self._warming

    def kill(self) -> None:
        """End the process now and free what it held."""
        self._process.kill()
        self._process.wait()
        self._selector.close()
        for stream in (self._in, self._out, self._errors):
            try:
                stream.close()
            except BrokenPipeError:
                continue  # what was still buffered for a dead reader

    def _told(self, seconds: float) -> dict[str, Any]:
        """The next thing said that is not the end of warming up."""
        deadline = time.monotonic() + seconds
        while True:
            told = self._receive(deadline - time.monotonic())
            if "warmed" not in told:
                return told
            self._warming = False

    def _receive(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not self._selector.select(remaining):
                self._process.kill()
                raise ProbeHungError(f"no report within {seconds:.1f} s")
            data = os.read(self._out.fileno(), _READ)
            if not data:
                raise self._died()
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            report = json.loads(line)
        except ValueError as error:
            raise ProbeError(f"the probe spoke nonsense: {line[:200]!r}") from error
        if not isinstance(report, dict):
            raise ProbeError(f"the probe spoke nonsense: {line[:200]!r}")
        return report

    def _died(self) -> ProbeDiedError:
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._errors.seek(0)
        words = self._errors.read().decode("utf-8", "replace").strip()[-_LAST_WORDS:]
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return ProbeDiedError(f"the probe died ({how})" + (f": {words}" if words else ", saying nothing"))


def _environment(pythonpath: tuple[Path, ...]) -> dict[str, str]:
    variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    if pythonpath:
        variables["PYTHONPATH"] = os.pathsep.join(map(str, pythonpath))
    return variables


# One long-lived probe per environment, started when needed and replaced when it died or hangs.


class ProbePool:
    """Probes by seat. Not thread-safe. Use as a context manager.

    ``tables`` maps the name of a mime table to its file, for those that are a file; ``folders`` are
    further folders with ``clients/`` and ``containers/`` of the user's. ``locate`` finds or builds the
    environment of a seat and raises UnavailableError when it cannot be had here. ``endings`` are extensions
    that each tells its guesses of, beside the usual ones.

    ``one_probe`` has one probe serve all mime tables of an environment, which saves starting the client
    anew for each. A client that looked into the table while it was imported would then not notice, so it is
    for many environments, some of which are checked against probes of their own.
    """

    def __init__(
        self,
        tables: Mapping[str, Path],
        folders: tuple[Path, ...] = (),
        locate: Callable[[Seat], Located] = installed_only,
        *,
        one_probe: bool = False,
        endings: tuple[str, ...] = (),
    ) -> None:
        self._endings = endings
        self._tables = tables
        self._folders = folders
        self._locate = locate
        self._one_probe = one_probe
        self._probes: dict[Seat, Probe] = {}
        self._in_use: dict[Seat, str] = {}
        self._guesses: dict[Seat, Mapping[str, str | None]] = {}
        self._environments: dict[Seat, Environment] = {}

    def __enter__(self) -> ProbePool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all probes."""
        for probe in self._probes.values():
            probe.kill()
        self._probes.clear()

    def warm(self, needed: Iterable[tuple[Seat, tuple[str, ...]]]) -> None:
        """Start probes side by side and let them import clients: pairs of seat and client names."""
        for seat, clients in needed:
            try:
                self._started(seat).warm(clients)
            except HarnessError:
                # The first case that needs this environment meets the same error and reports it.
                self.discard(seat)

    def environment(self, seat: Seat) -> Environment:
        """The environment of a seat, as its probe describes it; raises ProbeError or UnavailableError."""
        if seat not in self._environments:
            try:
                hello = self._probe(seat).hello()
            except ProbeError:
                self.discard(seat)
                raise
            self._environments[seat] = Environment(
                # Named by what the matrix varies; versions stand beside it, so that a report made with
                # another patch release of Python differs in one place only.
                name=seat.name,
                python=hello.get("python") or f"{hello['runtime']} {hello['node']}",
                mime_table=seat.table,
                clients=dict(sorted(hello["versions"].items())),
                guesses=self._guesses.get(seat, hello["guesses"]),
            )
        return self._environments[seat]

    @property
    def warming(self) -> bool:
        """Whether any probe is still importing what ``warm`` asked for."""
        busy = False
        for seat, probe in tuple(self._probes.items()):
            try:
                busy = probe.warming or busy
            except ProbeError:
                # As above: the first case meets it and reports it.
                self.discard(seat)
        return busy

    def send(self, seat: Seat, instruction: dict[str, Any]) -> None:
        """Have one instruction begun; its report is fetched with ``report``, in the same order.

        Raises ProbeDiedError or ProbeError, and UnavailableError before the probe is started.
        """
        try:
            probe = self._probe(seat)
            probe.hello()
            probe.send(instruction)
        except ProbeError:
            self.discard(seat)
            raise

    def report(self, seat: Seat, number: int, seconds: float) -> dict[str, Any]:
        """The report on an instruction that was sent; a probe that died or hung is gone afterwards.

        Raises ProbeDiedError, ProbeHungError or ProbeError.
        """
        try:
            return self._probe(seat).report(number, seconds)
        except ProbeError:
            self.discard(seat)
            raise

    def discard(self, seat: Seat) -> None:
        """End the probe of a seat; the next instruction starts a fresh one."""
        probe = self._probes.pop(self._key(seat), None)
        if probe is not None:
            probe.kill()

    def _key(self, seat: Seat) -> Seat:
        """What probes are kept by: without its table, where one serves all of them."""
        return replace(seat, table="") if self._one_probe and seat.runtime != NODE else seat

    def _table(self, seat: Seat) -> str:
        table = self._tables.get(seat.table)
        return seat.table if table is None else str(table)

    def _probe(self, seat: Seat) -> Probe:
        """The seat's probe, its mime table in use."""
        probe = self._started(seat)
        key = self._key(seat)
        if self._in_use[key] != seat.table:
            self._guesses[seat] = probe.use_table(self._table(seat))
            self._in_use[key] = seat.table
        return probe

    def _started(self, seat: Seat) -> Probe:
        key = self._key(seat)
        if key not in self._probes:
            located = self._locate(seat)
            if seat.runtime == NODE:
                # Its packages lie where a Python environment would have its interpreter.
                command = node_command(Path(located.python), self._folders)
                self._probes[key] = Probe(located.python, seat.table, command=command)
            else:
                table = self._table(seat)
                self._probes[key] = Probe(
                    located.python, table, self._folders, located.pythonpath, endings=self._endings
                )
            self._in_use[key] = seat.table
        return self._probes[key]
