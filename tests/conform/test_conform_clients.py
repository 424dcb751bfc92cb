"""``conform clients``: what clients are found, measured and said of; and the committed table, measured again."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.conform.client import CONTAINERS, NAMING, clients
from upload_matrix.judge.client_traits import Trait, second_attempt, shown_to_avoid, trap_of
from upload_matrix.model.client_table import ClientRun, MeasuredClient
from upload_matrix.model.conformance import CheckMark, ConformanceCheck, Tier
from upload_matrix.report.every_client import load, readable

PROGRAM = Path(__file__).parents[1] / "support" / "conform_program.py"

YAML = """\
title: A client of ours
language: Python
run: ["{python}", conform_program.py, %s]
version: ["{python}", --version]
containers: [handle, told]
avoid: 'post(name, data, type)'
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder of clients of one's own, with two that work and one that needs what nobody has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UPLOAD_MATRIX_CONFORM_PACKAGES", str(tmp_path / "cache"))
    folder = tmp_path / "clients" / "mine"
    folder.mkdir(parents=True)
    shutil.copy(PROGRAM, folder)
    (folder / "right.yaml").write_text(YAML % "nothing-wrong", "utf-8")
    (folder / "typeless.yaml").write_text(YAML % "typeless", "utf-8")
    (folder / "missing.yaml").write_text(
        "title: Far away\nlanguage: None\nrun: [far]\nneeds: {debian: [no-such-package-of-ours]}\n"
        "containers: [path]\n",
        "utf-8",
    )
    return folder


def conform(*arguments, code=0):
    result = CliRunner().invoke(commands, ("conform", "clients", "--clients", "clients", *arguments))
    assert result.exit_code == code, result.output
    return result


FEW = ("--scenario", "plain", "--scenario", "retry", "--scenario", "empty-file")


def test_a_row_a_container_and_a_trap_a_client(mine):
    done = conform("mine/right", "mine/typeless", *FEW, "-o", "t.json", "-o", "t.md", "-o", "t.html")
    assert done.stdout == ""
    table = Path("t.md").read_text("utf-8")
    assert (
        "| A client of ours | handle | `avatar.webp` | *none* | `image` | content-length | the file | the same |"
        in (table)
    )
    assert "| **Python**<br>A client of ours | *none found* |" in table
    assert "goes out without the file's type: no Content-Type." in table
    document = json.loads(Path("t.json").read_text("utf-8"))
    jsonschema.validate(document, written_schema("clients"))
    assert [(run["scenario"], run["container"]) for run in document["clients"][0]["runs"]] == [
        ("plain", "handle"),
        ("plain", "told"),
        ("retry", "handle"),
        ("retry", "told"),
        # What is about names is measured with the container that names best.
        ("empty-file", "told"),
    ]
    assert document["versions"]["mine/right"] == {"Python": sys.version.split()[0]}
    again = CliRunner().invoke(commands, ("report", "t.json", "--format", "markdown"))
    assert again.output == table
    assert "goes out without the file" in Path("t.html").read_text("utf-8")


def test_who_is_not_here_is_named_with_the_way_to_have_it(mine):
    done = conform("mine/missing", "--json", code=3)
    (client,) = json.loads(done.stdout)["clients"]
    assert client["unavailable"] == "apt-get install no-such-package-of-ours"
    assert "runs" not in client


def test_a_client_that_sends_otherwise_than_before_is_red(mine):
    conform("mine/right", *FEW, "-o", "t.json")
    conform("mine/right", *FEW, "--baseline", "t.json", "-o", "again.json")
    assert Path("again.json").read_bytes() == Path("t.json").read_bytes()
    (mine / "right.yaml").write_text(YAML % "generic-type", "utf-8")
    done = conform("mine/right", *FEW, "--baseline", "t.json", "-o", "again.json", code=1)
    said = "media-type was passed and is failed (sent as “application/octet-stream”)"
    assert f"✗ mine/right plain[told]: {said}" in done.output
    # Another version is another client.
    before = load(Path("t.json").read_text("utf-8"), "t.json")
    other = replace(before, versions={"mine/right": {"Python": "Python 2.7.18"}})
    from upload_matrix.report import registry

    (form,) = registry.find(["json"], registry.CLIENTS)
    Path("t.json").write_text(form.render(other), "utf-8")
    conform("mine/right", *FEW, "--baseline", "t.json", "-o", "again.json")


def test_a_program_is_built_once_for_each_content(mine):
    (mine / "right.yaml").write_text(
        (YAML % "nothing-wrong") + "build: [\"{python}\", -c, \"open('built', 'x')\"]\n", "utf-8"
    )
    for _ in range(2):
        conform("mine/right", "--scenario", "empty-file", "-o", "t.json")
    (mine / "conform_program.py").write_text(PROGRAM.read_text("utf-8") + "\n# other\n", "utf-8")
    conform("mine/right", "--scenario", "empty-file", "-o", "t.json")
    assert len(list(Path("cache").rglob("built"))) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            YAML.replace("handle", "handel") % "x",
            "right.yaml:5:14: containers.0: no container is called 'handel'",
        ),
        (YAML.replace("title", "titel") % "x", "did you mean `title`?"),
    ],
)
def test_a_client_that_is_described_wrongly_is_named_with_its_line(mine, text, says):
    (mine / "right.yaml").write_text(text, "utf-8")
    assert says in conform("--list", code=2).output


def test_clients_are_chosen_by_name_language_and_pattern(mine):
    assert "mine/right: A client of ours (handle, told)" in conform("--list", "mine").output
    assert len(conform("--list", "mine/[rt]*").output.splitlines()) == 2
    assert "did you mean 'mine/right'?" in conform("mine/rihgt", code=2).output


def test_the_built_in_clients_have_containers_that_exist_and_say_what_they_need():
    found = clients()
    assert len(found) >= 40
    assert len({each.language for each in found}) >= 9
    assert set(CONTAINERS) == set(NAMING)
    assert all(path.is_file() for each in found for path in each.files())


# -- what is said of a client --


def run(scenario, container, **marks):
    checks = tuple(
        ConformanceCheck(name.replace("_", "-"), Tier.ESSENTIAL, *mark) for name, mark in marks.items()
    )
    return ClientRun(scenario, container, checks, attempts=1)


def client(*runs):
    return MeasuredClient(name="a/b", title="b", language="a", call="/x", avoid="do()", runs=runs)


PASSED = (CheckMark.PASSED, "")
GENERIC = (CheckMark.FAILED, "sent as “application/octet-stream”")


def test_the_most_costly_trap_is_told_first():
    typed = run("plain", "handle", bytes=PASSED, media_type=GENERIC)
    told = run("plain", "told", bytes=PASSED, media_type=PASSED)
    empty = run("retry", "handle", second_body=(CheckMark.FAILED, "the part is empty"))
    trap = trap_of(client(typed, told, empty))
    assert trap.sentence == "Tried again, an open file is not the file any more: the part is empty."
    trap = trap_of(client(typed, told))
    assert (
        trap.sentence == "An open file goes out without the file's type: sent as “application/octet-stream”."
    )
    assert shown_to_avoid(client(typed, told), trap)
    assert trap_of(client(told)) is None
    hung = run("plain", "told", bytes=(CheckMark.UNDECIDED, "it still ran"))
    assert "not known" in str(readable_of(client(hung)))
    assert "none found" in str(readable_of(client(told)))


def test_a_way_out_is_shown_only_where_it_was_measured():
    typed = run("plain", "handle", media_type=GENERIC)
    wrong = run("plain", "told", media_type=GENERIC)
    for each in (client(typed), client(typed, wrong)):
        assert not shown_to_avoid(each, trap_of(each))
    assert "do()" not in str(readable_of(client(typed, wrong)))


def readable_of(each):
    from upload_matrix.model.client_table import MeasuredClients

    return readable(MeasuredClients(versions={each.name: {}}, clients=(each,)))


@pytest.mark.parametrize(
    ("mark", "trait"),
    [
        (PASSED, Trait("the same", True)),
        ((CheckMark.FAILED, "the part is empty"), Trait("empty", False)),
        ((CheckMark.NOT_SENT, "nothing was sent a second time"), Trait("not sent again")),
        ((CheckMark.NOT_OFFERED, "no retry"), Trait("no retry of its own")),
        ((CheckMark.UNDECIDED, "it still ran"), Trait("?")),
        (
            (CheckMark.UNDECIDED, "nothing was sent a second time; it still ran after 15 s, and was stopped"),
            Trait("not sent again, and it did not end"),
        ),
    ],
)
def test_the_second_attempt_in_a_word(mark, trait):
    assert second_attempt(run("retry", "handle", second_body=mark)) == trait
