"""Recordings: one file per wire form and target, in vcrpy's YAML format, with who answered and when.

Imports ``model`` only. ``library`` is what a run talks to; ``read`` serves commands that look at files.
"""

from __future__ import annotations

from harness.engine.cassettes.library import CassetteLibrary
from harness.engine.cassettes.modes import RecordMode
from harness.engine.cassettes.read import Recording, read_cassette
from harness.engine.cassettes.stored import stored_form

__all__ = ["CassetteLibrary", "RecordMode", "Recording", "read_cassette", "stored_form"]
