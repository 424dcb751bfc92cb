"""A client whose packages cannot lie beside the SDK has a Python of its own, named by a variable."""

import sys

import pytest

from upload_matrix.environments.interpreters import Seat
from upload_matrix.environments.kept import Way
from upload_matrix.model.errors import UnavailableError
from upload_matrix.run.environments import lazy_locator
from upload_matrix.run.loading import clients

SEAT = Seat("builtin", runtime="python:litellm")


def test_litellm_declares_one():
    assert clients(())["litellm"].runtime == "python:litellm"


def test_its_environment_has_a_name_without_any_path():
    assert SEAT.name == "litellm/builtin"


def test_the_variable_names_it(monkeypatch):
    monkeypatch.setenv("UPLOAD_MATRIX_PYTHON_LITELLM", sys.executable)
    assert lazy_locator(Way.OVERLAY)(SEAT).python == sys.executable


def test_without_the_variable_it_is_looked_for_beside_the_harness(monkeypatch):
    monkeypatch.delenv("UPLOAD_MATRIX_PYTHON_LITELLM", raising=False)
    assert lazy_locator(Way.OVERLAY)(SEAT).python == sys.executable


def test_a_variable_that_names_nothing_is_unavailable_with_the_way_out(monkeypatch, tmp_path):
    monkeypatch.setenv("UPLOAD_MATRIX_PYTHON_LITELLM", str(tmp_path / "python"))
    with pytest.raises(UnavailableError, match=r"UPLOAD_MATRIX_PYTHON_LITELLM names .* name an interpreter"):
        lazy_locator(Way.OVERLAY)(SEAT)
