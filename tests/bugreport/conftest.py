import pytest
from bug_cases import Project, failing


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """A run with one failing and one passing case, made once; its failing result. Do not change it."""
    project = Project(tmp_path_factory.mktemp("bugreport"))
    run = project.run(container="bytesio, tuple3")
    return project, failing(run)


@pytest.fixture(scope="session")
def reported(ran):
    """The same with a bug report in ``out``: project, failing result, repros, text of the report."""
    project, case = ran
    return project, case, *project.reported(case.id)


@pytest.fixture
def mine(ran, tmp_path, monkeypatch):
    """A copy of the run, for a test of its own, and the failing result."""
    project, case = ran
    monkeypatch.chdir(tmp_path)
    return project.copied(tmp_path), case
