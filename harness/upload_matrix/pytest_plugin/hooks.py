"""What pytest loads (entry point ``upload-matrix``): the hooks, each a few lines that hand on.

A test asks for the fixture ``upload_case`` and is run once a case::

    def test_uploads(upload_case):
        upload_case.check()

Matrices come from ``--upload-matrix``, the ini value ``upload_matrix``, the folder ``matrix/``, or for one
function from ``@pytest.mark.upload_matrix("path")``. Every case carries the mark ``upload`` with its axes,
so ``-m "upload(client='httpx')"`` selects as ``-k`` does.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.pytest_plugin import options as switches
from upload_matrix.pytest_plugin.cases import (
    FIXTURE,
    UploadCase,
    guarded,
    parameters,
    spare_recording_fixtures,
)
from upload_matrix.pytest_plugin.coordinator import NAME as COORDINATOR
from upload_matrix.pytest_plugin.coordinator import Coordinator
from upload_matrix.pytest_plugin.state import ATTRIBUTE, State, parameter
from upload_matrix.report.visible import printed
from upload_matrix.run.session import Session

STATE = pytest.StashKey[State]()

NO_KEYWORDS: dict[str, Any] = {}
"""Shared by all reports of cases that passed."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the switches."""
    switches.declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks and set the state of this process up."""
    config.addinivalue_line("markers", "upload(axis=value, ...): a case of an upload matrix.")
    config.addinivalue_line("markers", "upload_matrix(path, ...): the matrices of this test function.")
    state = State.of(config, datetime.now(tz=UTC).date())
    config.stash[STATE] = state
    if not state.worker:
        config.pluginmanager.register(Coordinator(state), COORDINATOR)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End probes and servers."""
    state = config.stash.get(STATE, None)
    if state is not None:
        state.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a function that asks for ``upload_case`` one call a case."""
    if FIXTURE not in metafunc.fixturenames:
        return
    state = metafunc.config.stash[STATE]
    mark = metafunc.definition.get_closest_marker("upload_matrix")
    here = metafunc.definition.path.parent
    paths = tuple(here / path for path in mark.args) if mark else state.options.matrices
    try:
        state.heed(metafunc.config, paths)
        loaded, first = state.library.load(paths)
    except (ConfigurationError, pytest.UsageError) as error:
        # pytest prints this one without a traceback: every line of it is about the user's file.
        raise pytest.Collector.CollectError(printed(str(error))) from error
    metafunc.parametrize(FIXTURE, parameters(loaded, first), indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spare cases the fixtures that pytest-recording runs around every test."""
    spare_recording_fixtures(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Check that the cases left can be answered, and start what they need while pytest goes on."""
    if not session.config.option.collectonly:
        try:
            session.config.stash[STATE].prepare(session.items)
        except ConfigurationError as error:
            raise switches.usage_error(error) from error


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Remember which case comes next, so that its call can be begun in time."""
    item.config.stash[STATE].follow(nextitem)


@pytest.fixture(scope="session")
def upload_session(pytestconfig: pytest.Config) -> Iterator[Session]:
    """The session that runs cases: probes, tap and recordings of this process."""
    state = pytestconfig.stash[STATE]
    yield state.session()
    state.close()


@pytest.fixture
def upload_case(request: pytest.FixtureRequest, upload_session: Session) -> Iterator[UploadCase]:
    """One case of the matrix; ``upload_case.check()`` runs and judges it."""
    index, case = request.param
    state = request.config.stash[STATE]
    with guarded(state.options):
        yield UploadCase(
            case,
            upload_session,
            lambda result: state.done(request.node, index, result),
            state.following,
            state.width,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the finished case to the report of its call, which finds its way to the coordinator."""
    report = yield
    if report.passed and parameter(item)[1] is not None:
        # pytest keeps three reports a case to the end; nobody reads the words of one that passed.
        report.keywords = NO_KEYWORDS
    if report.when == "call":
        attached = item.config.stash[STATE].attachment(item)
        if attached is not None:
            setattr(report, ATTRIBUTE, attached)
    return report
