"""What a worker of a cluster does with a task; runs in the worker's process, where it builds environments."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from upload_matrix import __version__
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.run.crew_answers import Luggage
from upload_matrix.run.crew_task import Report, Stumble, Task, unpack
from upload_matrix.run.environments import locator
from upload_matrix.run.measured import measure_release
from upload_matrix.run.session import Session
from upload_matrix.run.tries import words


def work(task: Task, where: str) -> Report | Stumble:
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
            settings = unpack(parcel, Path(folder), locator(_store(parcel.offline), parcel.way))
            luggage = Luggage(settings.policy, parcel.roots, task.answers)
            with Session(settings, luggage) as session:
                measured = measure_release(
                    session, task.variants, task.release, task.python, settings.runtimes
                )
        return Report(where, measured, luggage.wanted)
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - told, with the place, so that another worker is tried
        return Stumble(where, words(error))


@cache
def _store(offline: bool) -> EnvironmentStore:
    """The store of this machine's user, opened once a process: asking pip for its index takes a second."""
    return EnvironmentStore(offline=offline)
