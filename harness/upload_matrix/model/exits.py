"""The exit codes of every command, in one place."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ends."""

    OK = 0
    """As expected."""
    WRONG = 1
    """A regression, an unexpected pass, a finding, drift."""
    USAGE = 2
    """What the user can fix: an option, a file, a matrix."""
    UNRESOLVED = 3
    """Nothing could be found out, or not all."""
    BUDGET = 4
    """A limit on money or calls stopped it."""
