"""A gate in a CI server's own words: annotations and SARIF, at the baseline that it was held against."""

from __future__ import annotations

from dataclasses import replace

from sarif_log import checked
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, REJECTED, UNRECORDED, story, sweep

from upload_matrix.judge.compare import FailOn
from upload_matrix.judge.gate import gate
from upload_matrix.report import gate_report, registry
from upload_matrix.report.gate_alerts import github_annotations, sarif

CALM = {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (NEW, ACCEPTED)}


def judged(cells, baseline="reports/baseline.json", **given):
    return replace(gate(story(), sweep(cells), **given), baseline=baseline)


REGRESSED = judged({"3.0": {**CALM, "m/handle": (OLD, REJECTED)}})


def test_a_regression_stands_at_the_baseline_with_its_parts_before_and_after():
    (line,) = github_annotations(REGRESSED).splitlines()
    head, _, message = line.partition("::held")
    assert head == "::error file=reports/baseline.json,line=1,title=openai 3.0%3A 1 variant regressed"
    assert message.split("%0A") == [
        " against 2.0 of the baseline",
        "Answers: emulated (profile openai-2026-02) - not the vendor's words",
        "- m/handle: image.filename was a.webp, is upload; image.content_type was image/webp, is "
        "application/octet-stream; outcome was accepted, is rejected 400 invalid_value",
    ]


def test_code_scanning_is_told_the_same_and_keeps_the_alert_as_long_as_it_is_there():
    run = checked(sarif(REGRESSED))
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("regression", "error")
    assert result["properties"] == {"before": "2.0", "after": "3.0", "variants": ["m/handle"]}
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "reports/baseline.json"
    assert run["invocations"] == [{"executionSuccessful": True}]
    elsewhere = checked(sarif(replace(REGRESSED, baseline="old.json")))["results"][0]
    assert elsewhere["partialFingerprints"] == result["partialFingerprints"]


def test_a_baseline_outside_the_repository_is_no_place_so_the_regression_is_a_notification():
    run = checked(sarif(replace(REGRESSED, baseline=None)))
    assert run["results"] == []
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["level"] == "error"
    assert note["message"]["text"].startswith("openai 3.0: 1 variant regressed\nheld against 2.0")


def test_what_is_sent_otherwise_and_taken_as_before_is_a_note_and_red_where_changes_are():
    cells = {"3.0": {**CALM, "m/handle": (OLD, ACCEPTED)}}
    assert github_annotations(judged(cells)).startswith("::notice file=reports/baseline.json,line=1,")
    assert github_annotations(judged(cells, fail_on=FailOn.CHANGE)).startswith("::error ")


def test_what_cannot_be_decided_is_a_warning_and_no_success():
    found = judged({"3.0": {**CALM, "m/bytes": (NEW, UNRECORDED)}, "3.1": "no wheel"})
    said = github_annotations(found).splitlines()
    assert [line.partition("::")[2].partition("::")[0].partition("%3A")[0] for line in said] == [
        "warning title=openai 3.0",
        "warning title=openai 3.1",
    ]
    assert "no wheel" in said[1]
    run = checked(sarif(found))
    assert run["results"] == []
    assert not run["invocations"][0]["executionSuccessful"]


def test_a_gate_that_is_red_and_lacks_something_says_both():
    found = judged({"3.0": {**CALM, "m/handle": (OLD, REJECTED), "m/bytes": (NEW, BROKEN)}})
    assert [line.split()[0] for line in github_annotations(found).splitlines()] == ["::error", "::warning"]
    run = checked(sarif(found))
    assert len(run["results"]) == 1
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "warning"


def test_a_calm_gate_says_nothing_and_closes_all_alerts():
    found = judged({"3.0": CALM})
    assert github_annotations(found) == ""
    assert checked(sarif(found))["results"] == []


def test_the_two_are_views_of_a_gates_json_and_an_older_one_has_no_baseline():
    assert {"annotations", "sarif"} <= set(registry.available(registry.GATE))
    text = gate_report.dump(REGRESSED)
    assert gate_report.load(text, "x.json") == REGRESSED
    older = text.replace('"baseline": "reports/baseline.json"', '"baseline": null')
    assert gate_report.load(older, "x.json").baseline is None
