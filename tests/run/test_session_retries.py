"""Retries: a scripted first answer, every attempt kept, and a success with another upload is none."""

import json

import pytest
from forgetful import FORGETFUL

MATRIX = """
target: emulator:{profile}
request: {{model: gpt-image-1, prompt: p}}
axes:
  client: [{client}]
  container: [{container}]
  image: [webp]
  mime_table: [builtin]
  retries: [{retries}]
"""


LENIENT = """
name: lenient
date: 2026-01-01
summary: Takes whatever comes.
extends: openai-2025
remove: [image-not-decodable-gpt]
"""


def run(pytester, client, container, retries, profile="openai-2025"):
    folder = pytester.path / "matrix"
    (folder / "clients").mkdir(parents=True)
    (folder / "clients" / "forgetful.py").write_text(FORGETFUL)
    (folder / "profiles").mkdir()
    (folder / "profiles" / "lenient.yaml").write_text(LENIENT)
    text = MATRIX.format(client=client, container=container, retries=retries, profile=profile)
    (folder / "m.yaml").write_text(text)
    pytester.makepyfile("def test_uploads(upload_case):\n    upload_case.run()\n")
    result = pytester.runpytest("-p", "no:cacheprovider", "--disable-recording", "--upload-report=out")
    result.assert_outcomes(passed=len(retries.split(",")))
    report = json.loads((pytester.path / "reports" / "out.json").read_text("utf-8"))
    return report["cases"], report


@pytest.mark.parametrize("retries", ["after-500", "after-429", "after-reset"])
def test_the_sdk_tries_again_and_every_attempt_is_kept(pytester, retries):
    (case,), _ = run(pytester, "openai", "tuple3", retries)
    assert case["outcome"] == {"kind": "accepted", "status": 200}
    first, second = case["attempts"]
    assert first["wire"] == second["wire"]
    assert first.get("status") == {"after-500": 500, "after-429": 429}.get(retries)
    if retries == "after-reset":
        assert first["no_answer"] == "the connection was reset on purpose"
    else:
        assert first["source"] == {"target": "upload-matrix", "provenance": "emulated", "supply": "scripted"}
    assert second["source"]["supply"] == "emulator"


def test_without_the_axis_the_sdk_does_not_try_again(pytester):
    (case,), _ = run(pytester, "openai", "tuple3", "none")
    assert case["id"] == "m/images.edit/openai/tuple3/webp/builtin"
    assert len(case["attempts"]) == 1


def test_a_success_that_carried_another_upload_on_the_second_attempt_is_altered(pytester):
    (case,), report = run(pytester, "forgetful", "one-way", "after-500", profile="lenient")
    first, second = case["attempts"]
    assert report["wire_forms"][first["wire"]]["parts"][-1]["asset"] == "webp"
    assert report["wire_forms"][second["wire"]]["parts"][-1]["size"] == 0
    assert case["outcome"]["kind"] == "altered"
    assert case["outcome"]["status"] == 200
    assert "image.content: asset:webp -> empty" in case["outcome"]["detail"]
    assert "attempt-differs" in [finding["code"] for finding in case["findings"]]
    assert case["verdict"]["kind"] == "unexpected"
