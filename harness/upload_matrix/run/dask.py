"""The workers of a Dask cluster that is there already, through its ``concurrent.futures`` executor.

Needs the extra ``dask``; the scheduler and all workers need it too, with the same version of this
distribution, as tasks are unpacked on either. Environments are built by the workers, with the package index
that is configured there.

Dask itself gives a task whose worker died to another one, as often as the cluster's setting
``distributed.scheduler.allowed-failures`` says (3 by default), and fails it with KilledWorker then.
"""

from __future__ import annotations

import asyncio
import importlib
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from upload_matrix import __version__
from upload_matrix.answers.answering import Answering, Policy
from upload_matrix.environments.interpreters import Located, Seat, installed_only
from upload_matrix.environments.kept import Way
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.case import Case
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.recordings import RecordMode
from upload_matrix.recordings.bodies import UNRECORDABLE, is_recordable
from upload_matrix.run.environments import locator
from upload_matrix.run.measure import Measured, measure_release, words
from upload_matrix.run.session import Session, Settings
from upload_matrix.wire.form import Captured

# -- what travels: plain data that can be pickled --
#
# A task is one release, so that a release on which a worker dies is known at once. The user's own files
# travel as bytes in it, because the machines need not share a disk; they are meant to be pictures and small
# programs.

_PROBE_FOLDERS = ("clients", "clients_node", "containers", "shared")
"""What a probe reads of a folder of the user's; matrices, recordings and targets stay at home."""

Key = tuple[str, str]
"""A request that wants an answer: the digest of its stored form, and the target."""


@dataclass(frozen=True, slots=True)
class OurFailure:
    """The harness could not come by an answer; ``says`` why."""

    says: str


Reply = Answer | NoAnswer | OurFailure


@dataclass(frozen=True, slots=True)
class Parcel:
    """``Settings`` for another machine: without targets and recordings, with files as bytes.

    ``files`` go by relative path; ``tables``, ``own`` (the user's uploads) and ``folders`` name theirs.
    ``roots`` are the paths under which the targets' APIs lie. ``way`` and ``offline`` say how environments
    are built there, ``beside`` what is installed with each release.
    """

    settings: Settings
    files: Mapping[str, bytes]
    tables: Mapping[str, str]
    own: Mapping[str, str]
    folders: tuple[str, ...]
    roots: Mapping[str, str]
    way: Way
    offline: bool
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Measure ``variants`` in ``release``, with the answers that are known so far.

    ``version`` is that of the harness, which has to be the same everywhere.
    """

    version: str
    parcel: Parcel
    variants: tuple[Case, ...]
    release: str
    python: str
    answers: Mapping[Key, Reply]


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker found out, and ``where`` it works.

    ``wanted`` are requests for which it had no answer; where there are any, ``measured`` does not count.
    """

    where: str
    measured: Measured
    wanted: Mapping[Key, Captured]


@dataclass(frozen=True, slots=True)
class WorkerFailure:
    """A worker's machinery failed; nothing is known of the release."""

    where: str
    why: str


def pack(
    settings: Settings, roots: Mapping[str, str], way: Way, *, offline: bool, beside: tuple[str, ...] = ()
) -> Parcel:
    """Everything a worker needs to be told; raises ConfigurationError for a file that cannot be read."""
    files: dict[str, bytes] = {}

    def put(path: Path, place: str) -> str:
        try:
            files[place] = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{path}: it cannot be sent to the cluster: {error}") from error
        return place

    tables = {
        name: put(path, f"tables/{number}") for number, (name, path) in enumerate(settings.tables.items())
    }
    # The file's own name is sent by clients, so it stays.
    own = {
        name: put(path, f"own/{number}/{path.name}")
        for number, (name, path) in enumerate(settings.files.items())
    }
    folders = []
    for number, folder in enumerate(settings.folders):
        folders.append(f"folders/{number}")
        for path in _programs(folder):
            put(path, f"{folders[-1]}/{path.relative_to(folder).as_posix()}")
    lean = replace(
        settings,
        # Recordings, targets and profiles are the coordinator's: a worker asks nobody.
        policy=Policy(Path(), RecordMode.NONE, settings.policy.today, recording=False, blocked=True),
        targets={},
        profiles={},
        tables={},
        files={},
        folders=(),
        locate=installed_only,
    )
    return Parcel(lean, files, tables, own, tuple(folders), dict(roots), way, offline, beside)


def unpack(parcel: Parcel, folder: Path, locate: Callable[[Seat], Located]) -> Settings:
    """The settings again, their files written below ``folder``; raises OSError."""
    for place, data in parcel.files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for place in parcel.folders:
        (folder / place).mkdir(parents=True, exist_ok=True)
    return replace(
        parcel.settings,
        tables={name: folder / place for name, place in parcel.tables.items()},
        files={name: folder / place for name, place in parcel.own.items()},
        folders=tuple(folder / place for place in parcel.folders),
        locate=locate,
    )


def _programs(folder: Path) -> Iterator[Path]:
    for name in _PROBE_FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


# -- in the worker's process --


class CarriedAnswers(Answering):
    """Answers from what came with the task, and notes what was not among it."""

    def __init__(self, policy: Policy, roots: Mapping[str, str], answers: Mapping[Key, Reply]) -> None:
        super().__init__(policy, {})
        self._roots = roots
        self._answers = answers
        self.wanted: dict[Key, Captured] = {}

    def root(self, target: str) -> str:
        """The path under which the target's API lies."""
        return self._roots[target]

    def secrets(self, target: str) -> tuple[str, ...]:  # noqa: ARG002 - a worker has no key
        """None: keys stay with the coordinator."""
        return ()

    def free(self, target: str) -> bool:  # noqa: ARG002 - an answer from here may yet be wanted
        """False: a case is not begun ahead of the one before."""
        return False

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:  # noqa: ARG002
        """The function that answers requests meant for ``target``; raises HarnessError for OurFailure."""

        def answer(request: Captured) -> Answer | NoAnswer:
            if not is_recordable(request.wire, self._patterns):
                # What the coordinator would be asked for could not be found again on another machine.
                return NoAnswer(Silence.UNRECORDED, UNRECORDABLE)
            key = (self.stored(request.wire).digest, target)
            reply = self._answers.get(key)
            if reply is None:
                self.wanted[key] = request
                return NoAnswer(Silence.BLOCKED, "the coordinator is yet to answer this")
            if isinstance(reply, OurFailure):
                raise HarnessError(reply.says)
            return reply

        return answer


def work(task: Task, where: str) -> WorkerReport | WorkerFailure:
    """Measure the task's release on this machine, which calls itself ``where``.

    Raises ConfigurationError for what would fail on every machine, and for another version of the harness.
    """
    if task.version != __version__:
        raise ConfigurationError(
            f"worker {where} has upload-matrix {__version__}, the sweep {task.version}: install the same one"
        )
    parcel = task.parcel
    try:
        with tempfile.TemporaryDirectory(prefix="upload-matrix-") as folder:
            locate = locator(_store(parcel.offline), parcel.way, parcel.beside)
            settings = unpack(parcel, Path(folder), locate)
            answering = CarriedAnswers(settings.policy, parcel.roots, task.answers)
            with Session(settings, answering) as session:
                measured = measure_release(
                    session, task.variants, task.release, task.python, settings.clients
                )
        return WorkerReport(where, measured, answering.wanted)
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - told, with the place, so that another worker is tried
        return WorkerFailure(where, words(error))


@cache
def _store(offline: bool) -> EnvironmentStore:
    """The store of this machine's user, opened once a process: asking pip for its index takes a second."""
    return EnvironmentStore(offline=offline)


CONNECT_SECONDS = 10.0
"""Time limit for reaching the scheduler, and for its first worker to be there."""

LOST_SECONDS = 60.0
"""How long a cluster may be without any worker (they may be starting again) before it is given up."""

_GOES_ON = "what was measured is kept, and the same command goes on from here"


@contextmanager
def connected(address: str, workers: int | None = None) -> Iterator[DaskCluster]:
    """The cluster of the scheduler at ``address``; ``workers`` caps the releases under way at a time.

    Raises ConfigurationError when Dask is not installed, nobody answers at the address, no worker is there,
    or a worker has another version of the harness.
    """
    try:
        distributed = _distributed()
    except ImportError as error:
        raise ConfigurationError(
            f"--scheduler {address} needs Dask ({error}); install it with: pip install 'upload-matrix[dask]'"
        ) from error
    _check_scheduler(distributed, address)
    with distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False) as client:
        _check_workers(client, address)
        yield DaskCluster(client, address, workers)


def _check_scheduler(distributed: Any, address: str) -> None:
    """Ask who is there, within a time limit: a client would wait for ever for one that says nothing."""

    async def identity() -> dict[str, Any]:
        security = distributed.Security().get_connection_args("client")
        async with (
            asyncio.timeout(CONNECT_SECONDS),
            distributed.rpc(address, connection_args=security) as peer,
        ):
            said: dict[str, Any] = await peer.identity()
            return said

    try:
        kind = asyncio.run(identity()).get("type")
    except ValueError as error:
        raise ConfigurationError(
            f"--scheduler {address}: no address of a scheduler ({error}); give one as tcp://HOST:8786"
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"--scheduler {address}: no Dask scheduler answers there within {CONNECT_SECONDS:g} s; start one "
            "with `dask scheduler`, which says its address"
        ) from error
    if kind != "Scheduler":
        raise ConfigurationError(f"--scheduler {address}: this is a {kind}; give the scheduler's address")


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise ConfigurationError(
            f"--scheduler {address}: it has no worker; start some with `dask worker {address}`"
        ) from error
    versions = {f"worker {name}": said for name, said in client.run(version_here, on_error="return").items()}
    try:
        versions["the scheduler"] = client.run_on_scheduler(version_here)
    except Exception as error:  # noqa: BLE001 - Dask raises a bare one for whatever happened there
        versions["the scheduler"] = error
    for name, said in versions.items():
        # One that went away in the meantime is not asked to be of the same version.
        if said != __version__ and not isinstance(said, OSError):
            found = f"has upload-matrix {said}" if isinstance(said, str) else f"says {said}"
            raise ConfigurationError(
                f"--scheduler {address}: {name} {found}; install upload-matrix[dask] {__version__} there"
            )


def version_here() -> str:
    """The version of the harness in the process that runs this."""
    return __version__


class DaskCluster:
    """A ``cluster.Cluster``. Made by ``connected``."""

    def __init__(self, client: Any, address: str, workers: int | None) -> None:
        self._client = client
        self._address = address
        self._limit = workers
        self._deserted: float | None = None

    def submit(self, task: Task, avoid: Collection[str]) -> Future[WorkerReport | WorkerFailure]:
        """Have a task done, by a worker that is not to be avoided if there is one."""
        others = [worker for worker in self._threads() if worker not in avoid] if avoid else []
        # Not pure: the same task again must be done again, not be remembered.
        where = {"workers": others, "allow_other_workers": True} if others else {}
        future: Future[WorkerReport | WorkerFailure] = self._client.get_executor(pure=False, **where).submit(
            _here, task
        )
        return future

    def free_slots(self) -> int:
        """The threads of all workers, or what the user allowed."""
        threads = sum(self._threads().values())
        return threads if self._limit is None else min(self._limit, threads)

    def check(self) -> None:
        """Raises HarnessError when the scheduler is gone, or has been without a worker for a minute."""
        if self._client.status != "running":
            raise HarnessError(f"the scheduler {self._address} is gone; {_GOES_ON}")
        if self._threads():
            return
        now = time.monotonic()
        self._deserted = self._deserted or now
        if now - self._deserted > LOST_SECONDS:
            raise HarnessError(f"all workers of {self._address} are gone; start some: {_GOES_ON}")

    def lost(self, error: BaseException) -> bool:
        """Whether Dask gave a task up because workers died with it."""
        return isinstance(error, _distributed().KilledWorker)

    def _threads(self) -> dict[str, int]:
        try:
            threads: dict[str, int] = self._client.nthreads()
        except OSError as error:
            raise HarnessError(f"the scheduler {self._address} is gone ({error}); {_GOES_ON}") from error
        if threads:
            self._deserted = None
        return threads


def _here(task: Task) -> WorkerReport | WorkerFailure:
    return work(task, _distributed().get_worker().address)


def _distributed() -> Any:
    """Dask's package, which is an extra; half of it has no types."""
    return importlib.import_module("distributed")
