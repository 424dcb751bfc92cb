"""What every command shows on a terminal: nothing cut, no word broken, no escape code written out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from on_a_terminal import lines_of, on_terminal

from upload_matrix.cli import commands
from upload_matrix.cli.run_display import RunDisplay
from upload_matrix.report.streams import _broken
from upload_matrix.report.wording import display_width

COMMAND = re.compile(r" +([A-Z_]+=\S+ )?upload-matrix (?!.*   )")


def paths(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The group's own path, and those of all commands in it."""
    yield path
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from paths(command, *path, name)
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(paths(commands)), ids=" ".join)
def test_no_line_of_help_is_cut_or_broken_in_a_name(path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(commands, [*path, "--help"]).output
    assert "..." not in shown.partition("Commands:")[2]
    assert "\x08" not in shown
    assert "\\b" not in shown
    lines = shown.splitlines()
    assert [line for line in lines if re.search(r"\w-$", line)] == []
    # A command to copy stands on a line of its own.
    assert [line for line in lines if display_width(line) > 80 and not COMMAND.match(line)] == []


def test_a_wide_terminal_has_wide_help():
    _, narrow = on_terminal("sweep", "--help", columns=80)
    _, wide = on_terminal("sweep", "--help", columns=120)
    assert 90 < max(map(len, lines_of(wide))) <= 100
    assert len(lines_of(wide)) < len(lines_of(narrow))


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--profile", "nope"),
        ("run", "--format", "nope"),
        ("run", "-k", "("),
        ("run", "-n", "x"),
        ("explain", "nosuchwordatall"),
        ("costs", "--model", "nope"),
        ("inspect",),
        ("isolate", "nosuchcase"),
    ],
    ids=" ".join,
)
def test_an_error_is_broken_between_words_and_has_no_escape_code(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, written = on_terminal(*words, columns=60)
    assert status == 2
    assert max(map(display_width, lines_of(written))) <= 60
    assert "u001b" not in written


def test_a_long_line_of_code_under_an_error_stays_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matrix").mkdir()
    line = "  containre: [bytesio, tuple3, handle, path, bytes, tuple2]"
    (tmp_path / "matrix" / "m.yaml").write_text(f"axes:\n{line}\n")
    _, written = on_terminal("cases", columns=40)
    assert lines_of(written)[-4:-1][-2:] == [f"    {line}", "      ^^^^^^^^^"]


def test_a_terminal_shows_facts_with_each_operation_said_once():
    _, written = on_terminal("facts", "openai", "images.edit", columns=120)
    first, head, *_ = lines_of(written)
    assert first == "openai images.edit"
    assert head.split()[:4] == ["id", "model", "carrier", "declared"]
    assert max(map(display_width, lines_of(written))) <= 120


def test_a_list_of_recordings_is_broken_between_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    on_terminal("init")
    status, written = on_terminal("cassettes", "list", columns=80)
    assert status == 0
    assert max(map(display_width, lines_of(written))) <= 80
    assert "  /v1/images/edits -> 400, emulated openai-2026-02" in lines_of(written)


def test_the_answer_to_a_question_is_broken_between_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    on_terminal("init")
    failing = "uploads/images.edit/openai/bytesio/webp/builtin"
    passing = "uploads/images.edit/openai/tuple3/webp/builtin"
    status, written = on_terminal("isolate", failing, passing, columns=50)
    assert status == 0
    answer = [line for line in lines_of(written) if "is rejected" in line or "octet-stream" in line]
    assert answer
    prose = [line for line in lines_of(written) if not line.startswith("    ")]
    assert max(map(display_width, prose)) <= 50


def test_ctrl_c_in_a_run_is_said_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    on_terminal("init")

    def ended(self, session):
        raise KeyboardInterrupt

    monkeypatch.setattr(RunDisplay, "pytest_collection_finish", ended)
    done = CliRunner().invoke(commands, ["run"])
    assert done.exit_code == 130
    assert done.stderr == "stopped before the end; what was recorded until then is kept\n"
    assert "KeyboardInterrupt" not in done.stdout


def test_a_note_is_broken_where_it_is_indented_and_code_is_not():
    note = "  gpt-image-1: 15 calls, about $0.66, at most $4.71"
    code = "    client.images.edit(image=data, prompt='x')"
    assert _broken(f"{note}\n{code}\n", 40) == (
        "  gpt-image-1: 15 calls, about $0.66, at\n    most $4.71\n" + f"{code}\n"
    )


def test_what_fits_is_left_as_it_is():
    said = "Error: Missing argument 'PAGE'. Choose from:\n\tregistry,\n\tvendors\n"
    assert _broken(said, 60) == said


def test_the_check_of_facts_is_a_table_at_80_columns():
    _, written = on_terminal("facts", "check", "--vendor", "openai", columns=80)
    lines = lines_of(written)
    assert lines[0].split()[:3] == ["vendor", "operation", "agree"]
    assert max(map(display_width, lines)) <= 80
