"""Every word that a report prints can be asked about."""

import json

import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.judge.findings import CODES
from upload_matrix.model.errors import Exit
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.report.glossary import KINDS, glossary


def explain(*words):
    return CliRunner().invoke(commands, ["explain", *words])


def test_every_word_has_a_meaning_and_a_kind_of_the_list():
    entries = list(glossary())
    assert [each.word for each in entries if not each.means.strip()] == []
    assert {each.kind for each in entries} == set(KINDS)
    assert set(CODES) <= {each.word for each in entries}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("no-filename", CODES["no-filename"]),
        ("ignored", OutcomeKind.IGNORED.means),
        ("not-sent", OutcomeKind.NOT_SENT.means),
        ("3", Exit.UNRESOLVED.means),
        ("unexpected", "Differs from the expectation"),
        ("recorded", "Read in somebody's public recording"),
        ("image-type-not-of-its-bytes", "home-assistant/core#167208"),
    ],
)
def test_a_word_is_explained(word, says):
    done = explain(word)
    assert done.exit_code == 0
    assert says in " ".join(done.output.split())
    assert max(map(len, done.output.splitlines())) <= 100


def test_a_word_of_several_kinds_has_them_all_and_json_has_the_same():
    found = json.loads(explain("unresolved", "--json").output)
    assert {(each["word"], each["kind"]) for each in found} == {("unresolved", "verdict")}
    rules = json.loads(explain("path-not-emulated", "--json").output)
    assert len(rules) == 7
    assert {each["more"]["rests on"] for each in rules} == {"our own"}


def test_without_a_word_all_are_listed_but_the_emulators_rules():
    text = explain().output
    assert all(word in text for word in (*CODES, *(each.value for each in OutcomeKind)))
    assert "path-not-emulated" not in text


def test_a_word_that_is_none_is_refused_with_the_closest():
    done = explain("no-filname")
    assert done.exit_code == Exit.USAGE
    assert "did you mean 'no-filename'?" in done.output
