"""ARCHITECTURE.md names rooms and modules that are there, and every room."""

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
PACKAGE = ROOT / "harness" / "upload_matrix"
ROOMS = sorted(each.name for each in PACKAGE.iterdir() if (each / "__init__.py").exists())


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_in_the_table(room):
    assert re.search(rf"^\|.*`{room}`", PAGE, re.MULTILINE)


def test_every_module_that_is_named_is_there():
    rooms = "|".join(ROOMS)
    named = sorted(set(re.findall(rf"\b((?:{rooms})\.[a-z_]+(?:\.[a-z_]+)?)\b", PAGE)))
    assert len(named) > 25
    assert [each for each in named if not is_there(each)] == []


def is_there(name):
    room, module, *of_it = name.split(".")
    if importlib.util.find_spec(f"upload_matrix.{room}.{module}") is None:
        return False
    return not of_it or hasattr(importlib.import_module(f"upload_matrix.{room}.{module}"), of_it[0])
