"""What a sweep's sessions are told: how answers are come by, what lies where, how environments are built."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from upload_matrix.answers.answering import Policy, recorded_folders
from upload_matrix.answers.live import Live
from upload_matrix.cli.sweep_options import SweepOptions
from upload_matrix.environments.blueprint import Way
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.recordings import RecordMode
from upload_matrix.run import loading
from upload_matrix.run.crew import Cluster, Crew
from upload_matrix.run.environments import locator
from upload_matrix.run.loading import Loaded
from upload_matrix.run.session import Settings
from upload_matrix.run.survey import Survey, Surveying
from upload_matrix.run.sweep import SweepPlan


def policy_of(options: SweepOptions) -> Policy:
    """How answers are come by."""
    cassettes = Path(options.cassettes)
    return Policy(
        cassettes=cassettes,
        mode=RecordMode(options.record_mode),
        today=datetime.now(tz=UTC).date(),
        recording=not options.disable_recording,
        # As it was when the sweep began: mode `once` must not change its mind half-way.
        recorded=recorded_folders(cassettes),
    )


def settings_of(
    options: SweepOptions, loaded: Loaded, store: EnvironmentStore, policy: Policy, way: Way
) -> Settings:
    """The settings of sessions whose environments are built the given way."""
    return loading.settings_of(
        (loaded,),
        policy,
        tables=loading.mime_tables(options.mime_tables, Path.cwd()),
        # The place of limits on money and calls: whatever asks a live server for a sweep is told this.
        live=Live(),
        locate=locator(store, way),
        # The spot check's environments have probes of their own, and so check this too.
        one_probe=way is Way.OVERLAY,
    )


def surveys_of(
    options: SweepOptions,
    loaded: Loaded,
    plan: SweepPlan,
    store: EnvironmentStore,
    policy: Policy,
    cluster: Cluster | None = None,
) -> Callable[[Way], Surveying]:
    """A function that makes the survey of a sweep for environments built a certain way.

    With a ``cluster`` it measures there, else in threads of this process.
    """
    workers = options.workers or os.cpu_count() or 1

    def survey(way: Way) -> Surveying:
        settings = settings_of(options, loaded, store, policy, way)
        if cluster is not None:
            return Crew(
                settings,
                plan.variants,
                python=plan.python,
                python_version=store.interpreters.find(plan.python).version,
                way=way,
                offline=options.offline,
                cluster=cluster,
            )
        return Survey(settings, plan.variants, python=plan.python, workers=workers)

    return survey
