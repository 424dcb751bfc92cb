"""Sweeps on a real Dask cluster of two worker processes, of which some are killed."""

from __future__ import annotations

import http.server
import json
import os
import platform
import signal
import socket
import sys
import threading
from pathlib import Path

import dask
import pytest
from click.testing import CliRunner
from distributed import LocalCluster
from fake_index import FakeIndex
from sweep_releases import FORMS, KILLER, kinds, release, told, write_matrix

from upload_matrix.cli import commands
from upload_matrix.environments.kept import Way
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.recordings import RecordMode
from upload_matrix.run import dask as dask_workers
from upload_matrix.run.cluster import ClusterExecutor, Workers
from upload_matrix.run.dask import connected

GOOD = ["1.0.0", "1.1.0", "1.2.0"]
HANGS, KILLS = "1.5.0", "1.9.0"
WHEELS = [release(0), release(1), release(2, name="upload"), release(5), release(9, code=KILLER)]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """An index, known to this process and to all that it starts; nothing of this machine's settings."""
    folder = tmp_path_factory.mktemp("machine")
    with (
        FakeIndex(wheels=list(WHEELS)) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in list(os.environ):
            if name.startswith(("UV_", "PIP_", "OPENAI_")):
                patch.delenv(name)
        patch.setenv("UV_DEFAULT_INDEX", running.url)
        patch.setenv("UV_CACHE_DIR", str(folder / "uv"))
        patch.setenv("UV_NO_CONFIG", "1")
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield running


@pytest.fixture(scope="module")
def cluster(index):
    # A task whose worker died fails at once, instead of after four deaths: that takes seconds each.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        ) as two,
    ):
        two.wait_for_workers(2)
        yield two


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_matrix(tmp_path)


def sweep(*options: str):
    given = ["sweep", "--disable-recording", "--spot-check", "0", "--strategy", "all", "--fresh", *options]
    return CliRunner().invoke(commands, given)


def executor_of(matrix, dask_cluster, **policy):
    settings, variants = told(matrix, **policy)
    return ClusterExecutor(
        settings,
        variants,
        Workers("this", platform.python_version(), Way.OVERLAY, offline=False),
        dask_cluster,
    )


def test_a_sweep_on_a_cluster_writes_what_one_on_this_machine_writes(cluster, here):
    names = [option for name in GOOD for option in ("--sdk", name)]
    there = sweep(*names, "--name", "there", "--scheduler", cluster.scheduler_address)
    assert there.exit_code == 0, there.output
    alone = sweep(*names, "--name", "alone")
    assert alone.exit_code == 0, alone.output
    document = json.loads(Path("reports/there.json").read_text("utf-8"))
    assert [(change["before"], change["after"]) for change in document["changes"]] == [("1.1.0", "1.2.0")]
    assert Path("reports/there.json").read_bytes() == Path("reports/alone.json").read_bytes()


def test_a_worker_killed_half_way_has_its_release_measured_elsewhere(cluster, here, index):
    index.hold = f"openai-{HANGS}-py3-none-any.whl"
    with connected(cluster.scheduler_address) as workers, executor_of(here, workers) as executor:
        given = executor.measure([HANGS, *GOOD])
        first = [next(given) for _ in GOOD]
        assert sorted(item.result.release for item in first) == GOOD
        assert index.held.is_set()
        # All others are done, so whoever is busy has the release whose download hangs.
        client = workers._client
        (busy,) = (name for name, tasks in client.processing().items() if tasks)
        os.kill(client.run(os.getpid, workers=[busy])[busy], signal.SIGKILL)
        index.go_on.set()
        (last,) = given
    assert last.result.release == HANGS
    assert kinds(last) == kinds(first[0]) == {"accepted", "rejected"}


def test_a_release_that_kills_its_workers_costs_itself_and_nothing_else(cluster, here):
    done = sweep("--sdk", "1.0.0", "--sdk", KILLS, "--sdk", "1.2.0", "--scheduler", cluster.scheduler_address)
    assert done.exit_code == 3, done.output
    document = json.loads(Path("reports/sweep.json").read_text("utf-8"))
    outcomes = {
        item["name"]: {document["behaviours"][key]["outcome"]["kind"] for key in item["cells"]}
        for item in document["releases"]
    }
    assert outcomes[KILLS] == {"harness_error"}
    assert outcomes["1.0.0"] == outcomes["1.2.0"] == {"accepted", "rejected"}
    assert "its workers died, and again when nothing ran beside it" in json.dumps(document["behaviours"])


class Live(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.server.keys.append(self.headers["authorization"])
        body = b'{"created": 1, "data": []}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def live():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Live) as server:
        server.keys = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_live_target_is_asked_once_a_form_by_this_machine_which_alone_has_the_key(
    cluster, tmp_path, monkeypatch, live
):
    # The workers were started before there was a key.
    monkeypatch.setenv("MINE_KEY", "sk-only-here")
    targets = tmp_path / "matrix" / "targets"
    targets.mkdir(parents=True)
    (targets / "mine.yaml").write_text(
        f"name: mine\nbase_url: http://127.0.0.1:{live.server_port}/v1\nkey_env: MINE_KEY\n"
    )
    matrix = write_matrix(tmp_path, "mine")
    recording = {"recording": True, "mode": RecordMode.NEW_EPISODES}
    with (
        connected(cluster.scheduler_address) as workers,
        executor_of(matrix, workers, **recording) as executor,
    ):
        found = list(executor.measure(GOOD))
    assert len(found) == len(GOOD)
    assert {word for item in found for word in kinds(item)} == {"accepted"}
    forms = {digest for item in found for digest in item.wires}
    assert len(forms) == 2 * FORMS
    assert live.keys == ["Bearer sk-only-here"] * len(forms)
    assert len(list((matrix / "cassettes").rglob("*.yaml"))) == len(forms)


def test_what_stands_in_the_way_is_said(cluster, here, monkeypatch):
    monkeypatch.setattr(dask_workers, "CONNECT_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for address, words in {
            f"tcp://127.0.0.1:{silent.getsockname()[1]}": "no Dask scheduler answers there within 0.3 s",
            "tcp://127.0.0.1:1": "start one with `dask scheduler`",
            "": "no address of a scheduler",
            "nonsense": "give one as tcp://HOST:8786",
            next(iter(cluster.scheduler_info["workers"])): "this is a Worker; give the scheduler's address",
        }.items():
            done = sweep("--sdk", "1.0.0", "--scheduler", address)
            assert done.exit_code == 2
            assert words in done.output


def test_another_version_on_the_cluster_is_refused(cluster, monkeypatch):
    monkeypatch.setattr(dask_workers, "__version__", "99")
    with (
        pytest.raises(
            ConfigurationError, match=r"worker tcp://\S+ has upload-matrix .*; install .* 99 there"
        ),
        connected(cluster.scheduler_address),
    ):
        pass


def test_without_dask_it_is_said_how_to_get_it(here, index, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = sweep("--sdk", "1.0.0", "--scheduler", "tcp://127.0.0.1:8786")
    assert done.exit_code == 2
    assert "pip install 'upload-matrix[dask]'" in done.output
