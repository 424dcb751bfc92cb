"""What ``run`` shows: a line that counts on a terminal, dots elsewhere, and one page for cases that fail alike."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from on_a_terminal import lines_of, on_terminal

from upload_matrix.report.wording import display_width

MATRIX = """
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: x}
axes: {client: [httpx], container: [tuple3, handle, bytesio], image: [png, webp], mime_table: [builtin]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("matrix").mkdir()
    Path("matrix/m.yaml").write_text(MATRIX)


def test_a_terminal_counts_the_cases_and_keeps_to_its_columns():
    status, written = on_terminal("run", columns=80)
    assert status == 3
    assert re.search(r"\r\x1b\[K6 of 6 cases, 6 not as expected", written)
    lines = lines_of(written)
    assert not any(re.fullmatch(r"[.F]+", line) for line in lines)
    # The command that pytest and paths print may be longer.
    page = lines[lines.index("Asked") : lines.index("Expected  accepted")]
    assert max(map(display_width, page)) <= 80
    assert "wrote reports/latest.json" in lines


def test_a_log_has_dots_and_one_page_for_what_fails_alike():
    done = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "run", "--reports", "deep/reports"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    assert lines[0].startswith("FFFFFF")
    assert done.stdout.count("Way out  ") == 1
    start = lines.index("5 cases as m/images.edit/httpx/tuple3/png/builtin above:")
    assert lines[start + 1 : start + 6] == [
        "  m/images.edit/httpx/tuple3/webp/builtin",
        "  m/images.edit/httpx/handle/png/builtin",
        "  m/images.edit/httpx/handle/webp/builtin",
        "  m/images.edit/httpx/bytesio/png/builtin",
        "  m/images.edit/httpx/bytesio/webp/builtin",
    ]
    assert lines[-1].startswith("1 failed, 5 failed alike in ")
    (written,) = (line for line in lines if line.endswith(".json"))
    assert Path(written.removeprefix("wrote ")).is_file()


def test_what_is_as_expected_is_not_counted_among_what_fails_alike():
    Path("matrix/m.yaml").write_text(MATRIX + "expect:\n  - outcome: rejected\n")
    done = subprocess.run(
        [sys.executable, "-m", "upload_matrix", "run", "--disable-recording"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    pages = re.findall(r"^\S.* - unexpected$", done.stdout, re.MULTILINE)
    lines = done.stdout.splitlines()
    assert pages == ["✓ accepted - unexpected"]
    assert re.fullmatch(r"1 failed, 3 passed, 2 failed alike in .*", lines[-1])


@pytest.mark.parametrize("words", [["doctor"], ["explain", "unresolved"], ["explain"]])
def test_words_keep_to_the_columns_of_the_terminal(words):
    status, written = on_terminal(*words, columns=80)
    lines = lines_of(written)
    assert status == 0
    assert lines[0].strip()
    # A path is one word, and stays whole.
    assert [line for line in lines if display_width(line) > 80 and max(map(len, line.split())) < 60] == []
