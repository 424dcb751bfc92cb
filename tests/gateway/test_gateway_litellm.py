"""A real gateway end to end: LiteLLM's proxy, in the environment that UPLOAD_MATRIX_PYTHON_LITELLM names."""

import json
import os
from pathlib import Path

import pytest

from upload_matrix.model.hop import Effect, Speaker
from upload_matrix.model.outcome import OutcomeKind

CONFIG = """
model_list:
  - model_name: gpt-image-1
    litellm_params:
      model: openai/gpt-image-1
      api_key: os.environ/OPENAI_API_KEY
      api_base: os.environ/OPENAI_BASE_URL
"""

MATRIX = """
name: m
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: a hat}
axes:
  client: [openai]
  container: [bytesio]
  image: [webp]
  mime_table: [builtin]
"""


@pytest.fixture
def litellm():
    """The proxy's program."""
    python = os.environ.get("UPLOAD_MATRIX_PYTHON_LITELLM")
    if python is None:
        pytest.skip(
            "UPLOAD_MATRIX_PYTHON_LITELLM names no interpreter with LiteLLM's proxy; .ci/run installs one"
        )
    return Path(python).with_name("litellm")


@pytest.fixture
def proxied(litellm, through, tmp_path, monkeypatch):
    # Prices and the like are read from its own files: nothing is fetched when it starts.
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    (tmp_path / "litellm.yaml").write_text(CONFIG)

    def make(containers, **given):
        line = f"{litellm} --config {tmp_path}/litellm.yaml --host 127.0.0.1 --port {{port}}"
        return through(line, containers, **given)

    return make


def test_what_litellm_makes_of_uploads(proxied):
    session, cases = proxied("bytes, tuple3, handle", client="openai")

    results = {case.axes["container"]: session.run(case) for case in cases}

    for result in results.values():
        assert result.hop.gateway == "litellm"
        (crossing,) = result.hop.crossings
        assert crossing.speaker is Speaker.REWORDED
        assert len(crossing.forwarded) == 1
        assert result.outcome.kind is OutcomeKind.ACCEPTED
        assert not result.hop.faithful
        found = {
            each.where: (each.before, each.after, each.effect) for each in crossing.forwarded[0].rewritings
        }
        # Every picture is renamed, and sent as an array of files; its bytes arrive as they were.
        assert found["image.name"] == ("image", "image[]", Effect.REWRITTEN)
        assert found["image.filename"][1] == "image.png"
        assert Effect.CORRUPTED not in result.hop.effects
    bad = results["bytes"].hop.forwarded[0]
    assert ("image.content_type", "application/octet-stream", "image/webp", Effect.MASKED) in [
        (each.where, each.before, each.after, each.effect) for each in bad.rewritings
    ]
    assert bad.repaired == ("octet-stream",)
    assert bad.introduced == ("extension-contradicts-bytes",)
    assert Effect.MASKED not in results["tuple3"].hop.effects


def test_a_refusal_by_the_target_comes_back_in_litellms_words_and_stays_the_targets(proxied):
    # A model that is gone: nothing that a gateway repairs.
    session, (case,) = proxied("tuple3", client="httpx", target="emulator:openai-2026-11")

    result = session.run(case)

    (crossing,) = result.hop.crossings
    assert {each.status for each in crossing.forwarded} == {404}
    assert crossing.speaker is Speaker.REWORDED
    assert result.attempts[0].rule == crossing.forwarded[-1].rule
    assert result.outcome.kind is OutcomeKind.REJECTED


def test_a_fault_that_litellm_masks_is_found_all_the_same(litellm, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from upload_matrix.cli import commands

    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "litellm.yaml").write_text(CONFIG)
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "m.yaml").write_text(MATRIX)
    way = f"{litellm} --config litellm.yaml --host 127.0.0.1 --port {{port}}"
    (case,) = CliRunner().invoke(commands, ["cases"]).output.split()[:1]
    words = ["diagnose", case, "--no-releases", "--through", way, "-o", "cause.json"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "cause.json").read_text("utf-8"))
    (hop,) = [each for each in report["suspects"] if each["number"] == 7]
    assert hop["says"].startswith("masked: only `litellm` makes the call pass")
    assert report["isolation"]["causes"][0]["changes"] == ["image.content_type"]
