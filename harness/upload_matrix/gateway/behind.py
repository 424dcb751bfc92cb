"""The second tap: what a gateway forwards, captured and answered, one call of the client at a time."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_state_dir

from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exchange import Exchange
from upload_matrix.tap.http import LOOPBACK, LoopbackServer, RawRequest, RawResponse, own_answer
from upload_matrix.tap.server import captured, response_of
from upload_matrix.wire.form import Captured

TOKEN_FILE = "UPLOAD_MATRIX_GATEWAY_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""Names the file with the token of a gateway that runs already; by default it lies in the user's state."""

_SETTLE_SECONDS = 2.0
_GAVE_UP = "the gateway answered before the target did"


def behind_url(port: int, root: str, token: str) -> str:
    """The base URL that a gateway forwards to; ``root`` is the target's (``/v1``)."""
    return f"http://{LOOPBACK}:{port}/{token}{root}"


def lasting_token(path: Path | None = None) -> str:
    """The token in the URL that a running gateway is configured with: the same in every run of this user.

    Made on first use. Nobody else on this machine can guess it, so nobody else is answered.
    """
    given = os.environ.get(TOKEN_FILE)
    path = path or (Path(given) if given else Path(user_state_dir("upload-matrix")) / "gateway-token")
    try:
        if not path.exists():
            _keep(path, secrets.token_urlsafe(24))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}; name another file in {TOKEN_FILE}"
        ) from error
    token = path.read_text("ascii").strip()
    if not token:
        raise ConfigurationError(f"{path} is empty; remove it, and a new token is made")
    return token


def _keep(path: Path, token: str) -> None:
    """Write the token for this user's eyes; who comes second, of two at once, takes the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Readable by nobody else, and there whole or not at all.
    number, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(token)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()


@dataclass
class Watch:
    """What is forwarded while one call of the client is under way, in order of arrival.

    ``failure`` is what went wrong on our own side while answering.
    """

    answerer: Callable[[Captured], Answer | NoAnswer]
    failure: Exception | None = None
    _arrived: dict[int, Captured] = field(default_factory=dict)
    _replies: dict[int, Answer | NoAnswer] = field(default_factory=dict)
    _settled: threading.Condition = field(default_factory=threading.Condition)

    def take(self, request: Captured) -> Answer | NoAnswer:
        """Have one upstream attempt answered, and remember both."""
        with self._settled:
            number = len(self._arrived) + 1
            self._arrived[number] = request
        reply = self._reply(request)
        with self._settled:
            self._replies[number] = reply
            self._settled.notify_all()
        return reply

    def _reply(self, request: Captured) -> Answer | NoAnswer:
        if not request.complete:
            return NoAnswer(Silence.INCOMPLETE, request.wire.fault or "the gateway broke off")
        try:
            return self.answerer(request)
        except Exception as error:  # noqa: BLE001
            # This is a server's thread: raised here it would be lost, so the case's own thread reports it.
            self.failure = error
            return NoAnswer(Silence.BLOCKED, f"the harness failed to answer: {error}")

    def exchanges(self) -> tuple[Exchange, ...]:
        """The upstream attempts; one whose answer the gateway did not wait for counts as unanswered."""
        with self._settled:
            self._settled.wait_for(lambda: len(self._replies) == len(self._arrived), timeout=_SETTLE_SECONDS)
            late = NoAnswer(Silence.UNREACHABLE, _GAVE_UP)
            return tuple(
                Exchange(number, request, self._replies.get(number, late))
                for number, request in self._arrived.items()
            )


class BehindTap:
    """Listens on 127.0.0.1 for a gateway. Use ``close``.

    ``assets`` maps the SHA-256 of a shipped picture to its name. Requests while nobody watches, or outside
    the unguessable path, are refused and count as strays. Raises ConfigurationError for a port in use.
    """

    def __init__(self, assets: Mapping[str, str], *, port: int = 0, token: str | None = None) -> None:
        self._assets = assets
        self._watch: Watch | None = None
        self._lock = threading.Lock()
        try:
            self._server = LoopbackServer(self._handle, port=port, token=token or secrets.token_urlsafe(24))
        except OSError as error:
            raise ConfigurationError(
                f"--behind-port {port}: cannot listen there: {error.strerror}; another run may be using this "
                "gateway (one that runs already serves one process: leave -n away)"
            ) from error

    def url(self, root: str) -> str:
        """The base URL that the gateway forwards to."""
        return f"{self._server.url}{root}"

    @property
    def strays(self) -> int:
        """How many requests came while nobody watched, or outside the unguessable path."""
        return self._server.strays

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    @contextmanager
    def watching(self, answerer: Callable[[Captured], Answer | NoAnswer]) -> Iterator[Watch]:
        """Take what is forwarded meanwhile for the call that is under way."""
        watch = Watch(answerer)
        with self._lock:
            self._watch = watch
        try:
            yield watch
        finally:
            with self._lock:
                self._watch = None

    def _handle(self, request: RawRequest) -> RawResponse:
        with self._lock:
            watch = self._watch
        if watch is None:
            self._server.count(strays=1)
            return own_answer(404, "upload_matrix_stray", "no call is under way at this path")
        return response_of(watch.take(captured(request, request.target, self._assets)))
