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
import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from upload_matrix import __version__
from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.run.crew_task import Report, Stumble, Task
from upload_matrix.run.crew_worker import work

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
    """See ``crew.Cluster``. Made by ``connected``."""

    def __init__(self, client: Any, address: str, workers: int | None) -> None:
        self._client = client
        self._address = address
        self._limit = workers
        self._deserted: float | None = None

    def submit(self, task: Task, avoid: Collection[str]) -> Future[Report | Stumble]:
        """Have a task done, by a worker that is not to be avoided if there is one."""
        others = [worker for worker in self._threads() if worker not in avoid] if avoid else []
        # Not pure: the same task again must be done again, not be remembered.
        where = {"workers": others, "allow_other_workers": True} if others else {}
        future: Future[Report | Stumble] = self._client.get_executor(pure=False, **where).submit(_here, task)
        return future

    def hands(self) -> int:
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


def _here(task: Task) -> Report | Stumble:
    return work(task, _distributed().get_worker().address)


def _distributed() -> Any:
    """Dask's package, which is an extra; half of it has no types."""
    return importlib.import_module("distributed")
