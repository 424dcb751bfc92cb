"""The regression gate as a machine reads it, and as a CI step shows it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, RECORDED, REJECTED, story, sweep
from unknown_keys import unknown_keys

from upload_matrix.cli.schema import written_schema
from upload_matrix.judge.gate import GateVerdict, gate
from upload_matrix.judge.history import CellChange
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.report import gate_report
from upload_matrix.report.document import SMALLEST

VALIDATOR = Draft202012Validator(written_schema("gate"))
CALM = {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (NEW, ACCEPTED)}
RED = sweep({"3.0": {**CALM, "m/handle": (OLD, REJECTED), "m/bytes": (NEW, BROKEN)}, "3.1": "no wheel"})
GONE = Outcome(OutcomeKind.UNAVAILABLE, detail="httpx is not installed")


def judged(new=RED, baseline=None):
    return gate(baseline or story(), new)


def problems(document: object) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(written_schema("gate"))


@pytest.mark.parametrize("new", [RED, sweep({"3.0": CALM}), sweep({"3.0": "no wheel"})])
def test_what_is_written_fits_the_schema_and_comes_back_as_it_was(new):
    found = judged(new)
    text = gate_report.dump(found)
    assert problems(json.loads(text)) == []
    assert gate_report.load(text, "x.json") == found
    assert gate_report.dump(gate_report.load(text, "x.json")) == text


def test_a_changed_read_comes_back_too():
    found = judged()
    (departure,) = found.departures
    read = CellChange(("m/async",), (), None, ("returns A", "raises B"))
    found = replace(found, departures=(replace(departure, differences=(read,)),))
    text = gate_report.dump(found)
    assert problems(json.loads(text)) == []
    assert gate_report.load(text, "x.json") == found


def test_a_program_reads_verdict_exit_code_releases_and_the_difference_part_by_part():
    document = json.loads(gate_report.dump(judged()))
    assert (document["verdict"], document["exit_code"], document["releases"]) == (
        "regression",
        1,
        ["3.0", "3.1"],
    )
    assert document["summary"] == {
        "releases": 2, "unlooked": 0, "changed": 1,
        "changed_as": {"regression": 1, "undecided": 0, "other": 0, "improvement": 0},
        "undecided": 2, "unchanged": 1, "unavailable": 0,
    }  # fmt: skip
    (departure,) = document["departures"]
    assert (departure["before"], departure["after"], departure["judgement"]) == ("2.0", "3.0", "regression")
    assert document["fail_on"] == "regression"
    (difference,) = departure["differences"]
    assert difference["variants"] == ["m/handle"]
    assert difference["wire"][0] == {"where": "image.filename", "from": "a.webp", "to": "upload"}
    assert difference["outcome"]["to"]["code"] == "invalid_value"
    assert [each["why"] for each in document["undecided"]][1] == "it is unavailable: no wheel"


def test_emulated_answers_are_marked_in_every_form():
    found = judged(sweep({"3.0": CALM}, source=RECORDED))
    document = json.loads(gate_report.dump(found))
    assert [each["provenance"] for each in document["answers"]] == ["live"]
    assert [each["provenance"] for each in document["baseline_answers"]] == ["emulated"]
    text = gate_report.markdown(found)
    assert "Answers: live (openai, recorded 2026-11-20); of the baseline: emulated" in text


def test_an_unknown_key_fails_at_every_level():
    found = unknown_keys(json.loads(gate_report.dump(judged())), problems)
    assert len(found) > 8
    assert [path for path, refused in found.items() if not refused] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", '"format": "upload-matrix gate"'),
        ('{"format": "upload-matrix gate", "version": 1}', "version 1 of the gate's result"),
        ('{"format": "upload-matrix gate", "version": 2}', "has no 'distribution'"),
    ],
)
def test_what_is_no_gate_says_so_with_the_way_out(text, words):
    with pytest.raises(ConfigurationError, match=r"x\.json") as caught:
        gate_report.load(text, "x.json")
    assert words in str(caught.value)
    assert "sweep" in str(caught.value)


def test_markdown_has_the_word_every_departure_and_what_is_undecided():
    text = gate_report.markdown(judged())
    assert "**✗ 3.0, 3.1: 1 variant regressed against the baseline; not all could be compared**" in text
    assert "## Regression: 2.0 (baseline) → 3.0: 1 variant" in text
    assert "| `image.filename` | `a.webp` | `upload` |" in text
    assert "- `3.1`: it is unavailable: no wheel" in text
    assert "(1 variant: `m/bytes`)" in text
    assert "Exit code 1 (--fail-on regression)." in text


def test_markdown_stays_below_a_limit_and_says_what_is_left_out():
    told = {str(number): {**CALM, "m/handle": (OLD, REJECTED)} for number in range(3, 15)}
    found = judged(sweep(told))
    assert len(gate_report.markdown(found).encode()) > SMALLEST
    text = gate_report.markdown(found, max_bytes=SMALLEST)
    assert len(text.encode()) <= SMALLEST
    assert "Left out" in text


def test_hostile_words_neither_break_the_markdown_nor_call_anybody():
    evil = "<script>|@all` #1"
    found = gate(sweep({"1": {evil: (OLD, ACCEPTED)}}), sweep({evil: {evil: (NEW, BROKEN)}}))
    text = gate_report.markdown(found)
    assert "<script>" not in text
    assert "@all`" not in text


def test_what_was_unavailable_before_is_no_news():
    baseline = sweep(
        {"1": {"v": (NEW, ACCEPTED), "w": (NEW, ACCEPTED)}, "2": {"v": (NEW, ACCEPTED), "w": (GONE,)}}
    )
    found = gate(baseline, sweep({"3": {"v": (NEW, ACCEPTED), "w": (GONE,)}}))
    assert (found.exit_code, found.unchanged, found.unavailable, found.undecided) == (0, 1, 1, ())
    assert "1 cell, 1 unavailable as before" in gate_report.markdown(found)
    another = Outcome(OutcomeKind.UNAVAILABLE, detail="curl is not installed")
    assert gate(baseline, sweep({"3": {"v": (NEW, ACCEPTED), "w": (another,)}})).exit_code == 3


def test_where_nothing_could_be_compared_nothing_is_known_to_be_unchanged():
    found = gate(sweep({"1": {"v": (GONE,)}}), sweep({"2": {"v": (GONE,)}}))
    assert (found.verdict, found.exit_code) == (GateVerdict.UNDECIDED, 3)
