from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from reports_hostile import HOSTILE, hostile_run
from reports_story import HANDLE, KNOWN, TUPLE, UNNAMED, run_of, story

from upload_matrix.model.case import NOT_APPLICABLE
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Place, Verdict, VerdictKind
from upload_matrix.report.junit import render
from upload_matrix.report.text import explain
from upload_matrix.report.visible import visible


def test_the_whole_document_of_two_cases():
    body = explain(HANDLE, story().wires).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert render(run_of(TUPLE[0], HANDLE)) == (
        f"""\
<?xml version="1.0" encoding="utf-8"?>
<testsuites name="upload-matrix" tests="2" failures="1" errors="0" skipped="0">
  <testsuite name="field-report" tests="2" failures="1" errors="0" skipped="0">
    <properties>
      <property name="answers" value="emulated (profile openai-2026-02) - not the vendor's words" />
      <property name="environment.python-3.11-builtin" value="Python 3.11.7; openai 3.54.0" />
    </properties>
    <testcase classname="field-report.images.edit" name="{TUPLE[0].id}">
      <properties>
        <property name="axis.operation" value="images.edit" />
        <property name="axis.model" value="gpt-image-1" />
        <property name="axis.client" value="openai" />
        <property name="axis.container" value="tuple" />
        <property name="axis.image" value="webp" />
        <property name="axis.mime_table" value="builtin" />
        <property name="target" value="emulator:openai-2026-02" />
        <property name="environment" value="python-3.11-builtin" />
        <property name="outcome" value="accepted" />
        <property name="verdict" value="as-expected" />
        <property name="wire" value="{TUPLE[0].attempts[0].wire}" />
        <property name="provenance" value="emulated" />
        <property name="supply" value="emulator" />
        <property name="profile" value="openai-2026-02" />
      </properties>
    </testcase>
    <testcase classname="field-report.images.edit" name="{HANDLE.id}">
      <properties>
        <property name="axis.operation" value="images.edit" />
        <property name="axis.model" value="gpt-image-1" />
        <property name="axis.client" value="openai" />
        <property name="axis.container" value="handle" />
        <property name="axis.image" value="webp" />
        <property name="axis.mime_table" value="builtin" />
        <property name="target" value="emulator:openai-2026-02" />
        <property name="environment" value="python-3.11-builtin" />
        <property name="outcome" value="rejected" />
        <property name="verdict" value="unexpected" />
        <property name="wire" value="{HANDLE.attempts[0].wire}" />
        <property name="provenance" value="emulated" />
        <property name="supply" value="emulator" />
        <property name="profile" value="openai-2026-02" />
      </properties>
      <failure message="unexpected: expected accepted, got rejected 400 invalid_value “Invalid value: \
'gpt-image-1'. Value must be 'dall-e-2'.”" type="rejected 400 invalid_value">
{body}</failure>
    </testcase>
  </testsuite>
</testsuites>
"""
    )


def with_verdict(verdict: VerdictKind, outcome: OutcomeKind):
    return replace(HANDLE, outcome=Outcome(outcome), verdict=Verdict(verdict, "accepted", "because"))


@pytest.mark.parametrize(
    ("result", "tag"),
    [
        (TUPLE[0], None),
        (KNOWN, "skipped"),
        (with_verdict(VerdictKind.AS_EXPECTED, OutcomeKind.REJECTED), None),
        (with_verdict(VerdictKind.UNEXPECTED, OutcomeKind.REJECTED), "failure"),
        (with_verdict(VerdictKind.UNEXPECTED_PASS, OutcomeKind.ACCEPTED), "failure"),
        (with_verdict(VerdictKind.EXPIRED, OutcomeKind.REJECTED), "failure"),
        (with_verdict(VerdictKind.UNRESOLVED, OutcomeKind.HARNESS_ERROR), "error"),
        (with_verdict(VerdictKind.UNRESOLVED, OutcomeKind.INCONCLUSIVE), "error"),
        (with_verdict(VerdictKind.UNRESOLVED, OutcomeKind.UNRECORDED), "error"),
        (with_verdict(VerdictKind.UNRESOLVED, OutcomeKind.UNAVAILABLE), "skipped"),
    ],
)
def test_their_failure_ours_and_what_did_not_run_are_kept_apart(result, tag):
    root = ElementTree.fromstring(render(run_of(result)).encode())
    (case,) = root.iter("testcase")
    assert [child.tag for child in case] == (["properties"] if tag is None else ["properties", tag])
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in (root, root[0]):
        assert element.get("tests") == "1"
        assert {name: element.get(name) for name in counts} == {
            name: str(int(word == tag)) for name, word in counts.items()
        }


def test_a_suite_per_matrix_and_no_times_or_hosts():
    text = render(run_of(HANDLE, replace(TUPLE[0], id="second/tuple", matrix="second")))
    root = ElementTree.fromstring(text.encode())
    suites = [(suite.get("name"), len(suite.findall("testcase"))) for suite in root]
    assert suites == [("field-report", 1), ("second", 1)]
    attributes = {name for element in root.iter() for name in element.keys()}  # noqa: SIM118 - an Element
    assert not attributes & {"time", "timestamp", "hostname", "id"}


def test_a_red_case_leads_to_the_line_of_its_rule_and_what_does_not_apply_is_left_out():
    at = Place("matrix/mine.yaml", 32)
    result = replace(
        HANDLE, verdict=replace(HANDLE.verdict, at=at), axes={**HANDLE.axes, "mask": NOT_APPLICABLE}
    )
    (case,) = ElementTree.fromstring(render(run_of(result)).encode()).iter("testcase")
    assert (case.get("file"), case.get("line")) == ("matrix/mine.yaml", "32")
    assert "axis.mask" not in {each.get("name") for each in case.iter("property")}


def test_an_unrecorded_case_shows_the_nearest_recording():
    root = ElementTree.fromstring(render(story()).encode())
    (error,) = root.iter("error")
    assert "image.filename: avatar.webp -> upload" in error.text
    assert UNNAMED.digest in error.text


@pytest.mark.parametrize("word", [word for word in HOSTILE if word.strip()])
def test_hostile_words_stay_xml(word):
    root = ElementTree.fromstring(render(hostile_run(word)).encode())
    names = [case.get("name") for case in root.iter("testcase")]
    assert names[0] == visible(f"id {word}")
    assert len(names) == 5
    assert [element.tag for element in root.iter("failure")] == ["failure"]
