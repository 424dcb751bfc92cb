"""``import upload_matrix``: what a program and a notebook get, held against what the command line says."""

from __future__ import annotations

import ast
import gc
import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import upload_matrix
from upload_matrix.assets.studio import Studio
from upload_matrix.facts.read import all_facts
from upload_matrix.starter.place import place

ROOT = Path(__file__).resolve().parents[2]
EMULATOR = "openai-2026-02"
with Studio() as _studio:
    WEBP = _studio.upload("webp").path.read_bytes()


def edit(image):
    """A call of the SDK that takes its base URL from the environment, as a user's function does."""

    def edit_call():
        from openai import OpenAI

        with OpenAI(max_retries=0) as client:
            return client.images.edit(model="gpt-image-1", image=image(), prompt="make it white")

    return edit_call


@pytest.fixture(scope="module")
def failing():
    return upload_matrix.inspect_call(edit(lambda: io.BytesIO(WEBP)), emulator=EMULATOR)


@pytest.fixture(scope="module")
def passing():
    return upload_matrix.inspect_call(edit(lambda: ("a.webp", WEBP, "image/webp")), emulator=EMULATOR)


def test_a_function_is_inspected_and_what_it_raised_is_evidence(failing):
    (upload,) = failing.uploads
    assert [finding.code for finding in failing.findings] == ["default-filename", "octet-stream"]
    assert upload.accepted is False
    assert type(failing.error).__name__ == "BadRequestError"
    assert 'image=("image.webp", data, "image/webp")' in upload.fix.code
    assert "emulated" in upload.answer


def test_a_correct_call_has_no_finding_and_its_result_is_handed_on(passing):
    assert (passing.findings, passing.error, passing.uploads[0].accepted) == ((), None, True)
    assert passing.result.data[0].b64_json
    assert str(passing).startswith("1 upload in 1 request, 0 findings\n")


def test_the_environment_is_as_it_was_afterwards():
    before = dict(os.environ)
    seen = {}
    upload_matrix.inspect_call(lambda: seen.update(os.environ), emulator=EMULATOR)
    assert seen["OPENAI_BASE_URL"].startswith("http://127.0.0.1:")
    assert dict(os.environ) == before


def test_a_function_that_uploads_nothing_clears_nobody():
    found = upload_matrix.inspect_call(lambda: 7, emulator=EMULATOR)
    assert (found.uploads, found.result) == ((), 7)
    assert "no upload was seen: nothing is known" in str(found)


def test_two_uploads_are_compared_part_by_part(failing, passing):
    told = failing.uploads[0].diff(passing.uploads[0])
    assert [each.where for each in told.differences] == ["image.filename", "image.content_type"]
    assert "`application/octet-stream`" in told._repr_markdown_()
    assert "send the same" in str(passing.uploads[0].diff(passing.uploads[0]))


def test_the_deciding_difference_is_isolated_with_and_without_a_passing_end(failing, passing):
    for end in (passing.uploads[0], None):
        found = upload_matrix.isolate_cause(failing.uploads[0], end)
        assert [each.where for each in found.cause] == ["image.content_type"]
    assert "emulated" in found.markdown()


def test_a_saved_upload_is_one_the_commands_take_and_holds_no_key(tmp_path, monkeypatch, failing):
    canary = "sk-" + "canary0123456789" * 2
    monkeypatch.setenv("OPENAI_API_KEY", canary)
    seen = upload_matrix.inspect_call(edit(lambda: io.BytesIO(WEBP)), emulator=EMULATOR)
    folder = seen.uploads[0].save(tmp_path / "avatar")
    assert folder == tmp_path / "avatar.request"
    assert [path.name for path in folder.iterdir() if canary.encode() in path.read_bytes()] == []
    found = upload_matrix.isolate_cause(folder, target=f"emulator:{EMULATOR}")
    assert [each.where for each in found.cause] == ["image.content_type"]
    with pytest.raises(FileExistsError):
        seen.uploads[0].save(tmp_path / "avatar")


def test_a_request_that_is_accepted_has_no_cause_and_the_view_says_so(passing):
    found = upload_matrix.isolate_cause(passing.uploads[0])
    assert found.cause == ()
    assert "accepted" in str(found).splitlines()[0]


def test_a_request_that_nothing_makes_pass_is_an_error_that_says_what_was_tried(failing):
    with pytest.raises(upload_matrix.HarnessError, match="no passing request was found"):
        upload_matrix.isolate_cause(failing.uploads[0], target="openai")


def test_a_matrix_is_run_and_its_report_is_the_commands(tmp_path):
    place(tmp_path)
    report = upload_matrix.run_matrix(folder=tmp_path)
    assert (report.kind, report.exit_code) == ("run", 0)
    cases = report.cases()
    assert {case["verdict"] for case in cases} == {"as-expected"}
    assert {"id", "matrix", "client", "container", "outcome"} <= set(cases[1])
    # Beside what the command itself writes.
    command = [sys.executable, "-m", "upload_matrix", "run", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(report.render("json")) == json.loads(done.stdout)
    assert report.render("html").startswith("<!doctype html>")


def test_a_mistake_in_a_matrix_is_a_configuration_error_with_its_place(tmp_path):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "mine.yaml").write_text("axes: {container: [tupel3]}\n", "utf-8")
    with pytest.raises(upload_matrix.ConfigurationError, match=r"matrix/mine\.yaml:1:"):
        upload_matrix.run_matrix(folder=tmp_path)


@pytest.mark.parametrize(("name", "kind", "code"), [("example", "run", 0), ("history", "sweep", None)])
def test_committed_reports_are_read_and_render_as_they_lie_there(name, kind, code):
    report = upload_matrix.read_report(ROOT / "reports" / f"{name}.json")
    assert (report.kind, report.exit_code) == (kind, code)
    assert report.markdown() == (ROOT / "reports" / f"{name}.md").read_text("utf-8")


def test_only_a_run_has_cases():
    report = upload_matrix.read_report(ROOT / "reports" / "history.json")
    with pytest.raises(upload_matrix.ConfigurationError, match="only a run has cases"):
        report.cases()


def test_facts_are_a_sequence_of_those_asked_for():
    found = upload_matrix.find_facts("openai", "images.edit", sniffed="webp", accepted=True)
    wanted = [
        fact
        for fact in all_facts()
        if (fact.vendor, fact.operation, fact.sniffed) == ("openai", "images.edit", "webp")
        and fact.verdict == "accepted"
    ]
    assert list(found) == wanted
    assert len(found[:1]) == 1
    assert found[0].id in str(found)
    with pytest.raises(upload_matrix.ConfigurationError, match="did you mean 'openai'"):
        upload_matrix.find_facts("opnai")


def test_every_public_name_is_there_typed_and_the_package_alone_loads_none_of_it():
    from upload_matrix import api

    stub = (ROOT / "harness" / "upload_matrix" / "__init__.pyi").read_text("utf-8")
    assert "from upload_matrix.api import *" in stub
    assert set(api.__all__) <= set(dir(upload_matrix))
    assert all(getattr(upload_matrix, name) is getattr(api, name) for name in api.__all__)
    code = "import sys, upload_matrix; print(len([n for n in sys.modules if n.startswith('upload_matrix.')]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    with pytest.raises(AttributeError, match="no attribute 'inspekt'"):
        _ = upload_matrix.inspekt


def test_the_example_notebook_runs_and_each_cell_shows_what_the_text_says():
    notebook = json.loads((ROOT / "examples" / "avatar.ipynb").read_text("utf-8"))
    names: dict[str, object] = {}
    shown = []
    with warnings.catch_warnings():
        # Nobody closes the client of a notebook: its connections go with it.
        warnings.simplefilter("ignore", ResourceWarning)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                assert cell["outputs"] == []
                *body, last = ast.parse("".join(cell["source"])).body
                exec(compile(ast.Module(body, []), "cell", "exec"), names)
                assert isinstance(last, ast.Expr)
                value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
                shown.append(value._repr_markdown_())
        names.clear()
        gc.collect()
    assert "Value must be 'dall-e-2'" in shown[0]
    assert "`application/octet-stream`" in shown[1]
    assert "`Content-Type` of part `image`: `application/octet-stream` is rejected" in shown[2]
    assert "| images.edit |" in shown[3]
