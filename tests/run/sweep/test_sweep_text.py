from __future__ import annotations

from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, REJECTED, UNRECORDED, story, sweep

from upload_matrix.judge.gate import gate
from upload_matrix.judge.history import history
from upload_matrix.report.gate_report import gate_summary
from upload_matrix.report.sweep_text import change_lines, summary


def test_the_story_in_a_terminal():
    assert summary(story(), width=80) == (
        """\
? openai 1.0-2.0: 2 changes in the 5 of 6 releases measured (1 of them not sure,
  or not to the release; 1 release could not be measured)
Answers: emulated (profile openai-2026-02) - not the vendor's words
5 of 6 releases measured (strategy all), 1 unavailable
15 cells, 2 distinct wire forms, 2 answers needed: 0 recorded, 2 emulated, 0
  asked live

1.1 -> 1.3  2 variants
  not to the release: nothing is known of 1.2
  image.filename: upload -> a.webp
  image.content_type: application/octet-stream -> image/webp
  outcome: rejected 400 invalid_value -> accepted
    in m/handle
    in m/async

1.4 -> 2.0  1 variant
  image.filename: upload -> a.webp
  image.content_type: application/octet-stream -> image/webp
  outcome: rejected 400 invalid_value -> accepted
    in m/bytes

Certainty
  A change that lasts 2 releases or more cannot have been missed. A shorter one
  could be, if it came and went again between two measured releases.
  The chance to miss a change that begins at a random release: 17% for one that
  lasts 1 release.

Releases that say nothing
  1.2: openai 1.2 cannot be built: no wheel
"""
    )


def test_many_variants_are_counted():
    told = {
        name: {f"v{number}": (sent, ACCEPTED) for number in range(9)}
        for name, sent in (("1", OLD), ("2", NEW))
    }
    (change,) = history(sweep(told)).changes
    assert list(change_lines(change))[-4:] == ["    in v0", "    in v1", "    in v2", "    in 6 more"]


def test_what_steers_a_terminal_is_written_out():
    lines = summary(sweep({"1\x1b[2J": {"v\x1b[0m": (OLD, ACCEPTED)}, "2": {"v\x1b[0m": (NEW, ACCEPTED)}}))
    assert "\x1b" not in lines
    assert "1\\x1b[2J -> 2  1 variant" in lines


CALM = {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (NEW, ACCEPTED)}


def test_a_gate_that_found_nothing():
    assert gate_summary(gate(story(), sweep({"3.0": CALM}))) == (
        "✓ 3.0: nothing new is sent, nothing is read differently (3 cells)\n"
        "Answers: emulated (profile openai-2026-02) - not the vendor's words\n"
    )


def test_a_gate_that_found_something():
    new = sweep({"3.0": {**CALM, "m/handle": (OLD, REJECTED), "m/bytes": (NEW, BROKEN)}, "3.1": "no wheel"})
    assert gate_summary(gate(story(), new)) == (
        """\
✗ 3.0, 3.1: 1 variant regressed against the baseline; not all could be compared
Answers: emulated (profile openai-2026-02) - not the vendor's words

Regression: 2.0 -> 3.0  1 variant
  image.filename: a.webp -> upload
  image.content_type: image/webp -> application/octet-stream
  outcome: accepted -> rejected 400 invalid_value
  now says: Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.
    in m/handle

Undecided
  3.0: harness_error (the probe died: killed)
    in m/bytes
  3.1: it is unavailable: no wheel
"""
    )


def test_a_gate_that_cannot_say():
    found = gate(story(), sweep({"3.0": {**CALM, "m/bytes": (NEW, UNRECORDED)}}))
    assert gate_summary(found).startswith(
        "? 3.0: nothing changed in what could be compared, but not all could be\n"
        "Answers: emulated (profile openai-2026-02) - not the vendor's words\n\nUndecided\n"
    )
