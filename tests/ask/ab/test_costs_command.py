"""``upload-matrix costs``: prices with their sources, two ways side by side, and the books."""

import json
from decimal import Decimal
from pathlib import Path

from click.testing import CliRunner

from upload_matrix.cli import commands
from upload_matrix.model.plan import AttemptEnd
from upload_matrix.model.price import Usage
from upload_matrix.spending import Ledger


def costs(*arguments, code=0):
    done = CliRunner().invoke(commands, ["costs", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.output


def test_prices_are_dated_and_sourced_and_the_unknown_is_unknown():
    text = costs()
    assert "as of" in text
    assert "gpt-image-2.6-*: the vendor's model page (table openai as of 2026-11-22)" in text
    line = next(line for line in text.splitlines() if line.startswith("  gpt-image-2 and"))
    assert "unknown" in line
    assert "$0.00" not in line


def test_the_field_reports_two_ways_side_by_side():
    text = costs()
    rows = {line.split("  ")[1]: line.split() for line in text.splitlines() if line.startswith("  ")}
    assert rows["calls"][-2:] == ["2", "1"]
    assert rows["reported, about"][-2:] == ["$0.017", "$0.015"]
    assert rows["computed"][-1] == "$0.012945"
    assert "and 1 of unknown price" in text
    assert "25 text in, 194 image in, 272 image out, reported" in text
    document = json.loads(costs("--json"))
    assert [recipe["calls_of_unknown_price"] for recipe in document["recipes"]] == [1, 0]
    assert document["recipes"][0]["steps"][0]["usd"] is None


def test_another_model_and_a_table_of_ones_own(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "name: own\nas_of: 2026-10-01\nprices:\n  - {models: [house], per_call: 0.02, source: the house}\n"
    )
    document = json.loads(costs("--prices", str(tmp_path), "--model", "house", "--json"))
    assert document["as_if_with"] == "house"
    assert document["prices"][0]["per_call"] == "0.02"
    assert document["recipes"][1]["computed_usd"] == "0.02"
    assert "$0.02 a call" in costs("--prices", str(tmp_path))
    assert "no price table has a line for it" in costs("--model", "house", code=2)


def test_a_ledgers_runs_and_calls(tmp_path):
    path = tmp_path / "books.sqlite"
    with Ledger(path) as ledger:
        first = ledger.open_run(budget=Decimal("0.5"), label="record")
        number = ledger.reserve(first, "vendor", "gpt-image-1", "aa", Decimal("0.1"))
        used = Usage(text_in=25, image_out=272)
        ledger.settle(number, Decimal("0.011"), AttemptEnd(status=200, seconds=1.5, usage=used))
        ledger.reserve(first, "vendor", "gpt-image-1", "bb", Decimal("0.2"), sample=2)
        second = ledger.open_run(max_calls=3)
    text = costs("--ledger", str(path))
    lines = text.splitlines()
    assert len(lines) == 2
    assert "2 calls" in lines[0]
    assert "counted at $0.211" in lines[0]
    assert "budget $0.50" in lines[0]
    assert "1 not settled, counted at $0.20" in lines[0]
    assert "at most 3 calls" in lines[1]
    detailed = costs("--ledger", str(path), "--calls")
    assert "25 text in, 272 image out" in detailed
    assert second in detailed
    alone = costs("--ledger", str(path), "--run", first)
    assert second not in alone
    assert "open" in alone
    document = json.loads(costs("--ledger", str(path), "--calls", "--json"))
    assert [run["counted_usd"] for run in document["runs"]] == ["0.211", "0"]
    assert [call["sample"] for call in document["runs"][0]["entries"]] == [1, 3]


def test_looking_at_a_ledger_that_is_not_there_makes_none(tmp_path):
    path = tmp_path / "none.sqlite"
    assert "there is no such file" in costs("--ledger", str(path), code=2)
    assert not path.exists()
    assert "no run 'x'" in costs_of_empty(tmp_path)
    assert "--run and --calls go with --ledger" in costs("--calls", code=2)


def costs_of_empty(folder: Path) -> str:
    path = folder / "empty.sqlite"
    Ledger(path).close()
    assert costs("--ledger", str(path)) == "the ledger holds no run\n"
    return costs("--ledger", str(path), "--run", "x", code=2)
