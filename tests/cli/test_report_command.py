"""``report``: any kind in any of its formats, parts merged, opened, linked, and what is refused."""

from __future__ import annotations

import json
import webbrowser
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from html_stories import ab, diagnosis, told
from reports_story import story
from sweep_builders import ACCEPTED, form, sweep

from upload_matrix.cli import commands
from upload_matrix.judge.compare import FailOn, compare
from upload_matrix.judge.gate import Gate
from upload_matrix.model import codec
from upload_matrix.report import (
    ab_report,
    compare_text,
    gate_report,
    isolation,
    json_report,
    registry,
    sweep_json,
)
from upload_matrix.report.diagnosis import diagnosis_document
from upload_matrix.report.diagnosis import readable as readable_diagnosis
from upload_matrix.report.document import markdown
from upload_matrix.report.html import isolation_page
from upload_matrix.report.html.comparison_page import render_ab
from upload_matrix.report.isolation import isolation_document
from upload_matrix.report.rendering import page_of_the_job

SWEEP = sweep({"1.0": {"m/a": (form(), ACCEPTED)}, "2.0": {"m/a": (form("b.webp"), ACCEPTED)}})
GATE = Gate("openai", ("3.0",), (), (), 4)
JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_RUN_ID": "7",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name in JOB:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("run.json").write_text(json_report.render(story()), "utf-8")
    Path("sweep.json").write_text(sweep_json.dump(SWEEP), "utf-8")
    Path("gate.json").write_text(gate_report.dump(GATE), "utf-8")
    return tmp_path


def report(*words, code=0, env=None):
    result = CliRunner().invoke(commands, ["report", *words], env=env)
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.output


KINDS = {"run": story(), "sweep": SWEEP, "gate": GATE}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in KINDS for name in registry.available(kind)]
)
def test_every_format_of_every_kind_is_rendered_from_the_json(here, kind, name):
    expected = registry.available(kind)[name].render(json_subject(here, kind))
    assert report(f"{kind}.json", "--format", name) == expected


def json_subject(here, kind):
    load = {"run": json_report.load, "sweep": sweep_json.load, "gate": gate_report.load}[kind]
    return load((here / f"{kind}.json").read_text("utf-8"), "x")


AB, AB_RUN, _ = ab()
ISOLATION = isolation_document(told())
DIAGNOSIS = diagnosis_document(diagnosis(), ISOLATION)
COMPARISON = compare(story(), replace(story(), results=story().results[1:]), FailOn.CHANGE)


@pytest.mark.parametrize(
    ("json_text", "expected", "page"),
    [
        (ab_report.dump(AB, AB_RUN), ab_report.readable(AB, AB_RUN, ()), render_ab(AB, AB_RUN)),
        (compare_text.to_json(COMPARISON), compare_text.readable(COMPARISON), None),
        (
            "".join(codec.chunks(ISOLATION)),
            isolation.readable(ISOLATION),
            "".join(isolation_page.page(ISOLATION).chunks()),
        ),
        (
            "".join(codec.chunks(DIAGNOSIS)),
            readable_diagnosis(DIAGNOSIS),
            "".join(isolation_page.diagnosis_page(DIAGNOSIS).chunks()),
        ),
    ],
    ids=["ab", "comparison", "isolation", "diagnosis"],
)
def test_what_was_compared_or_diagnosed_is_shown_again_as_it_was_then(here, json_text, expected, page):
    Path("found.json").write_text(json_text, "utf-8")
    assert report("found.json") == markdown(expected)
    assert report("found.json", "--format", "json") == json_text
    if page is None:
        assert "is called 'html'" in report("found.json", "--format", "html", code=2)
    else:
        assert report("found.json", "--format", "html") == page


def test_the_formats_of_each_kind():
    assert {
        "annotations",
        "badge",
        "har",
        "html",
        "json",
        "junit",
        "markdown",
        "sarif",
        "step-summary",
    } <= set(registry.available())
    assert set(registry.available("sweep")) == {"badge", "html", "json", "markdown", "step-summary"}
    assert set(registry.available("gate")) == {
        "annotations",
        "html",
        "json",
        "markdown",
        "sarif",
        "step-summary",
    }


def test_a_format_that_a_kind_does_not_have_is_refused_with_those_it_has(here):
    said = report("sweep.json", "--format", "sarif", code=2)
    assert "no report of a sweep is called 'sarif'" in said
    assert "badge, html, json, markdown" in said


def test_parts_of_a_run_are_merged(here):
    whole = story()
    for name, results in (("a", whole.results[:3]), ("b", whole.results[3:])):
        Path(f"{name}.json").write_text(json_report.render(replace(whole, results=results)), "utf-8")
    assert report("--merge", "a.json", "b.json", "--format", "json") == json_report.render(whole)
    assert "--merge" in report("a.json", "b.json", code=2)
    assert "one kind" in report("--merge", "a.json", "sweep.json", code=2)
    assert "gates cannot be merged" in report("--merge", "gate.json", "gate.json", code=2)


def test_a_summary_links_on_to_the_job_within_github_actions(here):
    assert "](<https://github.example/o/r/actions/runs/7#artifacts>)" in report(
        "run.json", "--format", "step-summary", env=JOB
    )
    assert "](<https://x.example/>)" in report(
        "gate.json", "--format", "step-summary", "--link", "https://x.example/", env=JOB
    )
    assert "](<" not in report("run.json", "--format", "step-summary")
    assert page_of_the_job({**JOB, "GITHUB_ACTIONS": "false"}) is None
    assert page_of_the_job({**JOB, "GITHUB_RUN_ID": ""}) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--link", "javascript:alert(1)", "--format", "step-summary"), "begins with https://"),
        (("--link", "https://x.example/"), "--link does not go with 'markdown', but with step-summary"),
        (
            ("--max-bytes", "9000", "--format", "junit"),
            "--max-bytes does not go with 'junit', but with markdown",
        ),
        (("--max-bytes", "10"), "at least 2000"),
        (("--format", "json", "--open"), "is the JSON itself"),
    ],
)
def test_options_that_do_not_fit_are_refused_with_the_way_out(here, words, says):
    assert says in report("run.json", *words, code=2)


def test_a_report_without_another_view_is_refused_by_name(here):
    Path("facts.json").write_text(json.dumps({"format": "upload-matrix run facts", "version": 1}), "utf-8")
    Path("other.json").write_text("[]", "utf-8")
    assert "facts.json: 'upload-matrix run facts' has no other view" in report("facts.json", code=2)
    assert "other.json: no report of upload-matrix" in report("other.json", code=2)


def test_a_view_is_written_beside_the_json_and_opened(here, monkeypatch):
    opened = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    assert report("run.json", "--open") == ""
    assert opened == [(here / "run.html").as_uri()]
    assert (here / "run.html").read_text("utf-8").startswith("<!doctype html>")
    report("run.json", "--open", "--format", "badge", "-o", "b.svg")
    assert opened[1:] == [(here / "b.svg").as_uri()]


def test_where_no_browser_can_be_had_the_file_is_named(here, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert report("sweep.json", "--open") == "no browser could be started here; open sweep.html\n"


def test_a_matrix_at_fault_is_annotated_within_github_actions_alone(here):
    Path("m.yaml").write_text("axes:\n  container: [tupel3]\n", "utf-8")
    for env, begins in (
        (JOB, "::error file=m.yaml,line=2,col=15,title=matrix::`container`"),
        ({}, "Error: "),
    ):
        result = CliRunner().invoke(commands, ["cases", "m.yaml"], env=env)
        assert result.exit_code == 2
        assert result.stderr.startswith(begins)
        assert "did you mean" in result.stderr
