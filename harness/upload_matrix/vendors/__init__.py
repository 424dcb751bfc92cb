"""Vendors: a vendor is a folder of data beside this file, found by looking; nothing here names one.

``NAME/operations``, ``targets``, ``prices``, ``recipes`` and ``profiles`` hold YAML files of the shape that
a user's own have in the folders of these names beside a matrix. Imports nothing.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent


def folders(kind: str) -> tuple[Path, ...]:
    """The folder ``kind`` (``operations``) of every vendor that has one, the vendors by name."""
    return tuple(sorted(ROOT.glob(f"*/{kind}")))


def files(kind: str) -> tuple[Path, ...]:
    """The YAML files in those folders."""
    return tuple(path for folder in folders(kind) for path in sorted(folder.glob("*.yaml")))
