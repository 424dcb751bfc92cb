"""What a run's live answers cost: usage and prices in the report, each answer once, the unknown as unknown."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import jsonschema
import pytest
from ab_runs import EMULATED, NO, USED, YES, edit, generate, rounds, run_of

from upload_matrix.cli.schema import written_schema
from upload_matrix.judge.cost import run_cost, used_lines
from upload_matrix.model.answer import Answer, Exchange, Provenance, Source, Supply
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.price import Price, PriceTable, Usage
from upload_matrix.recordings.redactor import DEFAULT
from upload_matrix.report import json_report, markdown
from upload_matrix.report.text import summary
from upload_matrix.run.session import attempt_of
from upload_matrix.spending.tables import load_prices
from upload_matrix.wire.form import Captured

PRICE = Price(
    ("gpt-image-1",), "somebody", date(2026, 11, 22), table="mine",
    text_in=Decimal(5), image_in=Decimal(10), text_out=Decimal(7), image_out=Decimal("40.5"),
)  # fmt: skip
OTHER = Price(("*",), "nobody", date(2026, 1, 1), note="not known")


def live(**facts):
    """Two variants that send the same request twice, one that is rejected, and a control."""
    return run_of(
        rounds("n/a", generate(), YES, YES, usage=Usage(text_in=5, image_out=272)),
        rounds("handle", edit(), YES, YES, usage=USED),
        rounds("tuple", edit(), YES, YES, usage=USED),
        rounds("bytes", edit("application/octet-stream"), NO, NO),
        **facts,
    )


EACH = (25 * 5 + 194 * 10 + 272 * Decimal("40.5")) / Decimal(1_000_000)
CONTROL = (5 * 5 + 272 * Decimal("40.5")) / Decimal(1_000_000)


def test_an_answer_counts_once_however_many_read_it():
    found = run_cost(live(prices=(PRICE,)))
    assert found.total.calls == 6
    assert found.total.money.amount == 2 * EACH + 2 * CONTROL
    costs = {each.variant: (each.cost.money.amount, each.cost.calls, each.shared) for each in found.variants}
    assert costs == {
        "m": (2 * CONTROL, 2, 0),
        "m/handle": (2 * EACH, 2, 2),
        "m/tuple": (2 * EACH, 2, 2),
        # Turned away: no picture was made.
        "m/bytes": (0, 2, 0),
    }


def test_text_output_and_cached_input_are_counted_by_their_own_rates():
    usage = Usage(text_in=100, cached_text_in=40, text_out=10, image_out=100)
    run = run_of(rounds("tuple", edit(), YES, usage=usage))
    price = replace(PRICE, cached_text_in=Decimal(1))
    found = run_cost(replace(run, prices=(price,)))
    assert found.total.money.amount == (500 + 40 + 70 + 4050) / Decimal(1_000_000)


def test_without_a_price_it_is_unknown_and_never_nothing():
    found = run_cost(live())
    assert (found.total.money.known, found.total.money.unknown, found.total.per_call) == (0, 4, None)
    text = markdown.render(live())
    assert "No price table has a line for these models" in text
    assert "| **together** | 6 |" in text
    assert "4 of unknown price" in text


def test_answers_that_do_not_say_what_they_used_are_of_unknown_price_in_every_report():
    run = run_of(rounds("tuple", edit(), YES, YES), prices=(PRICE,))
    assert run_cost(run).total.money.unknown == 2
    assert "unknown for 2 live answers" in summary(run)
    assert "| **together** | 2 | unknown | unknown | no tokens |" in markdown.render(run)
    assert json.loads(json_report.dump(run))["cost"]["total"] | {"usage": None} == {
        "calls": 2, "usd": "0", "unknown": 2, "metered": 0, "usage": None,
    }  # fmt: skip


def test_emulated_answers_have_no_cost_and_no_section():
    run = run_of(rounds("tuple", edit(), YES, YES, source=EMULATED))
    assert run_cost(run) is None
    assert "## Cost" not in markdown.render(run)
    assert '"cost"' not in json_report.dump(run)
    assert "cost" not in summary(run)


def test_only_the_lines_that_were_used_go_into_the_report():
    table = PriceTable((PRICE, OTHER, replace(PRICE, source="later")))
    assert used_lines(live(), table) == (PRICE,)
    assert used_lines(run_of(rounds("tuple", edit(), YES, source=EMULATED)), table) == ()


def test_the_report_holds_usage_prices_and_what_follows_and_reads_back():
    run = live(prices=(PRICE,), controls=("m",))
    text = json_report.dump(run)
    document = json.loads(text)
    jsonschema.validate(document, written_schema("report"))
    assert document["cost"]["total"]["usd"] == f"{(2 * EACH + 2 * CONTROL).normalize():f}"
    assert document["prices"][0]["image_out"] == "40.5"
    assert document["repetitions"][0]["control"] is True
    assert json_report.load(text, "r.json") == run
    document["prices"][0]["image_out"] = "much"
    with pytest.raises(ConfigurationError, match=r"r\.json: .* 'much' at prices\[0\]\.image_out"):
        json_report.load(json.dumps(document), "r.json")


def test_a_run_without_any_of_this_has_none_of_its_keys():
    run = run_of(rounds("tuple", edit(), YES, source=EMULATED))
    assert not {"cost", "prices", "repetitions", "controls"} & json.loads(json_report.dump(run)).keys()


def test_markdown_and_terminal_name_sum_date_and_source():
    text = markdown.render(live(prices=(PRICE,)))
    assert "## Cost" in text
    assert "table mine as of 2026-11-22, source: somebody" in text
    assert "25 text in, 194 image in" not in text
    assert "50 text in, 388 image in, 544 image out" in text
    assert "for 6 live answers" in summary(live(prices=(PRICE,)))


def test_the_shipped_table_prices_what_is_sent():
    run = live()
    run = replace(run, prices=used_lines(run, load_prices()))
    assert [line.models[0] for line in run.prices] == ["gpt-image-1"]
    assert run_cost(run).total.money.unknown == 0


@pytest.mark.parametrize(
    ("provenance", "status", "usage"),
    [
        (Provenance.LIVE, 200, Usage(text_in=25, image_in=194, image_out=272)),
        (Provenance.EMULATED, 200, None),
        (Provenance.LIVE, 400, None),
    ],
)
def test_an_attempt_keeps_what_a_live_answer_used(provenance, status, usage):
    body = {"data": [], "usage": {"input_tokens": 219, "output_tokens": 272,
            "input_tokens_details": {"text_tokens": 25, "image_tokens": 194}}}  # fmt: skip
    answer = Answer(status, (), json.dumps(body).encode(), Source("vendor", provenance, Supply.RECORDED))
    request = Captured(b"", (), b"", edit(), complete=True)
    assert attempt_of(Exchange(1, request, answer), DEFAULT).usage == usage
