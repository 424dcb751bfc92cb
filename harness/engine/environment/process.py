"""One probe program: started, greeted, given instructions, and killed when it does not come back."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from harness.model.errors import ProbeError

PROBE = Path(__file__).resolve().parents[2] / "probe" / "probe.py"

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


class Probe:
    """A running probe. Not thread-safe: one caller, one instruction at a time."""

    def __init__(
        self,
        python: str,
        mime_table: str,
        folders: tuple[Path, ...] = (),
        pythonpath: tuple[Path, ...] = (),
    ) -> None:
        # The file, not a pipe: a client that prints much would block on a pipe nobody reads.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by kill()
        command = [python, str(PROBE), "--mime-table", mime_table]
        for folder in folders:
            command += ["--folder", str(folder)]
        self._process = subprocess.Popen(  # noqa: S603 - our own program under an interpreter the user chose
            command,
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

    def ask(self, instruction: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send an instruction with an ``id`` and wait at most ``seconds`` for its report.

        Raises ProbeDiedError, ProbeHungError (the process is gone then), or ProbeError on nonsense.
        """
        self.hello()
        self.send(instruction)
        deadline = time.monotonic() + seconds
        while True:
            report = self._receive(deadline - time.monotonic())
            if "warmed" in report:
                continue
            if report.get("id") != instruction["id"]:
                raise ProbeError(f"the probe answered {report!r} to instruction {instruction['id']}")
            return report

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
