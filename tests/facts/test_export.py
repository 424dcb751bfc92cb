"""``upload-matrix facts export``: the registry as packages that other programs depend on."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date

import jsonschema
import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.facts.fact import Fact, FactSource, Fate, Grade, Withdrawal, named
from upload_matrix.facts.handing import contests
from upload_matrix.facts.package import packages
from upload_matrix.facts.read import all_facts, ever_known
from upload_matrix.facts.registry import as_text, of_text, registry
from upload_matrix.facts.typescript import declarations


def fact(filename="a.png", **changes):
    plain = {
        "carrier": "multipart", "place": "image", "declared": "image/png", "sniffed": "png", "status": 200,
        "model": "gpt-image-1", "filename": filename, "recorded": "2026-02", **changes,
    }  # fmt: skip
    source = (FactSource("somebody/tapes", "a.yaml", "0", "0" * 40, "MIT"),)
    return named(Fact("", "openai", "images.edit", Grade.RECORDED, source, **plain))


def export(folder, code=0):
    done = CliRunner().invoke(commands, ["facts", "export", str(folder)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry")
    assert f"✓ release 1.0.0 of {len(all_facts()):,} facts" in export(folder)
    return folder


def test_the_shipped_facts_are_all_there_and_the_schema_describes_them(shipped):
    data = json.loads((shipped / "index.json").read_text("utf-8"))
    schema = json.loads((shipped / "schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(data)
    assert schema == written_schema("registry")
    assert set(data["facts"]) == {each.id for each in ever_known()}
    indexed = [
        name
        for operations in data["index"].values()
        for formats in operations.values()
        for ways in formats.values()
        for way in ways
        for name in way["facts"]
    ]
    told = {
        each.id
        for each in all_facts()
        if None not in (each.carrier, each.declared) and each.verdict not in (None, Fate.FAILED)
    }
    assert len(indexed) == len(set(indexed))
    assert set(indexed) == told
    licences = {each["name"]: each["licence"] for each in data["sources"]}
    assert licences["pydantic/pydantic-ai"] == "MIT"


def test_the_same_facts_make_the_same_bytes_also_over_an_export(shipped, tmp_path):
    before = {path.name: path.read_bytes() for path in shipped.rglob("*") if path.is_file()}
    assert "✓ release 1.0.0: nothing changed" in export(shipped)
    assert {path.name: path.read_bytes() for path in shipped.rglob("*") if path.is_file()} == before
    export(tmp_path / "other")
    for path in shipped.rglob("*"):
        if path.is_file():
            assert (tmp_path / "other" / path.relative_to(shipped)).read_bytes() == path.read_bytes()


def test_a_release_says_what_was_added_changed_and_withdrawn():
    one, two, three = fact("a.png"), fact("b.png"), fact("c.png")
    first = registry([one, two])
    assert (first.release, registry([two, one], of_text(as_text(first), "index.json"))) == ("1.0.0", first)
    second = registry([one, two, three], first)
    gone = replace(two, withdrawn=Withdrawal("a proxy answered", date(2026, 11, 29)))
    third = registry([replace(one, count=4), gone, three], second)
    assert (second.release, third.release) == ("1.0.1", "1.1.0")
    assert [each.facts for each in third.index["openai"]["images.edit"]["png"]] == [(one.id, three.id)]
    lost = registry([one], third)
    assert (lost.release, lost.releases[0].removed) == ("1.2.0", (*sorted((two.id, three.id)),))
    lines = packages(third)["CHANGELOG.md"].decode("utf-8").splitlines()
    assert lines[:9] == [
        "# Changes of the registry",
        "",
        "## 1.1.0",
        "",
        f"- withdrawn `{two.id}` (openai images.edit), 2026-11-29: a proxy answered",
        f"- changed `{one.id}` (openai images.edit)",
        "",
        "## 1.0.1",
        "",
    ]
    assert lines[9] == f"- added `{three.id}` (openai images.edit)"


def test_the_wheel_is_sound_and_needs_nothing(shipped):
    (wheel,) = shipped.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (record,) = (name for name in archive.namelist() if name.endswith("RECORD"))
        rows = list(csv.reader(io.StringIO(archive.read(record).decode("utf-8"))))
        assert {row[0] for row in rows} == set(archive.namelist())
        for name, digest, size in rows:
            if name != record:
                data = archive.read(name)
                sha = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={sha}", len(data))
        assert b"Requires-Dist" not in archive.read(record.replace("RECORD", "METADATA"))
    program = "import upload_matrix_facts as facts; print(facts.load()['release'], facts.schema()['title'])"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(wheel)!r}); {program}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "1.0.0 upload-matrix registry\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_node_requires_the_folder(shipped):
    program = f"const registry = require({json.dumps(str(shipped / 'npm'))}); console.log(registry.release)"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    assert done.stdout == "1.0.0\n"
    package = json.loads((shipped / "npm" / "package.json").read_text("utf-8"))
    assert package["version"] == "1.0.0"
    assert all((shipped / "npm" / name).is_file() for name in (*package["files"], package["types"]))


def test_types_are_made_of_the_schema():
    schema = {
        "properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/Kind"}}, "b": {"const": 1}},
        "required": ["a"],
        "$defs": {"Kind": {"enum": ["x", "y"], "description": "Two words."}},
    }
    assert declarations(schema).splitlines() == [
        "declare namespace registry {",
        "  /** Two words.",
        "   */",
        '  type Kind = "x" | "y";',
        "  interface Registry {",
        "    a: Array<Kind>;",
        "    b?: 1;",
        "  }",
        "}",
        "declare const registry: registry.Registry;",
        "export = registry;",
    ]
    with pytest.raises(ValueError, match="no TypeScript for"):
        declarations({"properties": {"a": {"type": "whatever"}}})


def test_a_folder_with_another_index_is_left_alone(tmp_path):
    (tmp_path / "index.json").write_text('{"mine": 1}', "utf-8")
    assert "index.json: no registry of upload-matrix" in export(tmp_path, code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["index.json"]


def test_two_answers_to_one_declaration_are_a_contest():
    yes, no = fact(), fact(status=400)
    (found,) = contests([yes, no, fact(model="gpt-image-2", status=400), fact(declared=None, status=400)])
    assert (found.side(Fate.ACCEPTED), found.side(Fate.REJECTED)) == ((yes,), (no,))
    # Another cause, or another file of the same request, speaks against nothing.
    assert contests([yes, fact(status=401), fact(status=400, about_file=None)]) == ()


def test_disputed_facts_are_listed_with_both_sides():
    done = CliRunner().invoke(commands, ["facts", "openai", "images.edit", "--disputed", "--json"])
    statuses = {json.loads(line)["status"] for line in done.output.splitlines()}
    assert statuses == {200, 400}
    other = CliRunner().invoke(commands, ["facts", "opnai"])
    assert (other.exit_code, "did you mean 'openai'" in other.output) == (2, True)
