from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.price import BEYOND, from_nanos, parse_money, plain, shown, to_nanos, total

AMOUNTS = st.decimals(min_value=0, max_value=100_000, allow_nan=False, allow_infinity=False, places=12)


@pytest.mark.parametrize(
    ("text", "amount"), [("0.50", "0.5"), ("$0.50", "0.5"), (" 3 ", "3"), ("0", "0"), ("1e2", "100")]
)
def test_an_amount_is_read_exactly(text, amount):
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "free", "-1", "NaN", "Infinity", "1,50", "1000001", "$$1"])
def test_what_is_no_amount_is_named_with_the_way_out(text):
    with pytest.raises(ConfigurationError, match=r"--budget: .* such as 0\.50"):
        parse_money(text, "--budget")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, "unknown"),
        ("0", "$0.00"),
        ("0.5", "$0.50"),
        ("0.012945", "$0.012945"),
        ("0.0000001", "$0.000001"),
        ("12", "$12.00"),
        ("1E+2", "$100.00"),
    ],
)
def test_amounts_are_shown_to_the_cent_and_below_and_never_as_less(amount, words):
    assert shown(None if amount is None else Decimal(amount)) == words


def test_unknown_is_counted_and_never_added_as_zero():
    summed = total([Decimal("0.10"), None, Decimal("0.20"), None])
    assert (summed.known, summed.unknown, summed.amount) == (Decimal("0.3"), 2, None)
    assert str(summed) == "$0.30 and 2 of unknown price"
    assert (total([]).amount, str(total([Decimal(1)]))) == (0, "$1.00")


@given(AMOUNTS)
def test_storing_never_makes_an_amount_smaller_nor_much_larger(amount):
    back = from_nanos(to_nanos(amount))
    assert amount <= back < amount + Decimal("0.000000001")
    assert to_nanos(back) == to_nanos(amount)


@given(AMOUNTS)
def test_one_amount_has_one_spelling(amount):
    assert str(plain(amount)) == str(plain(amount.normalize()))
    assert plain(amount) == amount


def test_an_absurd_amount_is_kept_as_more_than_any_budget():
    assert from_nanos(to_nanos(Decimal(10) ** 30)) == BEYOND


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity"])
def test_what_is_no_amount_is_never_stored(amount):
    with pytest.raises(HarnessError):
        to_nanos(Decimal(amount))
