"""Shared by concurrent runs, whole or not there, repaired when broken, pruned when old."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from environment_runs import VERSIONS, run

from upload_matrix.environments.kept import MARKER, Blueprint, Way
from upload_matrix.environments.store import EnvironmentStore

OVERLAY = Blueprint("this", "1.0.0", Way.OVERLAY, "fakesdk")
REAL = Blueprint("this", "2.0.0", Way.REAL, "fakesdk")

BUILD = """
import sys
from pathlib import Path
from upload_matrix.environments.kept import Blueprint, Way
from upload_matrix.environments.store import EnvironmentStore
store = EnvironmentStore(Path(sys.argv[1]), index=sys.argv[2])
print(store.build(Blueprint("this", "1.0.0", Way(sys.argv[3]), "fakesdk")).key)
"""


@pytest.fixture
def store(index, tmp_path):
    return EnvironmentStore(tmp_path / "store", index=index.url, constraints=("fakedep<2",))


def build_elsewhere(tmp_path, index, way, cache):
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(tmp_path / "store"), index.url, way],
        env={**os.environ, "UV_CACHE_DIR": str(tmp_path / cache)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.mark.parametrize("way", ["overlay", "real"])
def test_concurrent_processes_build_once(index, tmp_path, way):
    # Each with a cache of its own, so that every build would download the wheel.
    processes = [build_elsewhere(tmp_path, index, way, f"cache-{number}") for number in range(4)]
    said = {process.communicate(timeout=120)[0] for process in processes}

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(said) == 1
    assert index.downloads("fakesdk-1.0.0-py3-none-any.whl") == 1


def test_a_killed_build_leaves_nothing_half_and_blocks_nobody(index, tmp_path, store):
    index.hold = "fakesdk-1.0.0-py3-none-any.whl"
    process = build_elsewhere(tmp_path, index, "overlay", "uv-cache-of-the-killed")
    assert index.held.wait(60)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert store.list() == ()
    assert [draft.name[:14] for draft in (store.root / "drafts").iterdir()] == ["fakesdk-1.0.0-"]

    index.hold = None
    index.go_on.set()

    assert run(store.build(OVERLAY), VERSIONS) == "1.0.0 1.0"
    assert list((store.root / "drafts").iterdir()) == []


def test_prune_removes_what_a_killed_build_left(store):
    (store.root / "drafts" / "fakesdk-1.0.0-overlay-x.abcd").mkdir(parents=True)

    assert store.prune(timedelta(days=1)) == ()
    assert list((store.root / "drafts").iterdir()) == []


def test_prune_leaves_a_build_that_is_going_on(index, tmp_path, store):
    index.hold = "fakesdk-1.0.0-py3-none-any.whl"
    process = build_elsewhere(tmp_path, index, "overlay", "uv-cache-elsewhere")
    assert index.held.wait(60)

    store.prune()
    index.go_on.set()

    assert len(process.communicate(timeout=60)[0].strip()) == 16
    assert process.returncode == 0


def marker_gone(folder):
    (folder / MARKER).unlink()


def marker_unreadable(folder):
    (folder / MARKER).write_text("{")


def package_gone(folder):
    for information in folder.rglob("fakesdk-*.dist-info"):
        shutil.rmtree(information)


def interpreter_gone(folder):
    (folder / "venv/bin/python").unlink()


@pytest.mark.parametrize("harm", [marker_gone, marker_unreadable, package_gone, interpreter_gone])
def test_what_is_broken_is_built_again(store, harm):
    built = store.build(REAL)
    folder = built.python.parents[2]
    harm(folder)

    assert store.build(REAL) == built
    assert run(built, VERSIONS) == "2.0.0 2.0"


@pytest.mark.parametrize("harm", [marker_gone, package_gone])
def test_a_broken_overlay_is_built_again(store, harm):
    built = store.build(OVERLAY)
    harm(built.pythonpath[0].parent)

    assert store.build(OVERLAY) == built
    assert run(built, VERSIONS) == "1.0.0 1.0"


def test_shared_dependencies_that_are_broken_are_built_again(store):
    built = store.build(OVERLAY)
    interpreter_gone(built.python.parents[2])

    assert store.build(OVERLAY) == built
    assert run(built, VERSIONS) == "1.0.0 1.0"


def test_a_damaged_file_is_found_when_looked_for(store):
    built = store.build(OVERLAY)
    # In place of the file, not into it: its bytes may be shared with uv's cache.
    damaged = built.pythonpath[0] / "fakesdk/__init__.py"
    damaged.unlink()
    damaged.write_text("version = 'damaged'\n")

    assert store.build(OVERLAY, thorough=True) == built
    assert damaged.read_text().startswith("version = '1.0.0'")


def age(store, name, days):
    marker = next((store.root / "entries").glob(f"{name}*")) / MARKER
    then = time.time() - days * 86400
    os.utime(marker, (then, then))


def test_prune_by_last_use(store):
    store.build_many([OVERLAY, REAL])
    age(store, "fakesdk-2.0.0", 40)
    age(store, "fakesdk-1.0.0", 20)
    age(store, "dependencies", 40)
    store.build(OVERLAY)  # in use again, and its dependencies with it

    would = store.prune(timedelta(days=30), dry_run=True)
    assert [entry.what for entry in would] == ["fakesdk 2.0.0"]
    assert len(store.list()) == 3

    assert store.prune(timedelta(days=30)) == would
    assert [entry.what for entry in store.list()] == ["dependencies: fakedep", "fakesdk 1.0.0"]


def test_prune_of_everything_leaves_no_bytecode_behind(store):
    store.build_many([OVERLAY, REAL])

    assert len(store.prune()) == 3
    assert store.list() == ()
    assert list((store.root / "bytecode").glob("*/*")) == []


def test_broken_entries_are_listed_as_such_and_pruned_whatever_their_age(store):
    built = store.build(REAL)
    marker_gone(built.python.parents[2])

    assert [(entry.complete, entry.key) for entry in store.list()] == [(False, built.key)]
    assert len(store.prune(timedelta(days=1))) == 1


def test_the_list_says_what_how_and_how_much(store):
    store.build(REAL)
    [entry] = store.list()

    assert (entry.what, entry.way, entry.complete) == ("fakesdk 2.0.0", Way.REAL, True)
    assert entry.python == ".".join(map(str, sys.version_info[:3]))
    assert entry.size > 1000
