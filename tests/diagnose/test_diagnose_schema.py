"""The published schemas of isolations and diagnoses fit what the commands write, and nothing else."""

import json

import jsonschema
import pytest
from click.testing import CliRunner
from few_cases import BAD, GOOD, MATRIX

from upload_matrix.cli import commands


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "few.yaml").write_text(MATRIX)

    def give(*words):
        return json.loads(CliRunner().invoke(commands, list(words)).stdout)

    return give


def case_id(ending):
    ids = CliRunner().invoke(commands, ["cases"]).output.split()
    return next(each for each in ids if each.endswith(ending.split("/", 1)[1]))


def check(document, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "nonsense": 1}, schema)


def test_an_isolation_is_as_its_schema_says(run):
    schema = run("schema", "isolation")
    check(run("isolate", case_id(BAD), case_id(GOOD), "--json"), schema)
    # One without a passing request given: what was tried to find it is told too.
    check(run("isolate", case_id(BAD), "--json", "--cassettes", "others"), schema)


def test_a_diagnosis_is_as_its_schema_says(run):
    schema = run("schema", "diagnosis")
    found = run("diagnose", case_id(BAD), "--no-releases", "--json")
    assert found["isolation"] is not None
    assert found["fix"] is not None
    check(found, schema)


def test_a_diagnosis_of_an_accepted_call_is_too(run):
    check(run("diagnose", case_id(GOOD), "--no-releases", "--json"), run("schema", "diagnosis"))
