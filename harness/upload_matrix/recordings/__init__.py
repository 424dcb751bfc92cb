"""Recordings: one file per wire form and target, in vcrpy's YAML format, with who answered and when.

``library`` is what a run talks to; ``care`` serves commands that look at files. ``redactor`` and ``gate``
serve everybody who writes something: what is taken out of a text, and the last look at bytes before they are
written.
"""

from __future__ import annotations

from upload_matrix.recordings.bodies import stored_form
from upload_matrix.recordings.custom import load_rules
from upload_matrix.recordings.files import Recording, read_cassette
from upload_matrix.recordings.gate import guard
from upload_matrix.recordings.library import CassetteLibrary, RecordMode, Writing
from upload_matrix.recordings.redactor import Redactor

__all__ = [
    "CassetteLibrary",
    "RecordMode",
    "Recording",
    "Redactor",
    "Writing",
    "guard",
    "load_rules",
    "read_cassette",
    "stored_form",
]
