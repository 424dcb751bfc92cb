"""Facts: what the vendors' folders hold, and how a line is read."""

from __future__ import annotations

import json
import shutil

import jsonschema
import pytest

from upload_matrix import vendors
from upload_matrix.cli.schema import written_schema
from upload_matrix.facts.fact import Fact, Fate, Grade, named
from upload_matrix.facts.read import (
    all_facts,
    found,
    of_data,
    of_file,
    of_vendor,
    vendors_with_facts,
    written,
)
from upload_matrix.model.codec import MalformedError, decode
from upload_matrix.model.errors import ConfigurationError

OBSERVED = {
    "source": "somebody/tapes spec/a file.yml#3",
    "commit": "0123456789abcdef",
    "recorded": "2026-06",
    "vendor": "openai",
    "method": "POST",
    "path": "/v1/images/edits",
    "operation": "images.edit",
    "model": None,
    "carrier": "multipart",
    "place": "image",
    "filename": "room.png",
    "declared_type": None,
    "sniffed": "png",
    "bytes": 9,
    "field_array": False,
    "media_in_request": 1,
    "status": 200,
    "error": None,
    "input_tokens_of_media": {"image": 3},
    "delivered": True,
    "count": 4,
    "sources": ["somebody/tapes spec/a file.yml#3 @0123456789"],
    "repos": 1,
}


def test_every_committed_fact_fits_the_schema_and_names_who_says_so():
    validator = jsonschema.Draft202012Validator(written_schema("fact"))
    paths = sorted(vendors.ROOT.glob("*/evidence/*.jsonl"))
    assert len(paths) > 50
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            validator.validate(json.loads(line))
    for fact in all_facts():
        first = fact.sources[0]
        assert first.repository
        assert first.path
        if fact.grade is Grade.RECORDED:
            assert first.commit
            assert all(source.licence for source in fact.sources)


def test_a_file_of_facts_is_one_operation_of_one_vendor_and_written_as_it_is_read():
    for path in vendors.ROOT.glob("*/evidence/*.jsonl"):
        facts = of_file(path)
        assert {(fact.vendor, fact.operation) for fact in facts} == {(path.parent.parent.name, path.stem)}
        assert "".join(written(facts)) == path.read_text("utf-8")


def test_no_two_facts_have_one_id():
    facts = all_facts()
    assert len({fact.id for fact in facts}) == len(facts) > 769
    assert sum(fact.grade is Grade.RECORDED for fact in facts) == 769


def test_a_vendor_may_have_facts_and_nothing_else():
    assert {"anthropic", "openai", "zhipu"} <= set(vendors_with_facts())
    assert not (vendors.ROOT / "zhipu" / "vendor.yaml").exists()
    assert len(of_vendor("zhipu")) == 1
    assert of_vendor("nobody") == ()


def test_absent_empty_and_generic_are_three_words():
    assert of_data({**OBSERVED, "declared_type": "application/octet-stream"}).declared == "generic"
    declared = {
        sent: of_data({**OBSERVED, "declared_type": sent}).declared
        for sent in (None, "", "generic", "image/png")
    }
    assert declared == {None: "absent", "": "empty", "generic": "generic", "image/png": "image/png"}


@pytest.mark.parametrize("lost", [{"place": None, "filename": None}, {"declared_recorded": False}])
def test_what_the_recorder_dropped_is_not_called_absent(lost):
    assert of_data({**OBSERVED, **lost}).declared is None


def test_an_observation_becomes_a_fact_with_its_source_in_parts():
    fact = of_data(OBSERVED)
    source = fact.sources[0]
    assert (source.repository, source.path, source.entry) == ("somebody/tapes", "spec/a file.yml", "3")
    assert source.commit == "0123456789abcdef"
    assert (fact.grade, fact.verdict, fact.model, fact.count) == (
        Grade.RECORDED,
        Fate.ACCEPTED,
        "absent",
        4,
    )
    assert of_data(json.loads(next(written((fact,))))) == fact


def test_a_day_tells_the_month():
    assert of_data({**OBSERVED, "recorded": "2026-06-09"}).recorded == "2026-06"


def test_an_id_stays_when_a_fact_is_seen_again_and_changes_with_what_it_says():
    fact = of_data(OBSERVED)
    assert of_data({**OBSERVED, "count": 9, "recorded": "2026-07"}).id == fact.id
    assert of_data({**OBSERVED, "declared_type": ""}).id != fact.id
    assert found(fact.id[:4], (fact,)) == (fact,)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Fate.ACCEPTED),
        ({"delivered": False}, Fate.IGNORED),
        ({"status": 400, "error": {"message": "no"}}, Fate.REJECTED),
        ({"status": 400, "error": {"message": "no"}, "about_file": False}, Fate.FAILED),
        ({"status": 401, "error": {"message": "no"}}, Fate.FAILED),
        ({"status": 529, "error": {"message": "no"}}, Fate.FAILED),
    ],
)
def test_what_became_of_an_upload(changes, verdict):
    assert of_data({**OBSERVED, **changes}).verdict is verdict


def test_a_fact_changed_by_hand_is_refused(tmp_path):
    path = tmp_path / "facts.jsonl"
    line = next(written((of_data(OBSERVED),)))
    path.write_text(line.replace('"status": 200', '"status": 400'), "utf-8")
    with pytest.raises(
        ConfigurationError, match=r"facts\.jsonl:1: .* is really \w{8}: it was changed by hand"
    ):
        of_file(path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[]", "is no object"),
        ("{", "Expecting property name"),
        ("{}", "has no 'id'"),
        ('{"source": 7}', "wrong value at source"),
        (json.dumps({**OBSERVED, "status": "fine"}), "wrong value 'fine' at status"),
    ],
)
def test_a_line_that_is_no_fact_is_named(tmp_path, line, says):
    path = tmp_path / "facts.jsonl"
    path.write_text(json.dumps(OBSERVED) + "\n" + line + "\n", "utf-8")
    with pytest.raises(ConfigurationError, match=rf"facts\.jsonl:2: .*{says}"):
        of_file(path)


def test_a_fact_without_a_source_is_none():
    with pytest.raises(MalformedError, match="has no source"):
        of_data({"id": "", "vendor": "v", "operation": "o", "grade": "reported", "sources": []})


def test_a_withdrawn_fact_stays_in_its_file_and_counts_no_more(tmp_path, monkeypatch):
    folder = tmp_path / "openai" / "evidence"
    folder.mkdir(parents=True)
    fact = of_data(OBSERVED)
    gone = decode(
        Fact,
        {
            **json.loads(next(written((fact,)))),
            "withdrawn": {"reason": "a proxy answered", "on": "2026-11-29"},
        },
    )
    assert named(gone).id == fact.id
    (folder / "images.edit.jsonl").write_text("".join(written((gone,))), "utf-8")
    monkeypatch.setattr(vendors, "ROOT", tmp_path)
    assert of_file(folder / "images.edit.jsonl") == (gone,)
    assert of_vendor("openai") == ()
    shutil.move(tmp_path / "openai", tmp_path / "other")
    with pytest.raises(ConfigurationError, match="a fact about openai among those about other"):
        of_vendor("other")
