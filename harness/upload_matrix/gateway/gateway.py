"""Taking one call through a gateway: the client's request in, what came back and what was forwarded out."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_state_dir

from upload_matrix.gateway.process import DUMMY_KEY, GatewayProcess, environment_of, free_port
from upload_matrix.gateway.spec import GatewaySpec
from upload_matrix.model.answer import Answer, Exchange, NoAnswer, Silence
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.tap.http import LOOPBACK, LoopbackServer, RawRequest, RawResponse, own_answer
from upload_matrix.tap.server import Channel, captured, response_of
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.upstream import Upstream
from upload_matrix.wire.form import Captured

# The second tap: what a gateway forwards, captured and answered, one call of the client at a time.


TOKEN_FILE = "UPLOAD_MATRIX_GATEWAY_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""Names the file with the token of a gateway that runs already; by default it lies in the user's state."""

_GAVE_UP = "the gateway answered before the target did"


def behind_url(port: int, root: str, token: str) -> str:
    """The base URL that a gateway forwards to; ``root`` is the target's (``/v1``)."""
    return f"http://{LOOPBACK}:{port}/{token}{root}"


def lasting_token() -> str:
    """The token in the URL that a running gateway is configured with: the same in every run of this user.

    Made on first use. Nobody else on this machine can guess it, so nobody else is answered.
    """
    given = os.environ.get(TOKEN_FILE)
    path = Path(given) if given else Path(user_state_dir("upload-matrix")) / "gateway-token"
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


class BehindTap:
    """Listens on 127.0.0.1 for a gateway. Use ``close``.

    ``assets`` maps the SHA-256 of a shipped picture to its name. Requests while nobody watches, or outside
    the unguessable path, are refused and count as strays. Raises ConfigurationError for a port in use.
    """

    def __init__(self, assets: Mapping[str, str], *, port: int = 0, token: str | None = None) -> None:
        self._assets = assets
        self._watch: Channel | None = None
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
    def watching(self, answerer: Callable[[Captured], Answer | NoAnswer]) -> Iterator[Channel]:
        """Take what is forwarded meanwhile for the call that is under way."""
        watch = Channel("", answerer, broke_off="the gateway broke off", gave_up=_GAVE_UP)
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


PATIENCE_SECONDS = 120.0
"""How long a gateway may be silent. Longer than clients wait: until it is done, it is sent nothing else."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What came of one call: the gateway's ``reply``, and each ``forwarded`` attempt with the target's.

    ``strays`` counts requests that reached the second tap outside its path meanwhile.
    """

    reply: Answer | NoAnswer
    forwarded: tuple[Exchange, ...]
    strays: int = 0


class Gateway:
    """One gateway with the tap behind it. Thread-safe; calls go through one after the other.

    What is forwarded is known to belong to the call under way because there is only one. So a gateway that
    does not answer in time is started anew before the next call, and one that we did not start is given up.
    ``hidden`` are the variables that it must not see: the targets' keys. Use ``close``.
    """

    def __init__(
        self,
        spec: GatewaySpec,
        assets: Mapping[str, str],
        *,
        hidden: Collection[str] = (),
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._spec = spec
        self._hidden = frozenset(hidden)
        self._patience = patience
        # Held as it is, not copied: pictures are made as cases ask for them.
        self._assets = assets
        self._lock = threading.Lock()
        self._behind: BehindTap | None = None
        self._process: GatewayProcess | None = None
        self._ask: Upstream | None = None
        self._root: str | None = None
        self._lost = False

    @property
    def name(self) -> str:
        """What reports call it."""
        return self._spec.name

    def unsaid(self, data: bytes) -> bytes:
        """What a gateway said, without the values of its headers: asterisks, so that it stays as long."""
        for secret in map(str.encode, self._spec.secrets):
            data = data.replace(secret, b"*" * len(secret))
        return data

    def start(self, root: str) -> str:
        """Start it, if need be, for a target whose API lies under ``root``; the URL that it forwards to.

        Raises ConfigurationError when it cannot be started, or stands for a target with another root.
        """
        with self._lock:
            if self._root not in (None, root):
                raise ConfigurationError(
                    f"{self._spec.option}: the gateway forwards to one base URL, but targets have the roots "
                    f"{self._root or '/'} and {root or '/'}; run them apart, with --target"
                )
            self._root = root
            return self._started(root)

    def close(self) -> None:
        """End the gateway, if we started it, and the tap behind it."""
        if self._process is not None:
            self._process.close()
            self._process = None
        if self._behind is not None:
            self._behind.close()
            self._behind = None

    def pass_on(self, request: Captured, answerer: Callable[[Captured], Answer | NoAnswer]) -> Passed:
        """Send a client's request to the gateway; ``answerer`` plays the target behind it.

        Raises what ``answerer`` raised, and HarnessError when the gateway was not started.
        """
        with self._lock:
            if self._root is None:
                raise HarnessError("the gateway was not started")
            if self._lost:
                return Passed(
                    NoAnswer(
                        Silence.UNREACHABLE,
                        f"not sent: {self.name} did not answer an earlier call in time, and what it forwards "
                        "could belong to that one; start it anew, and run again",
                    ),
                    (),
                )
            self._started(self._root)
            assert self._behind is not None
            assert self._ask is not None
            strays = self._behind.strays
            began = time.monotonic()
            with self._behind.watching(answerer) as watch:
                reply = self._ask.ask(self._addressed(request))
                watch.settle()
                forwarded = watch.exchanges()
            if isinstance(reply, NoAnswer):
                self._recover(late=time.monotonic() - began >= self._patience)
            if watch.failure is not None:
                raise watch.failure
            return Passed(reply, forwarded, self._behind.strays - strays)

    def _started(self, root: str) -> str:
        spec = self._spec
        if self._behind is None:
            token = lasting_token() if spec.url is not None else None
            self._behind = BehindTap(self._assets, port=spec.behind_port, token=token)
        upstream = self._behind.url(root)
        if self._process is not None and not self._process.alive:
            self._recover(late=False)
        if self._ask is None:
            base_url = spec.url
            if base_url is None:
                port = free_port()
                environ = environment_of(os.environ, upstream, self._hidden)
                spec.write_files(port, upstream)
                self._process = GatewayProcess(spec.words(port, upstream), port, environ, option=spec.option)
                path = urlsplit(upstream).path if spec.leaves_path else root
                base_url = f"http://{LOOPBACK}:{port}{path}"
            elif not urlsplit(base_url).path:
                base_url += root
            self._ask = Upstream(
                self._target(base_url, spec.headers_for(upstream)),
                timeout=self._patience,
                total=self._patience,
            )
        return upstream

    def _target(self, base_url: str, headers: tuple[tuple[str, str], ...]) -> TargetSpec:
        if not self._spec.key_env and all(name.lower() != "authorization" for name, _ in headers):
            headers = (("Authorization", f"Bearer {DUMMY_KEY}"), *headers)
        return TargetSpec(
            name=self.name, base_url=base_url, key_env=self._spec.key_env, headers=headers, proxy="none"
        )

    def _addressed(self, request: Captured) -> Captured:
        """The request below the gateway's own root: a client writes the target's."""
        path = request.wire.path
        assert self._ask is not None
        if not path.startswith(f"{self._root}/"):
            return request
        below = path.removeprefix(self._root or "")
        return replace(request, wire=replace(request.wire, path=self._ask.spec.root + below))

    def _recover(self, *, late: bool) -> None:
        """After a call without an answer: begin anew, so that nothing late is taken for the next call's."""
        if self._spec.url is not None:
            self._lost = late
            return
        if self._process is not None:
            self._process.close()
            self._process = None
        self._ask = None
