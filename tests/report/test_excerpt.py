"""The line of a file that an error is about, with the mark under what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upload_matrix.cli import main
from upload_matrix.model.errors import ConfigurationError, Problem
from upload_matrix.report.excerpt import excerpted
from upload_matrix.targets.spec import load_target


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def shown(line: str, column: int) -> str:
    """What stands below the message, the excerpt of ``line`` at a 1-based column."""
    Path("a.yaml").write_text(f"first: 1\n{line}\n")
    message, *rest = excerpted(ConfigurationError.at(Problem("a.yaml", 2, column, "wrong"))).split("\n")
    assert message == f"a.yaml:2:{column}: wrong"
    return "\n".join(rest)


@pytest.mark.parametrize(
    ("line", "column", "mark"),
    [
        ("client: [httpx, opnai]", 17, "opnai"),
        ("opnai: 2  # a word", 1, "opnai"),
        ("image: a picture.webp # mine", 8, "a picture.webp"),
        ("url: http://127.0.0.1:1/v1", 6, "http://127.0.0.1:1/v1"),
        ('says: "a \\"b\\", c"  # d', 7, '"a \\"b\\", c"'),
        ("says: 'it''s, so'", 7, "'it''s, so'"),
        ("list: [1]", 7, "["),
        ("budget = 3 # dollars", 10, "3"),
        ("end: x", 99, "x"),
    ],
)
def test_the_mark_stands_under_the_value(line, column, mark):
    at = min(column, len(line)) - 1
    assert shown(line, column) == f"    {line}\n    {' ' * at}{'^' * len(mark)}"
    assert line[at:].startswith(mark)


def test_wide_letters_and_tabs_keep_the_mark_in_its_place():
    assert shown("사진:\tfoo", 5) == "    사진: foo\n          ^^^"


def test_a_long_line_is_cut_around_the_value():
    text, mark = shown(f"{'x, ' * 60}opnai, {'y, ' * 60}", 181).split("\n")
    assert text.startswith("    …")
    assert text.endswith("…")
    assert text[mark.index("^") : mark.rindex("^") + 1] == "opnai"


def test_problems_of_one_place_have_one_excerpt():
    Path("a.yaml").write_text("outcme: x\n")
    error = ConfigurationError.at(Problem("a.yaml", 1, 1, "unknown"), Problem("a.yaml", 1, 1, "missing"))
    assert excerpted(error).split("\n") == [
        "a.yaml:1:1: unknown",
        "a.yaml:1:1: missing",
        "    outcme: x",
        "    ^^^^^^",
    ]


def test_a_file_that_is_gone_and_a_line_with_a_secret_are_not_shown():
    assert excerpted(ConfigurationError.at(Problem("gone.yaml", 3, 1, "wrong"))) == "gone.yaml:3:1: wrong"
    assert shown("key: sk-" + "canary0123456789" * 2, 1) == ""


def test_a_target_is_quoted_without_the_lines_of_its_headers():
    secret = "canary-" + "0123456789" * 2
    Path("mine.yaml").write_text(
        f"base_url: http://127.0.0.1:1/v1\nheaders: {{X-Own: [{secret}]}}\nkye_env: X\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_target(Path("mine.yaml"))
    text = excerpted(caught.value)
    assert secret not in text
    assert re.search(r"mine\.yaml:3:1: kye_env: unknown word; .*\n    kye_env: X\n    \^{7}$", text)


def test_paths_of_an_error_are_valid_from_where_one_stands(capsys, monkeypatch):
    Path("matrix").mkdir()
    Path("deeper").mkdir()
    Path("matrix/m.yaml").write_text("axes: {client: [opnai]}\n")
    monkeypatch.chdir("deeper")
    with pytest.raises(SystemExit) as ended:
        main(["cases", "../matrix"])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert "../matrix/m.yaml:1:17: `client`: `opnai` is not a known value; did you mean `openai`?" in err
    assert "    axes: {client: [opnai]}\n                    ^^^^^\n" in err
