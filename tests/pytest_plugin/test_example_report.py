"""The shipped data: its story comes out, and the committed example report is what it gives today."""

import itertools
import json

import pytest
from committed_reports import ROOT, TABLES, committed

from upload_matrix.report import registry
from upload_matrix.report.json_report import load

EXAMPLE = (
    "-p", "no:cacheprovider",
    f"--upload-matrix={ROOT / 'matrix' / 'field-report.yaml'}",
    f"--upload-cassettes={ROOT / 'cassettes'}",
    # Tables from files, so that the story does not depend on this machine or this Python.
    f"--upload-mime-table=system={TABLES / 'debian-12.types'}",
    f"--upload-mime-table=builtin={TABLES / 'python-3.12.types'}",
)  # fmt: skip


@pytest.fixture
def example(pytester):
    pytester.makepyfile(test_uploads="def test_upload(upload_case):\n    upload_case.check()\n")
    result = pytester.runpytest(*EXAMPLE, "--upload-report=example")
    result.assert_outcomes(passed=84)
    return pytester.path / "reports"


def without_versions(text: str) -> dict:
    document = json.loads(text)
    for environment in document["environments"]:
        environment["python"] = environment["clients"] = None
    for case in document["cases"]:
        for attempt in case["attempts"]:
            # Who calls, and which encodings it can read here: what is installed, as the versions are.
            attempt["headers"] = [
                pair
                for pair in attempt["headers"]
                if pair[0].lower() not in ("user-agent", "accept-encoding")
            ]
    return document


def test_the_committed_example_is_current(example):
    kept = committed("example").read_text("utf-8")
    today = (example / "example.json").read_text("utf-8")
    assert without_versions(today) == without_versions(kept)


@pytest.mark.parametrize(
    ("name", "form"),
    [("example", "junit"), *itertools.product(("example", "clients", "carriers"), ("json", "markdown"))],
)
def test_every_committed_view_is_rendered_from_the_committed_json(name, form):
    run = load(committed(name).read_text("utf-8"), f"{name}.json")
    report = registry.available()[form]
    assert "".join(report.chunks(run)) == committed(name).with_suffix(report.suffix).read_text("utf-8")


def test_the_story_of_the_field_report_comes_out(example):
    cases = {case["id"]: case for case in json.loads((example / "example.json").read_text("utf-8"))["cases"]}

    def outcome(case: str) -> tuple:
        found = cases[f"field-report/{case}"]["outcome"]
        return found["kind"], found.get("code")

    edit = "images.edit/gpt-image-1"
    accepted, rejected = ("accepted", None), ("rejected", "invalid_value")
    assert outcome("images.generate/gpt-image-1/openai") == accepted
    assert outcome(f"{edit}/openai/handle/webp/builtin") == rejected
    assert outcome(f"{edit}/openai/handle/webp/system") == accepted
    assert outcome(f"{edit}/openai/bytesio/webp/system") == rejected
    assert outcome(f"{edit}/openai/tuple3/webp/builtin") == accepted
    assert outcome(f"{edit}/openai/tuple3/png/builtin") == accepted
    assert outcome(f"{edit}/httpx/tuple3/webp/builtin") == accepted
    assert outcome(f"{edit}/httpx/bytes/webp/system") == rejected
    case = cases[f"field-report/{edit}/openai/handle/webp/builtin"]
    assert case["outcome"]["message"] == "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'."
    assert case["attempts"][0]["source"] == {
        "target": "emulator:openai-2026-02",
        "provenance": "emulated",
        "supply": "recorded",
        "profile": "openai-2026-02",
        "disputed": {"says": "disputed: 1 report has this answer, 5 reports another rejection"},
    }


def test_the_report_says_what_decides_and_that_it_is_emulated(example):
    text = (example / "example.md").read_text("utf-8")
    assert (
        "- The `Content-Type` of part `image` decides: `application/octet-stream` is rejected, `image/webp` is "
        "accepted, everything else equal" in text
    )
    assert "and `openai-raw-response` sent the same request, part by part, and got the same rejection" in text
    assert "the client is not to blame (emulated)" in text
    assert "The control `images.generate` passes with the same model" in text
    assert "Answers: emulated (profile openai-2026-02) - not the vendor's words" in text


@pytest.mark.parametrize("system", ["debian-12", "python-3.12"])
@pytest.mark.parametrize("builtin", ["debian-12", "python-3.12"])
def test_the_shipped_matrices_are_recorded_whatever_a_machines_tables_know(pytester, system, builtin):
    pytester.makepyfile(test_uploads="def test_upload(upload_case):\n    upload_case.check()\n")
    result = pytester.runpytest(
        "-p", "no:cacheprovider",
        f"--upload-matrix={ROOT / 'matrix'}",
        f"--upload-cassettes={ROOT / 'cassettes'}",
        f"--upload-mime-table=system={TABLES / system}.types",
        f"--upload-mime-table=builtin={TABLES / builtin}.types",
    )  # fmt: skip
    result.assert_outcomes(passed=413)


def test_two_runs_give_the_same_bytes(pytester):
    pytester.makepyfile(test_uploads="def test_upload(upload_case):\n    upload_case.check()\n")
    for name in ("one", "two"):
        pytester.runpytest(*EXAMPLE, f"--upload-report={name}").assert_outcomes(passed=84)
    for suffix in (".json", ".md", ".xml"):
        first, second = (
            (pytester.path / "reports" / f"{name}{suffix}").read_bytes() for name in ("one", "two")
        )
        assert first == second
