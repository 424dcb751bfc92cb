"""A gateway's own process: started, waited for until it listens, ended with all it started."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence

from upload_matrix import vendors
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.tap.http import LOOPBACK

START_SECONDS = 90.0
"""How long a gateway may take until it listens: LiteLLM's proxy takes 10 to 20 seconds."""

DUMMY_KEY = "upload-matrix-dummy"
"""What a gateway is given as the target's key, as the clients are: the real one is put in behind it."""

_POLL = 0.02
_END_SECONDS = 5.0
_LAST_WORDS = 1500
"""Characters of a gateway's output that an error repeats."""


def free_port() -> int:
    """A port that nobody listens on now, and that no system hands out by itself before the gateway has it.

    Systems hand out ports from 32768 (Linux) or 49152 on: one of those might be another program's by then,
    and be taken for the gateway.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port


def environment_of(environ: Mapping[str, str], upstream: str, hidden: Collection[str]) -> dict[str, str]:
    """The variables a gateway runs with: the user's without the targets' keys, pointed at ``upstream``."""
    variables = vendors.usual().variables
    loopback = ",".join(
        filter(None, (environ.get("NO_PROXY") or environ.get("no_proxy"), "127.0.0.1,localhost"))
    )
    return {
        **{name: value for name, value in environ.items() if name not in hidden},
        **dict.fromkeys((variables.base_url, *variables.base_url_where_set), upstream),
        variables.key: DUMMY_KEY,
        "NO_PROXY": loopback,
        "no_proxy": loopback,
    }


class GatewayProcess:
    """A running gateway at ``port``. Use ``close`` to end it.

    ``option`` is where it was given, for messages. Raises ConfigurationError, with its last words, when it
    cannot be run, ends, or does not listen in time.
    """

    def __init__(
        self,
        words: Sequence[str],
        port: int,
        environ: Mapping[str, str],
        *,
        seconds: float = START_SECONDS,
        option: str = "--through",
    ) -> None:
        self.port = port
        self._option = option
        # Appended to by the gateway wherever we read: an offset would be shared with it.
        self._output = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it lives as long as the process
        try:
            # The user's own command line, as a list: no shell reads it.
            self._process = subprocess.Popen(  # noqa: S603
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                # A group of its own, so that its workers end with it and Ctrl-C reaches us first.
                start_new_session=True,
            )
        except OSError as error:
            self._output.close()
            raise ConfigurationError(
                f"{option}: {words[0]} cannot be run: {error.strerror}; is it installed and in PATH?"
            ) from error
        try:
            self._wait(words[0], seconds)
        except BaseException:
            self.close()
            raise

    def _wait(self, name: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        # Asked in this order: somebody else's server on that port is no gateway of ours.
        while (code := self._process.poll()) is not None or not self.listens():
            if code is not None:
                raise ConfigurationError(
                    f"{self._option}: {name} ended with exit code {code} before it listened on port "
                    f"{self.port}{self._last_words()}"
                )
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"{self._option}: {name} did not listen on port {self.port} within {seconds:g} s; does "
                    f"its command line say {{port}} in the right place?{self._last_words()}"
                )
            time.sleep(_POLL)

    def listens(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _last_words(self) -> str:
        self._output.seek(0)
        words = self._output.read().decode("utf-8", "replace").strip()
        return f"; its last words:\n{words[-_LAST_WORDS:]}" if words else "; it said nothing"

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it and all it started, gently first."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
            # Also for workers that outlived their parent's end.
            self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            self._process.wait(_END_SECONDS)
        self._output.close()

    def _signal(self, number: int) -> None:
        # Nobody is left of the group; macOS says it is not allowed where only the ended leader is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)
