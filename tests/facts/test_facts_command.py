"""``upload-matrix facts``: its answers and exit codes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import jsonschema
import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.emulator.agreement import Agreement, judged
from upload_matrix.emulator.profile import profile_names
from upload_matrix.facts.fact import Fact, FactSource, Grade, named
from upload_matrix.facts.handing import ways
from upload_matrix.facts.read import all_facts, format_of, of_data, written


def cli(*arguments, code=0):
    done = CliRunner().invoke(commands, ["facts", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_list_filters_and_prints_what_it_keeps():
    lines = cli(
        "list",
        "--vendor",
        "openai",
        "--operation",
        "images.edit",
        "--declared",
        "absent",
        "--accepted",
        "--json",
    )
    facts = [of_data(json.loads(line)) for line in lines.splitlines()]
    assert {(fact.vendor, fact.operation, fact.declared, fact.status) for fact in facts} == {
        ("openai", "images.edit", "absent", 200)
    }
    assert sum(fact.count for fact in facts) == 48
    assert "4 facts, seen 48 times" in cli(
        "list", "--vendor", "openai", "--operation", "images.edit", "--declared", "absent", "--accepted"
    )


def test_list_has_a_line_a_fact():
    lines = cli("list", "--vendor", "openai", "--rejected", "--model", "dall-e-*").splitlines()
    assert lines[0].split()[:3] == ["id", "vendor", "operation"]
    assert all(" 400 rejected" in line for line in lines[1:-1])
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--vendor", "opnai", "no fact is about the vendor 'opnai'; did you mean 'openai'?"),
        ("--operation", "images.edits", "did you mean 'images.edit'?"),
    ],
)
def test_a_word_that_no_fact_has_is_named_with_the_closest(option, value, says):
    assert says in cli("list", option, value, code=2)


def test_show_names_source_commit_licence_and_what_the_emulator_says():
    (fact,) = (
        each for each in all_facts() if each.operation == "images.variations" and each.declared == "generic"
    )
    shown = cli("show", fact.id)
    assert "DataDog/dd-trace-py" in shown
    assert "(Apache-2.0 or BSD-3-Clause)" in shown
    assert "contradict: accepted, and the profile rejects it" in " ".join(shown.split())
    assert json.loads(cli("show", fact.id, "--json"))["id"] == fact.id
    assert "no one fact is called 'zz'" in cli("show", "zz", code=2)


def test_check_counts_and_lists_every_contradiction():
    document = json.loads(cli("check", "--json"))
    jsonschema.validate(document, written_schema("facts-check"))
    facts = judged(all_facts())
    for word in Agreement:
        assert document[word.value] == sum(each.agreement is word for each in facts)
    assert document["contradict"] == document["disputed"] == len(document["contradictions"]) == 2
    assert document["agree"] / (document["agree"] + document["contradict"]) >= 0.98
    assert {each["disputed"] for each in document["contradictions"]} == {
        "disputed: 6 recordings accept this, 3 reports reject it"
    }
    text = cli("check", "--vendor", "openai")
    assert all(each["id"] in text for each in document["contradictions"])
    assert text.splitlines()[-1].startswith("✓ 202 of 204 facts")


@pytest.mark.skipif(sys.platform == "win32", reason="a Unix terminal")
@pytest.mark.parametrize(
    ("words", "noun"), [(("openai",), "vendors"), (("check",), "facts"), (("rules",), "profiles")]
)
def test_on_a_terminal_it_is_counted_how_far_it_is(words, noun):
    ours, theirs = os.openpty()
    environ = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    line = [sys.executable, "-m", "upload_matrix", "facts", *words]
    with subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=theirs, env={**environ, "TERM": "xterm"}
    ) as program:
        os.close(theirs)
        told = b""
        # A terminal whose other end is closed ends in an error.
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 65536):
                told += piece
    os.close(ours)
    assert program.returncode == 0
    assert re.search(rf"\d of [\d,]+ {noun}", told.decode())
    assert told.endswith(b"\r\x1b[K"), "the line is taken away"


def test_check_of_what_nobody_emulates_is_unresolved():
    assert "? no profile speaks of any of these facts" in cli("check", "--vendor", "groq", code=3)


def own(**changes):
    plain = {
        "source": "somebody/tapes a.yml#0", "commit": None, "recorded": "2026-02", "vendor": "openai",
        "method": "POST", "path": "/v1/files", "operation": "files.create", "model": None,
        "carrier": "multipart", "place": "file", "filename": "a.txt", "declared_type": "text/plain",
        "sniffed": "text", "bytes": 4, "field_array": False, "media_in_request": 1, "status": 200,
        "error": None, "input_tokens_of_media": None, "delivered": True, "count": 2, "repos": 1,
    }  # fmt: skip
    return json.dumps({**plain, **changes}) + "\n"


def test_check_of_a_file_from_elsewhere(tmp_path):
    path = tmp_path / "observations.jsonl"
    path.write_text(own() + own(vendor="acme") + "\n", "utf-8")
    document = json.loads(cli("check", str(path), "--json"))
    assert [document[each] for each in ("agree", "contradict", "silent")] == [1, 0, 1]


def test_a_contradiction_that_nothing_speaks_for_is_red(tmp_path):
    path = tmp_path / "observations.jsonl"
    path.write_text(own(bytes=0, sniffed="empty") + own(bytes=600 * 1024**2), "utf-8")
    text = cli("check", str(path), code=1)
    assert "file-too-large" in text
    # That an empty file is rejected was reported, so that one is disputed.
    assert "disputed: 2 recordings accept this, 1 report rejects it" in " ".join(text.split())
    assert text.splitlines()[-1].startswith("✗ 0 of 2 facts")
    assert "1 disputed, 1 that nothing but the profile contradicts" in text


def test_a_file_that_holds_no_facts_is_a_usage_error(tmp_path):
    path = tmp_path / "not.jsonl"
    path.write_text("nonsense\n", "utf-8")
    assert "not.jsonl:1:" in cli("check", str(path), code=2)


def test_our_own_lines_are_read_as_well(tmp_path):
    path = tmp_path / "facts.jsonl"
    mine = named(
        Fact("", "openai", "images.edit", Grade.REPORTED, (FactSource("a/b", "issues/1"),), status=200)
    )
    path.write_text("".join(written((mine,))), "utf-8")
    jsonschema.validate(json.loads(path.read_text("utf-8")), written_schema("fact"))
    assert json.loads(cli("check", str(path), "--json", code=3))["silent"] == 1


def test_rules_have_a_grade_each():
    rows = json.loads(cli("rules", "--json"))
    assert {row["profile"] for row in rows} == set(profile_names())
    assert all(row["grade"] for row in rows)
    by_id = {fact.id for fact in all_facts()}
    assert all(set(row[side]) <= by_id for row in rows for side in ("rejected", "accepted", "otherwise"))
    text = cli("rules", "openai-2026-02")
    assert "1 report has this answer, 5 reports another rejection" in " ".join(text.split())


PDF = b"%PDF-1.4\n"
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + bytes(30)


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("a.bin", PDF, "pdf"),
        ("a.png", WEBP, "webp"),
        ("a.csv", b"a,b\n", "csv"),
        ("a.md", b"hello", "text"),
        ("a.txt", b"", "empty"),
        ("a.dat", b"\xff\xfe\x00", "of no known format"),
    ],
)
def test_a_file_is_what_its_bytes_say(tmp_path, name, data, word):
    path = tmp_path / name
    path.write_bytes(data)
    assert format_of(path) == word


def test_the_best_way_to_hand_a_file_over_comes_first(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    found = json.loads(cli("for", str(path), "--vendor", "openai", "--json"))
    facts = [fact for fact in all_facts() if fact.vendor == "openai" and fact.sniffed == "pdf"]
    assert {way["operation"] for way in found} <= {fact.operation for fact in facts}
    uploads = [way for way in found if way["operation"] == "files.create"]
    assert [(way["declared"], way["rejected"]) for way in uploads] == [("application/pdf", 0), ("absent", 0)]
    assert uploads[0]["accepted"] == sum(
        fact.count
        for fact in facts
        if fact.operation == "files.create" and fact.declared == "application/pdf" and fact.status == 200
    )
    assert "vendors" in cli("for", str(path)).splitlines()[-1]


def test_a_way_that_something_speaks_against_stands_below_the_sound_one():
    plain = Fact(
        "",
        "v",
        "o",
        Grade.RECORDED,
        (FactSource("a/b", "c"),),
        carrier="multipart",
        sniffed="png",
        status=200,
    )
    bad = {"status": 400, "recorded": "2026-08"}
    facts = [
        replace(plain, declared="generic", recorded="2026-09", count=9),
        replace(plain, declared="generic", **bad),
        replace(plain, declared="image/png", recorded="2025-01", count=2),
        replace(plain, declared="absent", delivered=False, recorded="2026-09"),
        replace(plain, declared=None, recorded="2026-09"),
        replace(plain, declared="image/png", status=401),
    ]
    found = ways(facts, "png")
    assert [(way.declared, way.accepted, way.ignored, way.rejected, way.is_sound) for way in found] == [
        ("image/png", 2, 0, 0, True),
        ("generic", 9, 0, 1, False),
        ("absent", 0, 1, 0, False),
    ]
    assert (found[0].grade, found[0].newest, found[2].grade) == (Grade.RECORDED, "2025-01", None)


def test_a_file_of_which_nothing_is_known_is_unresolved(tmp_path):
    path = tmp_path / "a.dat"
    path.write_bytes(b"\xff\xfe\x00")
    assert "0 ways seen" in cli("for", str(path), code=3)
