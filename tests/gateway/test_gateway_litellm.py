"""A real gateway end to end: LiteLLM's proxy, in an environment of its own, built on first use.

Slow (435 MB, half a minute): it runs with UPLOAD_MATRIX_SLOW=1 only. Its version is pinned, and nothing newer
than the day before malicious releases of litellm appeared (1.82.7, 2026-03-24) is installed with it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from platformdirs import user_cache_dir

from upload_matrix.model.hop import Effect, Speaker
from upload_matrix.model.outcome import OutcomeKind

VERSION = "1.82.6"
UNTIL = "2026-03-23T00:00:00Z"

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

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("UPLOAD_MATRIX_SLOW"),
        reason="slow: set UPLOAD_MATRIX_SLOW=1 to run a LiteLLM proxy",
    ),
]


@pytest.fixture(scope="module")
def litellm():
    """The proxy's program; skips when it cannot be installed."""
    home = Path(user_cache_dir("upload-matrix")) / "test-gateways" / f"litellm-{VERSION}"
    program = home / "bin" / "litellm"
    if not program.is_file():
        uv = [sys.executable, "-m", "uv"]
        steps = (
            [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
            [
                *uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python"),
                "--exclude-newer", UNTIL, f"litellm[proxy]=={VERSION}",
            ],
        )  # fmt: skip
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"LiteLLM's proxy cannot be installed here: {done.stderr.strip()[-300:]}")
    return program


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
            each.where: (each.sent, each.forwarded, each.effect) for each in crossing.forwarded[0].rewritings
        }
        # Every picture is renamed, and sent as an array of files; its bytes arrive as they were.
        assert found["image.name"] == ("image", "image[]", Effect.REWRITTEN)
        assert found["image.filename"][1] == "image.png"
        assert Effect.CORRUPTED not in result.hop.effects
    bad = results["bytes"].hop.forwarded[0]
    assert ("image.content_type", "application/octet-stream", "image/webp", Effect.MASKED) in [
        (each.where, each.sent, each.forwarded, each.effect) for each in bad.rewritings
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
