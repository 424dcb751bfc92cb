"""``--watch``: the same command again when a file changes that its result depends on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from upload_matrix.cli.watching import changed, sources

MATRIX = """
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: x}
axes: {client: [httpx], container: [tuple3], image: [png], mime_table: [builtin]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_sources_are_seen_and_what_a_program_writes_is_not():
    for name in ("app.py", "out.png", "node_modules/a.js", ".hidden/b.py", "src/c.ts", "reports/d.json"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert {path.as_posix() for path in sources([Path()], every_kind=False)} == {"app.py", "src/c.ts"}
    assert Path("out.png") in sources([Path(), Path("out.png")], every_kind=False)


@pytest.mark.parametrize("how", ["written", "new", "gone"])
def test_a_file_that_is_written_new_or_gone_is_a_change(how):
    path, other = Path("a.py"), Path("b.py")
    path.write_text("1")
    before = sources([Path()], every_kind=False)
    assert changed(before, sources([Path()], every_kind=False)) is None
    if how == "written":
        path.write_text("12")
    elif how == "new":
        other.write_text("")
    else:
        path.unlink()
    assert changed(before, sources([Path()], every_kind=False)) == (other if how == "new" else path)


@pytest.mark.parametrize(
    ("words", "file", "text"),
    [
        (["run", "--watch", "--disable-recording"], "matrix/m.yaml", MATRIX),
        (["inspect", "--watch", "--no-answer", "--", sys.executable, "app.py"], "app.py", "print(1)\n"),
    ],
)
def test_it_runs_again_until_ctrl_c_and_ends_as_the_last_run_did(words, file, text):
    path = Path(file)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    # In a group of its own, as a terminal has it: Ctrl-C is for all of it.
    with subprocess.Popen(
        [sys.executable, "-m", "upload_matrix", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "CI": "true"},
    ) as process:

        def until(start: str) -> str:
            return next(line for line in process.stderr if line.startswith(start))

        first = until("exit code ")
        path.write_text(text + "# more\n")
        assert until(f"{file} changed: again\n")
        assert until("exit code ") == first
        os.killpg(process.pid, signal.SIGINT)
        process.stderr.read()
    expected = 0 if words[0] == "run" else 3
    assert (first.split(";")[0], process.returncode) == (f"exit code {expected}", expected)
