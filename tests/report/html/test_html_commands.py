"""``isolate`` and ``diagnose`` write their page where it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from few_cases import MATRIX
from html_stories import ab

from upload_matrix.cli import commands
from upload_matrix.report import json_report
from upload_matrix.report.machine import MachineFacts, dump_machine, load_calls

FACTS = dump_machine(MachineFacts("a", "b", {}, "here", "3.11", None, {}, {}))


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "few.yaml").write_text(MATRIX)


@pytest.mark.parametrize(
    ("command", "options", "kind"),
    [("isolate", (), "isolation"), ("diagnose", ("--no-releases", "--state", "state.json"), "diagnosis")],
)
def test_the_page_is_written_and_the_report_still_printed(project, command, options, kind):
    words = [command, "httpx/bytesio/webp/builtin", *options, "-o", "out/cause.html"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    assert "is rejected, `image/webp` accepted" in done.stdout
    page = Path("out/cause.html").read_text("utf-8")
    assert f'<body data-kind="{kind}"' in page
    assert 'class="answers emulated"' in page
    assert 'id="questions"' in page


def test_the_facts_of_a_run_bring_its_times_into_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, run, calls = ab()
    facts = MachineFacts("a", "b", {}, "here", "3.11", None, {}, {}, tuple(calls))
    Path("x.json").write_text(json_report.render(run), "utf-8")
    Path("x.run.json").write_text(dump_machine(facts), "utf-8")
    assert load_calls(Path("x.run.json").read_text("utf-8"), "x") == tuple(calls)
    words = ["report", "x.json", "--format", "html"]
    assert 'id="latency"' not in CliRunner().invoke(commands, words).stdout
    timed = CliRunner().invoke(commands, [*words, "--facts", "x.run.json"])
    assert timed.exit_code == 0, timed.output
    assert timed.stdout.count('class="point"') == len(calls)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "x.run.json: not JSON: Expecting property name"),
        ("{}", "no file of facts of upload-matrix: it does not say"),
        (
            '{"format": "upload-matrix run facts", "version": 9}',
            "version 9 of the file of facts was written by a newer upload-matrix",
        ),
        (FACTS.replace("\n}\n", ', "calls": [3]}'), "the file of facts has a wrong value 3 at calls[0]"),
        (
            FACTS.replace("\n}\n", ', "calls": [{"seconds": "x"}]}'),
            "the file of facts has no 'target' at calls[0]",
        ),
    ],
)
def test_facts_that_are_none_are_named_with_the_way_out(tmp_path, monkeypatch, text, says):
    monkeypatch.chdir(tmp_path)
    Path("x.json").write_text(json_report.render(ab()[1]), "utf-8")
    Path("x.run.json").write_text(text)
    done = CliRunner().invoke(commands, ["report", "x.json", "--format", "html", "--facts", "x.run.json"])
    assert done.exit_code == 2
    assert says in done.output
    assert done.output.rstrip().endswith(("that the run wrote beside its report.", "again with this one."))


def test_facts_go_with_html_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("x.json").write_text(json_report.render(ab()[1]), "utf-8")
    Path("x.run.json").write_text(FACTS)
    done = CliRunner().invoke(commands, ["report", "x.json", "--facts", "x.run.json"])
    assert done.exit_code == 2
    assert "--facts does not go with 'markdown', but with html" in done.output
