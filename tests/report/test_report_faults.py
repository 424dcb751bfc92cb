"""Red lines of a matrix for CI servers: how faults are grouped, as GitHub's commands, and as SARIF."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports_hostile import HOSTILE, hostile_run
from reports_story import HANDLE, KNOWN, TUPLE, run_of, story
from sarif_log import checked

from upload_matrix.model.errors import Problem
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Place, Verdict, VerdictKind
from upload_matrix.report.alerts import MOST, of_problems
from upload_matrix.report.faults import faults, github_annotations, sarif

RULE = Place("matrix/mine.yaml", 32)


def red(name: str, at: Place | None = RULE, kind: VerdictKind = VerdictKind.UNEXPECTED, **changed):
    verdict = Verdict(kind, "accepted", "expected accepted, got rejected", at=at)
    return replace(HANDLE, id=name, verdict=verdict, **changed)


def lines(run):
    return github_annotations(run).splitlines()


def test_cases_of_one_line_verdict_and_outcome_are_one_fault():
    other = Outcome(OutcomeKind.REJECTED, 404, code="model_not_found")
    run = run_of(red("a"), red("b"), red("c", outcome=other), red("d", kind=VerdictKind.EXPIRED), KNOWN)
    assert [(fault.verdict.value, [each.id for each in fault.results]) for fault in faults(run)] == [
        ("unexpected", ["a", "b"]),
        ("unexpected", ["c"]),
        ("expired-known-failure", ["d"]),
    ]


def test_faults_stand_in_the_order_of_their_lines_and_those_without_one_last():
    run = run_of(red("none", None), red("late", Place("matrix/mine.yaml", 40)), red("early"), TUPLE[0])
    assert [fault.results[0].id for fault in faults(run)] == ["early", "late", "none"]


def test_a_command_names_file_line_what_differs_who_answered_and_the_fix():
    (line,) = lines(run_of(red("m/a"), red("m/b")))
    head, _, message = line.partition("::expected")
    assert head == (
        "::error file=matrix/mine.yaml,line=32,title=field-report%3A 2 cases%3A not as the matrix expects"
    )
    told = message.split("%0A")
    assert told[1] == "Answers: emulated (profile openai-2026-02) - not the vendor's words"
    assert told[2:4] == ["- m/a", "- m/b"]
    assert 'Fix: image=("avatar.webp", data, "image/webp")' in told[4]


def test_nothing_is_said_of_a_calm_run_and_a_warning_of_one_without_statement():
    assert github_annotations(run_of(*TUPLE, KNOWN)) == ""
    silent = replace(
        HANDLE, outcome=Outcome(OutcomeKind.UNRECORDED), verdict=Verdict(VerdictKind.UNRESOLVED, "accepted")
    )
    assert lines(run_of(silent)) == ["::warning title=1 case unresolved%3A no statement::1 unrecorded"]


def test_more_faults_than_github_shows_end_in_how_many_more():
    run = run_of(*(red(f"c{number}", Place("matrix/mine.yaml", number + 1)) for number in range(14)))
    said = lines(run)
    assert len(said) == MOST
    assert said[-1] == "::error title=upload-matrix::5 cases more; the report has them all"


def test_problems_of_a_matrix_stand_at_line_and_column():
    problem = Problem("matrix/mine.yaml", 7, 22, "`tupel3` is not a known value:\n50% of it")
    assert of_problems([problem]) == (
        "::error file=matrix/mine.yaml,line=7,col=22,title=matrix::"
        "`tupel3` is not a known value:%0A50%25 of it\n"
    )
    many = of_problems([problem] * 11).splitlines()
    assert (len(many), many[-1]) == (10, "::error title=matrix::and 2 problems more")


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_begin_no_command_of_their_own(word):
    run = hostile_run(f"{word}\n::set-env name=X::y")
    placed = replace(
        run,
        results=tuple(
            replace(each, verdict=replace(each.verdict, at=Place(f"m{word},line=1.yaml", 3)))
            for each in run.results
        ),
    )
    text = github_annotations(placed)
    for line in text.split("\n")[:-1]:
        assert line.startswith(("::error ", "::warning "))
        properties = line.removeprefix("::error ").removeprefix("::warning ").partition("::")[0]
        assert {pair.partition("=")[0] for pair in properties.split(",")} <= {"file", "line", "title"}
    assert "\r" not in text


def log_of(run):
    return checked(sarif(run))


def test_a_fault_is_a_result_at_its_line():
    run = log_of(run_of(red("a"), red("b"), TUPLE[0]))
    (result,) = run["results"]
    where = result["locations"][0]["physicalLocation"]
    assert where == {
        "artifactLocation": {"uri": "matrix/mine.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 32},
    }
    assert (result["ruleId"], result["properties"]["cases"]) == ("unexpected", ["a", "b"])
    assert result["message"]["text"].startswith("field-report: 2 cases: not as the matrix expects\nexpected")
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_an_alert_stays_the_same_when_its_line_moves_and_another_when_the_outcome_does():
    def fingerprint(result):
        (found,) = log_of(run_of(result))["results"]
        return found["partialFingerprints"]

    moved = red("a", Place("matrix/mine.yaml", 99))
    other = red("a", outcome=Outcome(OutcomeKind.REJECTED, 404, code="model_not_found"))
    assert fingerprint(red("a")) == fingerprint(moved) != fingerprint(other)


def test_what_has_no_line_is_a_notification_and_a_run_without_statement_no_success():
    run = log_of(story())
    (invocation,) = run["invocations"]
    assert run["results"] == []
    assert not invocation["executionSuccessful"]
    assert [each["level"] for each in invocation["toolExecutionNotifications"]] == ["error", "warning"]


def test_a_run_of_no_case_is_no_calm_one():
    (invocation,) = log_of(run_of())["invocations"]
    assert not invocation["executionSuccessful"]
    assert github_annotations(run_of()) == "::warning title=upload-matrix::no case ran: nothing is known\n"


def test_a_calm_run_closes_all_alerts():
    assert log_of(run_of(*TUPLE, KNOWN))["results"] == []


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_text(word):
    run = hostile_run(word)
    failed = replace(
        run.results[0], verdict=replace(run.results[0].verdict, at=Place(f"a folder/é {word}.yaml", 3))
    )
    (result,) = log_of(replace(run, results=(failed,)))["results"]
    text = result["message"]["text"].replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    assert not set(text) & set("[]\x00\x1b\u202e\ud800")
