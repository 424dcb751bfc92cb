"""Recordings: one file per wire form and target, in vcrpy's YAML format, with who answered and when.

Imports ``model`` only. ``library`` is what a run talks to; ``read`` and ``inventory`` serve commands that
look at files. ``redactor`` and ``gate`` serve everybody who writes something: what is taken out of a text,
and the last look at bytes before they are written.
"""

from __future__ import annotations

from harness.engine.cassettes.custom import load_rules
from harness.engine.cassettes.gate import guard
from harness.engine.cassettes.library import CassetteLibrary
from harness.engine.cassettes.modes import RecordMode
from harness.engine.cassettes.read import Recording, read_cassette
from harness.engine.cassettes.redactor import Redactor
from harness.engine.cassettes.stored import stored_form

__all__ = [
    "CassetteLibrary",
    "RecordMode",
    "Recording",
    "Redactor",
    "guard",
    "load_rules",
    "read_cassette",
    "stored_form",
]
