"""``upload-matrix facts contribute``, ``merge`` and ``withdraw``: facts of live answers, nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from cassette_wires import TODAY, edit, emulated, file, library, live, live_library, text
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.schema import written_schema
from upload_matrix.facts.bundle import Bundle, anonymous
from upload_matrix.facts.fact import Grade, SaidError, named
from upload_matrix.facts.read import of_file
from upload_matrix.model.codec import chunks, decode

ROOT = Path(__file__).parents[2]
CANARY = "sk-" + "canary0123456789" * 2
SECRET_NAME = "Invoice of Mrs Canary.png"
ANSWER = json.dumps(
    {
        "error": {
            "type": "invalid_request_error",
            "code": "unsupported_file_mimetype",
            "param": "image",
            "message": f"Invalid file 'image': {SECRET_NAME} and 'a prompt of mine' are unsupported, key {CANARY}",
        }
    }
).encode()


def cli(*arguments, code=0):
    done = CliRunner().invoke(commands, ["facts", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "root").mkdir()
    return tmp_path


@pytest.fixture
def bundle(here):
    """A bundle of one recorded live answer."""
    upload = file("image", SECRET_NAME, "application/octet-stream", asset=None)
    wire = edit(text("model", "gpt-image-1"), text("prompt", "a prompt of mine"), upload)
    live_library(here / "cassettes").reply(wire, lambda: live(ANSWER))
    output = cli("contribute", "cassettes")
    assert "openai images.edit: webp as generic by multipart, 400 unsupported_file_mimetype" in output
    assert "✓ 1 fact in facts-bundle.json; nothing was sent" in output
    return here / "facts-bundle.json"


def changed(bundle, **changes):
    found = decode(Bundle, json.loads(bundle.read_text("utf-8")))
    facts = tuple(named(replace(fact, **changes)) for fact in found.facts)
    bundle.write_text("".join(chunks(replace(found, facts=facts))), "utf-8")


def test_a_bundle_says_what_was_seen_and_nothing_of_the_user(bundle):
    data = json.loads(bundle.read_text("utf-8"))
    jsonschema.validate(data, written_schema("facts-bundle"))
    (fact,) = data["facts"]
    assert (fact["grade"], fact["recorded"], fact["filename"]) == (
        "contributed",
        f"{TODAY:%Y-%m}",
        "<name>.png",
    )
    assert (fact["declared"], fact["sniffed"], fact["bytes"], fact["status"]) == ("generic", "webp", 150, 400)
    assert fact["error"]["message"].startswith("Invalid file 'image': <name> and '...' are unsupported")
    for word in (CANARY, "Mrs", "a prompt of mine"):
        assert word not in bundle.read_text("utf-8")


def test_merging_adds_once_and_the_registry_speaks_of_it(bundle, here):
    output = cli("merge", bundle, "--into", "root")
    assert "✓ 1 added, 0 known, 0 withdrawn before" in output
    (fact,) = of_file(here / "root" / "openai" / "evidence" / "images.edit.jsonl")
    assert f"added {fact.id} (openai images.edit)" in output
    # The maintainer learns at once that the emulator has it otherwise: it took gpt-image-1 off before.
    assert (
        "✗ 0 of 1 fact that a profile speaks of agree, 0 disputed, 1 that nothing but the profile" in output
    )
    assert "✓ 0 added, 1 known, 0 withdrawn before" in cli("merge", bundle, "--into", "root")


def test_what_was_withdrawn_stays_with_its_reason_and_is_not_added_again(bundle, here):
    cli("merge", bundle, "--into", "root")
    path = here / "root" / "openai" / "evidence" / "images.edit.jsonl"
    (fact,) = of_file(path)
    words = ["--reason", "a proxy answered", "--on", "2026-11-29", "--into", "root"]
    assert f"✓ {fact.id} (openai images.edit) counts no more, 2026-11-29" in cli(
        "withdraw", fact.id[:6], *words
    )
    (gone,) = of_file(path)
    assert (gone.id, gone.withdrawn.reason, gone.withdrawn.on) == (
        fact.id,
        "a proxy answered",
        date(2026, 11, 29),
    )
    assert f"left out {fact.id}: withdrawn, a proxy answered" in cli("merge", bundle, "--into", "root")
    assert of_file(path) == (gone,)
    assert "was withdrawn on 2026-11-29: a proxy answered" in cli("withdraw", fact.id, *words, code=2)
    assert "no one fact is called 'zzzz'" in cli("withdraw", "zzzz", *words, code=2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"grade": Grade.MEASURED}, "is no contribution"),
        ({"filename": "mine.png"}, "holds what is its user's own"),
        ({"model": "ft:gpt-4o:acme::1"}, "holds what is its user's own"),
        ({"vendor": "../../etc"}, "has no vendor and operation that can be kept"),
        ({"operation": "../x"}, "has no vendor and operation that can be kept"),
        ({"recorded": None}, "does not say when it was seen"),
        ({"error": SaidError(message=f"no {CANARY}")}, "holds what looks like a key"),
    ],
)
def test_a_bundle_that_does_not_hold_the_rules_is_refused_whole(bundle, here, changes, says):
    changed(bundle, **changes)
    assert says in cli("merge", bundle, "--into", "root", code=2)
    assert list((here / "root").iterdir()) == []


def test_a_bundle_changed_by_hand_is_refused(bundle):
    bundle.write_text(bundle.read_text("utf-8").replace('"status": 400', '"status": 401'), "utf-8")
    assert "it was changed by hand" in cli("merge", bundle, "--into", "root", code=2)
    bundle.write_text("[]", "utf-8")
    assert "no bundle of facts" in cli("merge", bundle, "--into", "root", code=2)


def test_emulated_answers_are_refused(here):
    library(here / "cassettes").reply(edit(), emulated)
    assert "all answers are emulated" in cli("contribute", "cassettes", code=2)
    assert "all answers are emulated" in cli("contribute", ROOT / "reports" / "example.json", code=2)


def test_a_run_against_a_live_target_can_be_contributed(here):
    """The report of the field report's matrix, as if the vendor had given its answers."""
    report = json.loads((ROOT / "reports" / "example.json").read_text("utf-8"))
    for case in report["cases"]:
        for attempt in case.get("attempts", ()):
            attempt.pop("rule", None)
            source = {
                "target": "openai",
                "provenance": "live",
                "supply": "recorded",
                "recorded_on": "2026-11-20",
            }
            attempt["source"] = source if "source" in attempt else None
    (here / "run.json").write_text(json.dumps(report), "utf-8")
    cli("contribute", "run.json")
    found = decode(Bundle, json.loads((here / "facts-bundle.json").read_text("utf-8")))
    assert found.versions["openai"]
    assert {fact.recorded for fact in found.facts} == {"2026-11"}
    assert {fact.sources[0].entry for fact in found.facts} <= set(report["wire_forms"])
    assert "✓" in cli("merge", "facts-bundle.json", "--into", "root")


def test_whose_server_it_was_has_to_be_known(here):
    mine = replace(live(), source=replace(live().source, target="mine"))
    library(here / "cassettes", target="mine").reply(edit(), lambda: mine)
    assert "left out: 1: no target is called mine" in cli("contribute", "cassettes", code=3)


def test_a_deployments_name_is_its_users_own(bundle):
    (fact,) = decode(Bundle, json.loads(bundle.read_text("utf-8"))).facts
    path = "/openai/deployments/acme-secret/images/edits"
    clean = anonymous(replace(fact, path=path, model="acme-secret"))
    assert (clean.path, clean.model) == ("/openai/deployments/{...}/images/edits", None)
