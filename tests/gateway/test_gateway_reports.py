"""A hop in every report, and back from JSON; through the command line too."""

import json
import re

import jsonschema
import pytest
from click.testing import CliRunner
from gateway_builders import RUN, command

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.judge.conclusions import sentences
from upload_matrix.judge.differences import find_differences
from upload_matrix.judge.evidence import gather
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.report import json_report
from upload_matrix.report.markdown import render
from upload_matrix.report.text import explain, summary
from upload_matrix.report.wording import count, of_results

MATRIX = """
name: through
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: a red door}
axes:
  client: [httpx]
  container: [bytes, tuple3]
  image: [webp]
  mime_table: [builtin]
"""


def test_a_hop_comes_back_from_json_as_it_was():
    again = json_report.load(json_report.render(RUN), "x.json")

    assert [result.hop for result in again.results] == [result.hop for result in RUN.results]
    assert json_report.render(again) == json_report.render(RUN)


def test_the_schema_knows_the_hop_and_requires_none():
    document = json.loads(json_report.render(RUN))
    jsonschema.validate(document, written_schema("report"))

    for case in document["cases"]:
        case.pop("hop", None)
    jsonschema.validate(document, written_schema("report"))
    assert all(result.hop is None for result in json_report.load(json.dumps(document), "x.json").results)


def test_a_forwarded_form_that_is_missing_is_named():
    document = json.loads(json_report.render(RUN))
    forwarded = document["cases"][0]["hop"]["crossings"][0]["forwarded"][0]["wire"]
    del document["wire_forms"][forwarded]

    with pytest.raises(ConfigurationError, match=forwarded):
        json_report.load(json.dumps(document), "x.json")


def test_a_word_that_is_no_effect_is_named():
    text = json_report.render(RUN).replace('"effect": "masked"', '"effect": "improved"')

    with pytest.raises(ConfigurationError, match="improved"):
        json_report.load(text, "x.json")


def test_conclusions_rest_on_what_went_through_unchanged():
    said = sentences(RUN)

    assert said[0] == (
        "The gateway `gw` masks a bad upload by repairing it in 1 case: the `Content-Type` of part `image` is "
        "sent as `application/octet-stream` and forwarded as `image/webp`."
    )
    assert any("answered 1 call itself" in each for each in said)
    assert any("asked the target more than once for 1 call" in each for each in said)
    assert any("Conclusions rest on the 1 of 3 cases" in each for each in said)
    # The masked upload was accepted: without the hop it would look as if the bad type were.
    assert find_differences(gather(RUN))[0] == ()


def test_the_terminal_shows_what_was_forwarded_and_who_answered():
    masked, own, plain = (explain(result, RUN.wires) for result in RUN.results)

    assert (
        "Gateway  gw: masked\n  Forwarded once, the target answered 200; the client got the target's answer"
        in masked
    )
    assert re.search(r"masked +image\.content_type +application/octet-stream +image/webp", masked)
    assert "Findings repaired: octet-stream" in masked
    assert "Gateway  gw: not forwarded, answered by the gateway" in own
    assert "the gateway gw itself - the target did not say this" in own
    assert "Gateway  gw: unchanged" in plain
    assert "Forwarded twice, the target answered 500, then 200" in plain


def test_markdown_has_a_section_for_each_kind_of_hop_the_gravest_first():
    text = render(RUN)

    titles = re.findall(r"^### (.*): 1 case$", text[: text.index("## Matrix")], re.MULTILINE)
    assert titles == ["not forwarded, answered by the gateway", "masked", "unchanged"]
    assert "| masked | `image.content_type` | `application/octet-stream` | `image/webp` |" in text
    assert "3 calls of the clients, 3 upstream attempts" in text
    assert "Findings repaired: octet-stream." in text


def test_calls_are_counted_where_they_were_paid_for():
    assert count(RUN).calls == 3


def test_a_gateways_own_answer_passes_for_nobody_elses():
    assert of_results(RUN.results).endswith("1 by the gateway itself, which are not the target's")
    assert "1 by the gateway itself" in summary(RUN)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UPLOAD_MATRIX_GATEWAY_TOKEN_FILE", str(tmp_path / "token"))
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "through.yaml").write_text(MATRIX)
    return tmp_path


def run(*words):
    return CliRunner().invoke(commands, ["run", *words], catch_exceptions=False)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_the_command_runs_everything_through_a_gateway(project, workers):
    done = run("--disable-recording", "--through", command("fix-type"), "--name", "a", *workers)

    assert done.exit_code == 0, done.output
    report = json.loads((project / "reports" / "a.json").read_text())
    hops = {case["axes"]["container"]: case["hop"] for case in report["cases"]}
    assert hops["bytes"]["gateway"] == "gateway_program.py"
    assert [each["effect"] for each in hops["bytes"]["crossings"][0]["forwarded"][0]["rewritings"]] == [
        "masked"
    ]
    assert "rewritings" not in hops["tuple3"]["crossings"][0]["forwarded"][0]
    assert str(project) not in json.dumps(report)
    assert "every call took the gateway gateway_program.py" in report["notes"]


def test_a_gateway_that_does_not_start_ends_the_command_with_2(project):
    done = run("--disable-recording", "--through", "sh -c 'echo bad config; exit 7' {port}")

    assert done.exit_code == 2
    assert "exit code 7" in done.output
    assert "bad config" in done.output


def test_a_running_gateways_user_is_told_where_it_must_forward_to(project):
    done = run("--disable-recording", "--through", "http://127.0.0.1:1", "--behind-port", "45679")

    token = (project / "token").read_text()
    assert f"127.0.0.1:1 must forward to http://127.0.0.1:45679/{token}/v1" in done.output
    assert done.exit_code == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--through", "gw"), "must say where it is to listen"),
        (("--behind-port", "4000"), "go with --through"),
        (
            ("--through", "gw {port}", "--target", "openai", "--record-mode", "once", "--yes"),
            "gw cannot be run",
        ),
    ],
)
def test_what_cannot_be_is_said_before_anything_starts(project, words, says):
    done = run(*words)

    assert done.exit_code == 2
    assert says in done.output
