"""What a client declares about itself, read from its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PYTHON = "python"
NODE = "node"
OWN_PYTHON = "python:"
"""Begins the runtime of a client whose packages cannot lie beside the SDK; a name of the Python follows."""


@dataclass(frozen=True, slots=True)
class ClientDeclaration:
    """``runtime`` is what its probe runs under: ``python``, ``node``, or ``python:NAME`` for a Python of its
    own. ``accepts`` and ``declines`` are values by axis: what can
    and cannot be written with this client. ``ignores`` are axes that make no difference to it,
    ``containers`` the ways to hand a file over that only such clients have, with a line each, and ``needs``
    the packages it imports."""

    summary: str = ""
    runtime: str = PYTHON
    accepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    declines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignores: tuple[str, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
