"""Every word that a report prints can be asked about, and what is said of it is true of the commands."""

import importlib
import json
import pkgutil
import re
from enum import StrEnum

import click
import pytest
from click.testing import CliRunner

import upload_matrix
from upload_matrix.cli import commands
from upload_matrix.cli.glossary import VOCABULARIES, glossary
from upload_matrix.conform.checks import CHECKS
from upload_matrix.judge import findings, suspects
from upload_matrix.judge.findings import CODES
from upload_matrix.judge.suspects import SUSPECTS
from upload_matrix.model.errors import Exit
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.words import ExplainedNumber, ExplainedWord

NOT_PRINTED_ALONE = {
    "AnsweredBy",  # who answers inspect, inside the program
    "Api",  # a value of a target's file, explained by its schema
    "Damage",  # stands within a sentence
    "Encoding",  # of an operation: a value of a matrix
    "FailOn",  # values of an option, explained by its help
    "Framing",  # its values are HTTP's own words
    "Runtime",  # what a repro runs under: a program's name
    "SecretPlace",  # of a pattern in a project's file
    "Way",  # of an environment, inside the program
}


def explain(*words):
    return CliRunner().invoke(commands, ["explain", *words])


def every_module():
    # The probe and the witnesses are programs that run elsewhere.
    for info in pkgutil.walk_packages(upload_matrix.__path__, "upload_matrix."):
        if not re.search(r"\.(probe|witness|suite|pytest_plugin|__main__)\b", info.name):
            importlib.import_module(info.name)


def test_every_word_says_what_it_means_and_where_more_stands():
    entries = list(glossary())
    assert [each.word for each in entries if not each.means.strip()] == []
    # A rule's meaning ends with the server's own words.
    ours = [each for each in entries if each.kind != "emulator rule"]
    assert [each.word for each in ours if not re.search(r"\S[.?]$", each.means)] == []
    pages = {each.page for each in entries}
    assert all(page.startswith("https://") and page.endswith(".md") for page in pages)
    places = [(each.kind, each.word) for each in ours]
    assert len(places) == len(set(places))


def test_every_enumeration_of_words_is_explained_or_is_known_not_to_be_printed():
    every_module()
    explained = {word for each in VOCABULARIES for word, *_ in each.words()}
    for base in (ExplainedWord, ExplainedNumber):
        for kind in base.__subclasses__():
            assert {str(each.value) for each in kind} <= explained, kind.__name__
    others = {
        kind.__name__
        for kind in StrEnum.__subclasses__()
        if kind.__module__.startswith("upload_matrix.") and kind is not ExplainedWord
    }
    assert others == NOT_PRINTED_ALONE


def test_every_finding_suspect_and_check_is_explained():
    kinds = {}
    for each in glossary():
        kinds.setdefault(each.kind, []).append(each.word)
    assert kinds["finding"] == list(CODES)
    assert kinds["check"] == list(CHECKS)
    assert kinds["suspect"] == [each.name for each in SUSPECTS]
    assert [each.number for each in SUSPECTS] == list(range(len(SUSPECTS)))
    files = {each.name for each in pkgutil.iter_modules(suspects.__path__)} - {"verdict"}
    assert files == {"account", "alive", "control", "hop", "releases", "rest", "upload"}
    assert all(set(family.examples) <= set(family.codes) for family in findings.FAMILIES)


def _commands(command, path=()):
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from _commands(command.get_command(click.Context(command), name), (*path, name))


def test_commands_and_options_that_are_named_are_there():
    options = set()
    paths = set()
    for path, command in _commands(commands):
        paths.add(path)
        options |= {name for each in command.params for name in each.opts}
    texts = [f"{each.means} {each.then}" for each in glossary() if each.kind != "emulator rule"]
    texts += [each.where for each in VOCABULARIES]
    code = [words for text in texts for words in re.findall(r"`([^`]+)`", text)]
    assert {option for words in code for option in re.findall(r"--[a-z-]+", words)} <= options
    firsts = {path[0] for path in paths if path}
    named = [words.removeprefix("upload-matrix ").split() for words in code]
    calls = [words for words in named if words[0] in firsts]
    assert len(calls) > 10
    for name, *rest in calls:
        # A second word is a command of the group, where there is one.
        group = {path[1] for path in paths if len(path) > 1 and path[0] == name}
        assert not group or not rest or rest[0] in group or rest[0].startswith("-"), (name, rest)


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
        ("The account", "key, permissions, verification and quota"),
        ("upload itself", "Apply the fix"),
        ("NOT OFFERED", "no such feature or container"),
        ("[octet-stream]", CODES["octet-stream"]),
        ("? inconclusive", OutcomeKind.INCONCLUSIVE.means),
        ("≠ told apart", "differ by more than chance"),
        ("no recording", OutcomeKind.UNRECORDED.means),
        ("passes now", "its entry is stale"),
        ("?", "Nothing can be said"),
        ("unresolved", "says which, and its way out"),
    ],
)
def test_a_word_is_explained(word, says):
    done = explain(word)
    assert done.exit_code == 0
    assert says in " ".join(done.output.split())
    assert max(map(len, done.output.splitlines())) <= 100


def test_a_word_of_several_kinds_has_them_all_and_json_has_the_same():
    found = json.loads(explain("unresolved", "--json").output)
    assert {(each["word"], each["kind"]) for each in found} == {
        ("unresolved", "verdict"),
        ("unresolved", "isolation end"),
    }
    rules = json.loads(explain("path-not-emulated", "--json").output)
    assert len(rules) == 7
    assert {each["more"]["rests on"] for each in rules} == {"our own"}


def test_without_a_word_all_are_listed_but_the_emulators_rules():
    text = explain().output
    lines = {" ".join(line.split()) for line in text.splitlines()}
    for each in VOCABULARIES:
        if each.kind != "emulator rule":
            assert each.title in lines
            assert all(entry.word in text for entry in each.entries())
    assert "path-not-emulated" not in text


@pytest.mark.parametrize(("word", "near"), [("no-filname", "no-filename"), ("unexpcted", "unexpected")])
def test_a_word_that_is_none_is_refused_with_the_closest(word, near):
    done = explain(word)
    assert done.exit_code == Exit.USAGE
    assert f"did you mean {near!r}?" in done.output
