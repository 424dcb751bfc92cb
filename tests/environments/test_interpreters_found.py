"""Interpreters that are installed, and those that only seem to be."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from upload_matrix.environments.interpreters import Interpreters, Uv
from upload_matrix.model.errors import UnavailableError


def test_this_interpreter():
    found = Interpreters(Uv()).find("this")

    assert found.executable == Path(sys.executable)
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.tag == sys.implementation.cache_tag
    assert found.markers["sys_platform"] == sys.platform


def test_a_path_and_this_are_the_same_interpreter():
    interpreters = Interpreters(Uv())

    assert interpreters.find(sys.executable).identity == interpreters.find("this").identity


def test_a_version_is_found_on_path(tmp_path, monkeypatch):
    version = ".".join(platform.python_version_tuple()[:2])
    (tmp_path / f"python{version}").symlink_to(Path(sys.base_prefix) / "bin" / f"python{version}")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Interpreters(Uv()).find(version).version.startswith(f"{version}.")


def test_a_missing_version_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UnavailableError) as caught:
        Interpreters(Uv()).find("3.98")
    assert str(caught.value).startswith(
        "Python 3.98 is not installed: install Python 3.98 and have it on PATH, give the path of its executable, "
        "or `uv python install 3.98` ("
    )


def test_a_shim_that_does_not_run_is_not_taken(tmp_path, monkeypatch):
    shims = tmp_path / "shims"
    shims.mkdir()
    shim = shims / "python3.98"
    shim.write_text("#!/bin/sh\necho 'python3.98: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shims))

    with pytest.raises(UnavailableError, match="a version manager's shim of it is on PATH, but does not run"):
        Interpreters(Uv()).find("3.98")


def test_a_path_that_does_not_run_is_unavailable(tmp_path):
    liar = tmp_path / "python"
    liar.write_text("#!/bin/sh\necho hello\n")
    liar.chmod(0o755)

    with pytest.raises(UnavailableError, match="does not run"):
        Interpreters(Uv()).find(str(liar))
    with pytest.raises(UnavailableError, match="does not run"):
        Interpreters(Uv()).find(str(tmp_path / "nowhere" / "python"))


def test_each_is_looked_for_once(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    uv, calls = Uv(), []
    real = uv.run
    monkeypatch.setattr(
        uv, "run", lambda *arguments, **options: calls.append(arguments) or real(*arguments, **options)
    )
    interpreters = Interpreters(uv)

    for _ in range(2):
        with pytest.raises(UnavailableError):
            interpreters.find("3.98")
    assert len(calls) == 1
