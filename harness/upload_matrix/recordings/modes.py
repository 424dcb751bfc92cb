"""When a recording is played, and when its target is asked: pytest-recording's modes, keyed on wire forms."""

from __future__ import annotations

from enum import StrEnum


class RecordMode(StrEnum):
    """The values of ``--record-mode``. Each speaks of wire forms, not of files or test cases.

    In every mode a form that got a recorded answer in this run is answered from it for the rest of the
    run, and an answer that says nothing about the upload (408, 425, 429, 5xx, silence) is passed on
    but not recorded, so that the next request of that form asks again.
    """

    NONE = "none"
    """Play recordings. A form without one is unrecorded; the target is never asked."""
    ONCE = "once"
    """A target without any recording when the run began: as ``new_episodes``. Otherwise as ``none``."""
    NEW_EPISODES = "new_episodes"
    """Play recordings; ask for the forms that have none, and record the answers."""
    ALL = "all"
    """Ask for every form anew. An old recording is replaced only when a new answer came."""
    REWRITE = "rewrite"
    """As ``all``; at the end of a complete run the recordings that no request met are removed."""

    @property
    def asks_anew(self) -> bool:
        """Whether a form is asked for although it has a recording."""
        return self in (RecordMode.ALL, RecordMode.REWRITE)

    def may_ask(self, *, fresh: bool) -> bool:
        """Whether a form without a recording is asked for; ``fresh``: the target had none at the start."""
        return self is not RecordMode.NONE and (self is not RecordMode.ONCE or fresh)
