"""Running the user's program: its streams are ours, its end is waited for, whatever happens to us."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from upload_matrix.model.errors import ConfigurationError

_GRACE_SECONDS = 5.0


def run(argv: Sequence[str], environ: Mapping[str, str], stdout: TextIO | int | None = None) -> int:
    """Run a program to its end; its exit status, negative for the signal that ended it.

    Standard streams are passed through; ``stdout`` takes another's place for its output. Ctrl-C reaches the
    program as it always does, and is its affair; a second one ends it. Raises ConfigurationError when there
    is no such program.
    """
    try:
        # The user's own command line, as a list: no shell reads it.
        process = subprocess.Popen(list(argv), env=dict(environ), stdout=stdout)  # noqa: S603
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{argv[0]}: there is no such program; give its path, or mend PATH"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"{argv[0]} cannot be run: {error.strerror or error}") from error
    with _passing_on_termination(process):
        try:
            try:
                return process.wait()
            except KeyboardInterrupt:
                return process.wait()
        except BaseException:
            _end(process)
            raise


@contextmanager
def _passing_on_termination(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """While inside, SIGTERM goes on to the program: what it then still sends is seen to the end."""
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may say what a signal does.
        yield
        return

    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
        process.send_signal(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def status_words(status: int) -> str:
    """``exit status 3``, ``signal SIGSEGV``: how a program ended, in words."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
