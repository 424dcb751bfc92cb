"""``schema`` for everything that is written, and ``report`` for a gate's result."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.cli.schema import WRITTEN
from upload_matrix.judge.gate import Gate, Undecided
from upload_matrix.report import gate_report

ROOT = Path(__file__).resolve().parents[2]
FOUND = Gate("openai", ("3.0",), (), (Undecided("3.0", (), "it is unavailable: no wheel"),), 0)


def cli(*arguments, code=0):
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.output


@pytest.mark.parametrize("what", WRITTEN)
def test_every_schema_is_a_schema_with_an_address_of_its_own(what):
    document = json.loads(cli("schema", what))
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$id"].startswith("urn:upload-matrix:")
    assert document["additionalProperties"] is False


def test_the_schema_is_that_of_a_matrix_where_nothing_else_is_asked_for(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert cli("schema") == cli("schema", "matrix")
    assert cli("schema") != cli("schema", "gate")


def test_the_shipped_history_fits_the_schema_of_a_sweep():
    schema = json.loads(cli("schema", "sweep"))
    jsonschema.validate(json.loads((ROOT / "reports" / "history.json").read_text("utf-8")), schema)


def test_a_gates_result_is_rendered_again(tmp_path):
    file = tmp_path / "sweep.gate.json"
    file.write_text(gate_report.dump(FOUND), "utf-8")
    assert cli("report", str(file)) == gate_report.markdown(FOUND)
    assert cli("report", str(file), "--format", "json") == gate_report.dump(FOUND)
    cli("report", str(file), "--max-bytes", "60000", "-o", str(tmp_path / "issue.md"))
    assert (tmp_path / "issue.md").read_text("utf-8") == gate_report.markdown(FOUND)
    assert "json, markdown" in cli("report", str(file), "--format", "junit", code=2)


def test_the_page_of_a_gate_opens_with_its_verdict(tmp_path):
    file = tmp_path / "sweep.gate.json"
    file.write_text(gate_report.dump(FOUND), "utf-8")
    cli("report", str(file), "--format", "html", "-o", str(tmp_path / "gate.html"))
    text = (tmp_path / "gate.html").read_text("utf-8")
    assert "<title>3.0: nothing could be compared with the baseline · openai</title>" in text
    assert 'data-mood="open"' in text
    assert '<h2 id="undecided-title">Undecided</h2>' in text
    assert "<li><code>3.0</code>: it is unavailable: no wheel</li>" in text
