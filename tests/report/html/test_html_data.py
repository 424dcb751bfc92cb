from __future__ import annotations

from dataclasses import replace

import pytest
from reports_hostile import hostile_run
from reports_story import FORWARDED, GENERATE, GENERIC, GOOD, HANDLE, UNNAMED, answered, story

from upload_matrix.judge.differences import nearest_passing
from upload_matrix.model.codec import encode
from upload_matrix.model.result import Run
from upload_matrix.report import html_report
from upload_matrix.report.html.embed import blocks
from upload_matrix.report.html.wire_data import wire_document
from upload_matrix.wire.form import WireForm

UNSOUGHT = (
    "The run has 2 rejected requests, too many to find the nearest that passes for each: it was done "
    "for 1, those not as expected first, and not for this one."
)


class Read:
    """A page's data, put together again as the scripts do it."""

    def __init__(self, run: Run) -> None:
        self.blocks = blocks(html_report.render(run))
        self.index = self.blocks["index"]
        self.size = len(self.index["ids"])
        numbers = self.blocks["columns"]
        names = [*self.index["columns"], *(axis["name"] for axis in self.index["axes"])]
        assert len(numbers) == self.size * len(names)
        self.columns = {
            name: numbers[at * self.size : (at + 1) * self.size]
            for at, name in enumerate(self.index["columns"])
        }
        rest = numbers[len(self.index["columns"]) * self.size :]
        self.values = {
            axis["name"]: [
                None if n < 0 else axis["values"][n] for n in rest[at * self.size : (at + 1) * self.size]
            ]
            for at, axis in enumerate(self.index["axes"])
        }

    def row(self, table: str, place: int):
        chunk = self.index["chunk"]
        return self.blocks[f"{table}.{place // chunk}"][place % chunk]


@pytest.mark.parametrize("run", [story(), hostile_run("\ud800 | \n</script>")])
def test_every_case_can_be_put_together_again(run):
    read = Read(run)
    assert read.index["ids"] == [result.id for result in run.results]
    for i, result in enumerate(run.results):
        whole = encode(result)
        assert {axis: values[i] for axis, values in read.values.items() if axis in result.axes} == result.axes
        for name, table in (("matrix", "matrices"), ("target", "targets"), ("environment", "environments")):
            assert read.index[table][read.columns[name][i]] == whole[name]
        assert whole["outcome"].items() <= read.index["outcomes"][read.columns["outcome"][i]].items()
        assert whole["verdict"].items() <= read.index["verdicts"][read.columns["verdict"][i]].items()
        assert [f["code"] for f in read.index["findings"][read.columns["findings"][i]]] == [
            f.code for f in result.findings
        ]
        assert read.row("clients", read.columns["client"][i]) == whole.get("client", {})
        assert read.row("facts", read.columns["facts"][i]) == dict(result.facts)
        attempts = read.row("attempts", read.columns["attempts"][i])
        assert [each["wire"] for each in attempts] == [each.wire for each in result.attempts]
        for attempt in attempts:
            assert read.row("wires", attempt["form"])["digest"] == attempt["wire"]


def test_who_answered_is_said_of_every_case_and_attempt():
    live = replace(HANDLE, id="live", attempts=(answered(GENERIC, 400, FORWARDED),))
    both = replace(HANDLE, id="both", attempts=(answered(GENERIC, 400, FORWARDED), answered(GOOD, 200)))
    none = replace(HANDLE, id="none", attempts=())
    run = replace(story(), results=(HANDLE, live, both, none))
    read = Read(run)
    assert read.columns["answered"] == [2, 1, 2, 0]
    says = [attempt["says"] for attempt in read.row("attempts", read.columns["attempts"][2])]
    assert says[0] == "live (openai, asked in this run)"
    assert "not the vendor's words" in says[1]


def test_the_nearest_passing_form_stands_beside_a_failing_one():
    run = story()
    read = Read(run)
    nearest = nearest_passing(run)
    assert nearest
    for place, digest in enumerate(read.index["wires"]):
        row = read.row("nearest", place)
        if digest in nearest:
            assert read.index["wires"][row["form"]] == nearest[digest][0]
        else:
            assert row is None


def test_a_form_for_which_no_nearest_was_looked_for_says_so(monkeypatch):
    monkeypatch.setattr("upload_matrix.report.html.run_data._MOST_NEAREST", 1)
    read = Read(story())
    rows = {digest: read.row("nearest", place) for place, digest in enumerate(read.index["wires"])}
    passing = read.index["wires"].index(GOOD.digest)
    assert rows == {
        GENERIC.digest: {"form": passing},
        UNNAMED.digest: {"form": -1, "says": UNSOUGHT},
        GOOD.digest: None,
        GENERATE.digest: None,
    }


def test_a_fix_is_code_to_copy_only_where_it_is_code():
    read = Read(hostile_run("plain words"))
    found = {finding["code"]: finding["code_to_copy"] for row in read.index["findings"] for finding in row}
    assert found == {"octet-stream": True, "no-type": False}


def test_large_tables_come_in_chunks(monkeypatch):
    monkeypatch.setattr("upload_matrix.report.html.run_data.CHUNK", 2)
    run = story()
    read = Read(run)
    assert {"wires.0", "wires.1"} <= read.blocks.keys()
    assert [read.row("wires", place)["digest"] for place in range(len(run.wires))] == sorted(run.wires)


def test_a_json_body_is_told_field_by_field_and_any_other_in_a_line():
    body = WireForm("POST", "/v1/x", GOOD.framing, "application/json", json='{"a":1,"b":"two"}')
    assert wire_document("d", body)["fields"] == [["a", "1"], ["b", "two"]]
    listed = replace(body, json="[1,2]")
    assert wire_document("d", listed)["fields"] == []
    assert wire_document("d", listed)["body"] == "[1,2]"
    assert [part["label"] for part in wire_document("d", GOOD)["parts"]] == ["image", "model", "prompt"]
