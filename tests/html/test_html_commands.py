"""``isolate`` and ``diagnose`` write their page where it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import commands

MATRIX = """
name: few
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: a hat}
axes:
  client: [httpx]
  container: [bytesio, tuple3]
  image: [webp]
  mime_table: [builtin]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "few.yaml").write_text(MATRIX)


@pytest.mark.parametrize(
    ("command", "options", "kind"),
    [("isolate", (), "isolation"), ("diagnose", ("--no-releases", "--state", "state.json"), "diagnosis")],
)
def test_the_page_is_written_and_the_report_still_printed(project, command, options, kind):
    words = [command, "httpx/bytesio/webp/builtin", *options, "-o", "out/cause.html"]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    assert "is refused, `image/webp` accepted" in done.stdout
    page = Path("out/cause.html").read_text("utf-8")
    assert f'<body data-kind="{kind}"' in page
    assert 'class="answers emulated"' in page
    assert 'id="questions"' in page
