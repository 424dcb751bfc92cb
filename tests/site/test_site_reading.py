"""Finding reports: which files count, when they were made, and in which order they come."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from reports_story import EMULATED, TUPLE, run_of, story
from sweep_builders import ACCEPTED, form, sweep

from upload_matrix.judge.gate import Gate
from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.report import json_report, sweep_json
from upload_matrix.site.reading import ReportFile, entry, find_reports

RUN = json_report.render(story())
SWEEP = sweep_json.dump(sweep({"1.0": {"m/a": (form(), ACCEPTED)}}))


def write(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def facts(folder, name, started):
    (folder / f"{name}.run.json").write_text(
        json.dumps({"format": "upload-matrix run facts", "version": 1, "started": started}), "utf-8"
    )


def test_reports_are_found_at_any_depth_and_nothing_else_is_taken(tmp_path):
    write(tmp_path, latest=RUN, a__b__sweep=SWEEP, notes="[1]", plan='{"format": "upload-matrix sweep plan"}')
    facts(tmp_path, "latest", "2026-11-22T10:00:00+00:00")
    harvest = find_reports([tmp_path])
    assert {(each.name, each.kind) for each in harvest.reports} == {("latest", "run"), ("a/b/sweep", "sweep")}
    assert [line.removeprefix(str(tmp_path)) for line in harvest.skipped] == [
        "/notes.json: not a report of upload-matrix",
        "/plan.json: 'upload-matrix sweep plan' has no place in a site",
    ]


def test_the_time_is_that_of_the_run_else_the_day_in_the_name(tmp_path):
    write(
        tmp_path,
        **{"latest": RUN, "nightly-2026-03-04": RUN, "20260305__run": RUN, "2026-99-99": RUN, "x": RUN},
    )
    facts(tmp_path, "latest", "2026-11-22T01:30:00+02:00")
    assert {each.name: each.when for each in find_reports([tmp_path]).reports} == {
        "latest": "2026-11-21 23:30",
        "nightly-2026-03-04": "2026-03-04",
        "20260305/run": "2026-03-05",
        "2026-99-99": None,
        "x": None,
    }


def test_the_oldest_comes_first_and_numbers_in_names_count_as_numbers(tmp_path):
    write(tmp_path, **{"run-10": RUN, "run-9": RUN, "b-2026-01-02": RUN, "a-2026-01-03": RUN, "now": RUN})
    facts(tmp_path, "now", "2026-01-02T08:00:00+00:00")
    assert [each.name for each in find_reports([tmp_path]).reports] == [
        "run-9", "run-10", "b-2026-01-02", "now", "a-2026-01-03",
    ]  # fmt: skip


def test_a_file_is_taken_once_and_the_site_itself_is_not_looked_into(tmp_path):
    write(tmp_path, latest=RUN, site__data__latest=RUN)
    reports = find_reports([tmp_path, tmp_path / "latest.json"], without=tmp_path / "site").reports
    assert [each.name for each in reports] == ["latest"]


def test_what_is_not_there_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        find_reports([tmp_path / "nothing"])
    with pytest.raises(ConfigurationError, match="upload-matrix run"):
        find_reports([tmp_path])


@pytest.mark.parametrize("text", ["[]", "{}", '{"started": 7}', '{"started": "yesterday"}', "{"])
def test_facts_without_a_time_are_refused_by_name(tmp_path, text):
    write(tmp_path, latest=RUN)
    (tmp_path / "latest.run.json").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=r"latest\.run\.json: holds no time"):
        find_reports([tmp_path])


LIVE = Source("openai", Provenance.LIVE, Supply.RECORDED, recorded_on="2026-11-22")


def run_by(source):
    return run_of(
        *(replace(each, attempts=(replace(each.attempts[0], source=source),)) for each in TUPLE[:1])
    )


def sweep_by(source):
    return sweep({"1.0": {"m/a": (form(), ACCEPTED)}}, source=source)


def gate_by(source):
    return Gate("openai", ("3.0",), (), (), 4, answers=(source,))


def gate_on_a_baseline_by(source):
    return Gate("openai", ("3.0",), (), (), 4, answers=(LIVE,), baseline_answers=(source,))


@pytest.mark.parametrize("made", [run_by, sweep_by, gate_by, gate_on_a_baseline_by])
def test_an_entry_is_marked_where_a_stand_in_answered_and_nowhere_else(tmp_path, made):
    found = ReportFile(tmp_path / "a.json", "a", "run", None)
    marks = {source: entry(found, made(source), "a") for source in (EMULATED, LIVE)}
    assert [each.emulated for each in marks.values()] == [True, False]
    assert ["not the vendor's words" in each.answers for each in marks.values()] == [True, False]
