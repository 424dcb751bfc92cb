from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_matrix.model.price import Price, PriceTable, Usage, cost, is_upper_bound, spent_on
from upload_matrix.spending.tables import load_prices

TABLE = load_prices()
TOKENS = st.integers(0, 10_000_000)
USAGES = st.builds(
    Usage,
    text_in=TOKENS,
    image_in=TOKENS,
    cached_text_in=TOKENS,
    cached_image_in=TOKENS,
    image_out=TOKENS,
)


def line(*models, **words):
    return Price(models=models, source="a test", as_of=date(2026, 1, 1), **words)


def first():
    return TABLE.price("gpt-image-1", "images.edit")


def test_a_usage_is_priced_exactly():
    assert cost(Usage(text_in=25, image_in=194, image_out=272), first()) == Decimal("0.012945")


def test_text_output_has_a_rate_of_its_own():
    price = TABLE.price("gpt-image-1.5", "images.edit")
    assert cost(Usage(text_out=1000), price) == Decimal("0.01")
    assert cost(Usage(image_out=1000), price) == Decimal("0.032")


@pytest.mark.parametrize(
    ("usage", "price"),
    [
        (None, first()),
        (Usage(text_in=1), None),
        (Usage(text_in=1), TABLE.price("gpt-image-2", "images.edit")),
        (Usage(text_out=1), first()),
        (Usage(text_in=1, unsorted=1), first()),
    ],
    ids=["no usage", "no price", "price unknown", "no rate for a kind", "a kind nobody knows"],
)
def test_an_unknown_cost_is_none_and_never_zero(usage, price):
    assert cost(usage, price) is None


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        (200, None),
        (302, None),
        (400, 0),
        (401, 0),
        (404, 0),
        (429, 0),
        (500, None),
        (503, None),
        (None, None),
    ],
)
def test_without_a_usage_only_a_rejected_request_costs_nothing(status, counts):
    assert spent_on(status, None, first()) == counts
    assert spent_on(status, Usage(text_in=25, image_in=194, image_out=272), first()) == Decimal("0.012945")


def test_a_kind_without_a_rate_does_not_matter_while_there_is_none_of_it():
    assert cost(Usage(), first()) == 0


def test_cached_tokens_have_their_rate_or_count_in_full_and_say_so():
    usage = Usage(cached_text_in=1_000_000)
    assert (cost(usage, first()), is_upper_bound(usage, first())) == (Decimal("1.25"), False)
    full = TABLE.price("gpt-image-2.6-flare", "images.edit")
    assert (cost(usage, full), is_upper_bound(usage, full)) == (Decimal(5), True)


def test_a_price_per_call_is_the_price_of_everything():
    flat = line("whisper-1", operations=("audio.*",), per_call=Decimal("0.006"))
    assert cost(None, flat) == cost(Usage(unsorted=9), flat) == Decimal("0.006")
    assert not is_upper_bound(Usage(cached_text_in=1), flat)


@given(USAGES, USAGES)
def test_costs_add_up_as_their_tokens_do(one, other):
    assert cost(one + other, first()) == cost(one, first()) + cost(other, first())


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-image-1", True),
        ("gpt-image-1-2025-04-23", True),
        ("gpt-image-1-mini", True),
        ("gpt-image-1.5", True),
        ("gpt-image-2", False),
        ("gpt-image-2-2026-04-21", False),
        ("gpt-image-2.5-sunburst", True),
        ("gpt-image-2.6-flare", True),
        ("chatgpt-image-latest", False),
        ("dall-e-2", False),
        (None, False),
    ],
)
def test_the_models_whose_price_is_known(model, known):
    price = TABLE.price(model, "images.edit")
    assert (price is not None and price.known) is known


@pytest.mark.parametrize("operation", ["audio.transcriptions", "files.create", None])
def test_other_operations_have_no_price_unless_given_one(operation):
    assert TABLE.price("gpt-image-1", operation) is None
    priced = PriceTable((line("*", operations=("*",), per_call=Decimal(0)), *TABLE.lines))
    assert priced.price(None, operation).per_call == 0


def test_the_first_line_that_fits_counts():
    own = line("gpt-image-*", targets=("gateway",), image_out=Decimal(1))
    table = PriceTable((own, *TABLE.lines))
    assert table.price("gpt-image-1", "images.edit", "gateway") is own
    assert table.price("gpt-image-1", "images.edit", "openai").image_out == 40


@pytest.mark.parametrize(
    ("model", "rates"),
    [
        ("gpt-image-1", (5, 10, 40, None)),
        ("gpt-image-1-mini", (2, "2.50", 8, None)),
        ("gpt-image-1.5", (5, 8, 32, 10)),
        ("gpt-image-2.5-flare", (5, 8, 30, None)),
        ("gpt-image-2.6-sunburst", (5, 8, 30, None)),
    ],
)
def test_the_rates_that_are_shipped(model, rates):
    price = TABLE.price(model, "images.generate")
    found = (price.text_in, price.image_in, price.image_out, price.text_out)
    assert found == tuple(None if rate is None else Decimal(rate) for rate in rates)
    assert (price.as_of, bool(price.source)) == (date(2026, 11, 22), True)
