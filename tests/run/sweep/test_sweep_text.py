from __future__ import annotations

from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, REJECTED, UNRECORDED, story, sweep

from upload_matrix.judge.gate import gate
from upload_matrix.judge.history import history
from upload_matrix.report import gate_report, sweep_report
from upload_matrix.report.document import section_for_terminal, terminal


def test_the_story_in_a_terminal():
    assert terminal(sweep_report.readable(story()), 80) == (
        """\
? openai 1.0-2.0: 2 changes in the 5 of 6 releases measured (1 of them not sure,
  or not to the release; 1 release could not be measured)
Answers: emulated (profile openai-2026-02) - not the vendor's words
5 of 6 releases measured (strategy all), 1 unavailable. 15 cells, 2 distinct
  wire forms, 2 answers needed: 0 recorded, 2 emulated, 0 asked live.

1.1 → 1.3: 2 variants
  1.1 was published on 2024-01-02; 1.3 was published on 2024-01-04.
  Not to the release: nothing is known of 1.2 (1 release), so the change came
    with it or with 1.3.
  2 variants: m/handle, m/async
  image.filename: upload -> a.webp
  image.content_type: application/octet-stream -> image/webp
  outcome: rejected 400 invalid_value -> accepted
  says: Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'. -> (none)

1.4 → 2.0: 1 variant
  1.4 was published on 2024-01-05; 2.0 was published on 2024-01-06.
  1 variant: m/bytes
  image.filename: upload -> a.webp
  image.content_type: application/octet-stream -> image/webp
  outcome: rejected 400 invalid_value -> accepted
  says: Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'. -> (none)

Certainty
  - A change that lasts 2 releases or more cannot have been missed. A shorter
    one could be, if it came and went again between two measured releases.
  - The chance to miss a change that begins at a random release: 17% for one
    that lasts 1 release.

Releases that say nothing
  1 release: 1.2
    openai 1.2 cannot be built: no wheel
"""
    )


def test_many_variants_are_counted():
    told = {
        name: {f"v{number}": (sent, ACCEPTED) for number in range(9)}
        for name, sent in (("1", OLD), ("2", NEW))
    }
    (change,) = history(sweep(told)).changes
    assert list(section_for_terminal(sweep_report.change_section(change)))[:2] == [
        "1 → 2: 9 variants",
        "  9 variants: v0, v1, v2, v3, v4, v5, v6, v7 and 1 more",
    ]


def test_what_steers_a_terminal_is_written_out():
    lines = terminal(
        sweep_report.readable(
            sweep({"1\x1b[2J": {"v\x1b[0m": (OLD, ACCEPTED)}, "2": {"v\x1b[0m": (NEW, ACCEPTED)}})
        )
    )
    assert "\x1b" not in lines
    assert "1\\x1b[2J → 2: 1 variant" in lines


CALM = {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (NEW, ACCEPTED)}


def test_a_gate_that_found_nothing():
    assert terminal(gate_report.readable(gate(story(), sweep({"3.0": CALM})))) == (
        "✓ 3.0: nothing new is sent, nothing is read differently (3 cells)\n"
        "Answers: emulated (profile openai-2026-02) - not the vendor's words. Unchanged: 3 cells.\n"
    )


def test_a_gate_that_found_something():
    new = sweep({"3.0": {**CALM, "m/handle": (OLD, REJECTED), "m/bytes": (NEW, BROKEN)}, "3.1": "no wheel"})
    assert terminal(gate_report.readable(gate(story(), new))) == (
        """\
✗ 3.0, 3.1: 1 variant regressed against the baseline; not all could be compared
Answers: emulated (profile openai-2026-02) - not the vendor's words. Unchanged: 1 cell.

Regression: 2.0 (baseline) → 3.0: 1 variant
  1 variant: m/handle
  image.filename: a.webp -> upload
  image.content_type: image/webp -> application/octet-stream
  outcome: accepted -> rejected 400 invalid_value
  says: (none) -> Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.

Undecided
  - 3.0: harness error (the probe died: killed) (1 variant: m/bytes)
  - 3.1: it is unavailable: no wheel

`upload-matrix explain regression` says what that word means
"""
    )


def test_a_gate_that_cannot_say():
    found = gate(story(), sweep({"3.0": {**CALM, "m/bytes": (NEW, UNRECORDED)}}))
    assert terminal(gate_report.readable(found)).startswith(
        "? 3.0: nothing changed in what could be compared, but not all could be\n"
        "Answers: emulated (profile openai-2026-02) - not the vendor's words. Unchanged: 2 cells.\n\nUndecided\n"
    )
