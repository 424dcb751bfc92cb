"""What a client makes of an answer counts beside what it sent and what it was told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from sweep_builders import ACCEPTED, NEW, REJECTED, UNRECORDED, sweep

from upload_matrix.cli.schema import written_schema
from upload_matrix.judge.compare import FailOn, read_sentence
from upload_matrix.judge.gate import gate
from upload_matrix.judge.history import CellChange, history
from upload_matrix.judge.merge import merge
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import ClientReport, Raised
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import gate_report, sweep_report
from upload_matrix.report.document import terminal
from upload_matrix.report.sweep_json import dump, load

COMMITTED = Path(__file__).resolve().parents[3] / "reports" / "history.json"

RETURNS = "returns openai.ImagesResponse"
RAISES = "raises openai.BadRequestError"


def told(reads: dict[str, str | None], outcome=ACCEPTED) -> Sweep:
    """One variant that sends the same and is answered the same in every release; ``reads`` by release."""
    made = sweep({release: {"m/handle": (NEW, outcome)} for release in reads})
    results = {
        release: replace(
            result,
            cells={name: replace(cell, read=reads[release]) for name, cell in result.cells.items()},
        )
        for release, result in made.results.items()
    }
    return replace(made, results=results)


CHANGED = told({"1.0": RETURNS, "1.1": RETURNS, "1.2": "returns openai.types.ImagesResponse"})
READ = (RETURNS, "returns openai.types.ImagesResponse")


@pytest.mark.parametrize(
    ("report", "read"),
    [
        (ClientReport(returned="openai.ImagesResponse"), RETURNS),
        (ClientReport(raised=(Raised("openai.BadRequestError", "no"), Raised("ValueError", "x"))), RAISES),
        (ClientReport(), ""),
    ],
)
def test_a_read_is_what_the_callers_program_deals_with(report, read):
    assert report.read == read


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (("returns B", "returns A"), "the client returns A instead of B"),
        (("raises B", "raises A"), "the client raises A instead of B"),
        (("returns B", "raises A"), "the client raises A where it returned B"),
        (("raises B", "returns A"), "the client returns A where it raised B"),
    ],
)
def test_a_changed_read_in_words(read, says):
    assert read_sentence(read) == says


def test_another_returned_type_is_a_change_of_its_own():
    (change,) = history(CHANGED).changes
    assert (change.before, change.after) == ("1.1", "1.2")
    assert change.differences == (CellChange(("m/handle",), (), None, READ),)
    assert change.sure


def test_another_exception_class_is_one_too():
    (change,) = history(told({"1.0": RAISES, "1.1": "raises openai.APIStatusError"}, REJECTED)).changes
    assert change.differences == (
        CellChange(("m/handle",), (), None, (RAISES, "raises openai.APIStatusError")),
    )


def test_what_is_raised_where_nothing_is_resolved_is_chance():
    assert history(told({"1.0": RAISES, "1.1": "raises TimeoutError"}, UNRECORDED)).changes == ()


def test_reads_differ_from_none_only_where_every_cell_has_one():
    """A sweep that was begun before reads were kept and goes on after."""
    mixed = told({"1.0": None, "1.1": RETURNS, "1.2": "returns other.Type"})
    assert history(mixed).changes == ()
    assert len(history(mixed).rows) == len(history(mixed).spans) == 1


def test_a_release_that_is_read_otherwise_fails_the_gate_with_the_words():
    told_by = gate(
        told({"1.0": RETURNS}), told({"1.1": "returns openai.types.ImagesResponse"}), fail_on=FailOn.CHANGE
    )
    assert told_by.exit_code == 1
    text = terminal(gate_report.readable(told_by))
    assert "the client: returns openai.ImagesResponse -> returns openai.types.ImagesResponse" in text


def test_a_baseline_without_reads_is_no_change():
    told_by = gate(told({"1.0": None}), told({"1.1": RETURNS}))
    assert (told_by.exit_code, told_by.unchanged) == (0, 1)


def test_the_reports_show_it():
    line = "the client: returns openai.ImagesResponse -> returns openai.types.ImagesResponse"
    assert line in terminal(sweep_report.readable(CHANGED))
    row = "| the client | returns openai.ImagesResponse | returns openai.types.ImagesResponse |"
    assert row in sweep_report.render(CHANGED)


def test_it_is_written_by_the_schema_and_read_back():
    text = dump(CHANGED)
    assert load(text, "x.json") == load(dump(load(text, "x.json")), "x.json")
    assert [cell.read for result in load(text, "x").results.values() for cell in result.cells.values()] == [
        RETURNS,
        RETURNS,
        READ[1],
    ]
    assert '"read": {"from": "returns openai.ImagesResponse", "to": "returns openai.types' in text
    Draft202012Validator(written_schema("sweep")).validate(json.loads(text))


def test_a_sweep_written_before_reads_were_kept_is_read_and_written_alike():
    text = COMMITTED.read_text("utf-8")
    committed = load(text, "history.json")
    assert {cell.read for result in committed.results.values() for cell in result.cells.values()} == {None}
    assert dump(committed) == text


def test_shards_with_and_without_reads_merge_and_the_read_is_kept():
    one, other = told({"1.0": None}), told({"1.0": RETURNS})
    for pair in ((one, other), (other, one)):
        assert merge(pair).results["1.0"].cells["m/handle"].read == RETURNS


def test_shards_that_read_differently_contradict_each_other():
    with pytest.raises(ConfigurationError, match=r"which the client raises openai\.BadRequestError"):
        merge((told({"1.0": RETURNS}), told({"1.0": RAISES})))


def test_a_read_beside_another_answer_and_another_wire_form_stands_with_them():
    before, after = (
        told({release: read}, outcome)
        for release, read, outcome in (("1.0", RETURNS, ACCEPTED), ("1.1", RAISES, REJECTED))
    )
    (departure,) = gate(before, after).departures
    assert departure.differences == (CellChange(("m/handle",), (), (ACCEPTED, REJECTED), (RETURNS, RAISES)),)
