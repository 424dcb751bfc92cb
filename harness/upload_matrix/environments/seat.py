"""What a case asks of its environment, and where that is found on this machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from upload_matrix.model.client import NODE, OWN_PYTHON, PYTHON

THIS = "this"
"""The interpreter that runs the harness."""

INSTALLED = "installed"
"""The client libraries that are installed beside the harness."""


@dataclass(frozen=True, slots=True)
class Seat:
    """An interpreter (``this``, ``3.9``, a path), a release of the SDK (``installed``, ``1.109.1``) and a
    mime table (``system``, ``builtin`` or the name of a file's), or Node with a release of its SDK, or the
    Python of a client's own (runtime ``python:litellm``) with a mime table."""

    table: str = "system"
    sdk: str = INSTALLED
    python: str = THIS
    runtime: str = PYTHON

    @property
    def beside(self) -> bool:
        """Whether this is the environment that the harness itself runs in, whatever the mime table."""
        return self == Seat(self.table)

    @property
    def name(self) -> str:
        """``builtin``, ``litellm/builtin``, ``python-3.9/openai-1.109.1/builtin``."""
        if self.runtime == NODE:
            return "node" if self.sdk == INSTALLED else f"node/openai-{self.sdk}"
        if self.runtime.startswith(OWN_PYTHON):
            return f"{self.runtime.removeprefix(OWN_PYTHON)}/{self.table}"
        words = [] if self.python == THIS else [f"python-{self.python}"]
        words += [] if self.sdk == INSTALLED else [f"openai-{self.sdk}"]
        return "/".join([*words, self.table])


@dataclass(frozen=True, slots=True)
class Located:
    """An interpreter to start, and the folders that come first on its import path."""

    python: str
    pythonpath: tuple[Path, ...] = ()


def installed_only(_: Seat) -> Located:
    """The environment the harness itself runs in, whatever was asked."""
    return Located(sys.executable)
