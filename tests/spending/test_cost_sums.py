from __future__ import annotations

from decimal import Decimal

from upload_matrix.judge.cost import by_variant, compared, priced, summed
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import Basis, Recipe, RecipeCall, Total, Usage
from upload_matrix.spending.tables import load_prices, load_recipes

TABLE = load_prices()
CENT = Decimal("0.01")


def call(wire, spent=CENT, **words):
    return CallRecord(target="openai", wire=wire, spent=spent, **words)


def test_a_run_is_the_sum_of_its_calls():
    usage = Usage(text_in=1, image_out=272)
    found = summed(
        [
            call("a", usage=usage, attempts=4, sent=3),
            call("b", usage=usage),
            call("c", Decimal(0), status=400),
        ]
    )
    assert (found.calls, found.attempts, found.metered) == (3, 5, 2)
    assert found.usage == Usage(text_in=2, image_out=544)
    assert found.money == Total(Decimal("0.02"))
    assert found.per_call == Decimal("0.02") / 3


def test_an_unknown_cost_makes_the_sum_unknown_and_not_smaller():
    found = summed([call("a"), call("b", None)])
    assert (found.money.known, found.money.unknown, found.money.amount, found.per_call) == (
        CENT,
        1,
        None,
        None,
    )
    assert summed([]).per_call is None


def test_variants_that_sent_the_same_are_answered_by_one_call():
    calls = [call("a"), call("a", sample=1), call("b")]
    sent = {"one": {("openai", "a")}, "two": {("openai", "a"), ("openai", "b")}, "three": {("openai", "z")}}
    one, two, three = by_variant(calls, sent)
    assert (one.variant, one.cost.calls, one.shared, one.cost.money.amount) == ("one", 2, 2, Decimal("0.02"))
    assert (two.cost.calls, two.shared, two.cost.money.amount) == (3, 2, Decimal("0.03"))
    assert (three.cost.calls, three.cost.money.amount) == (0, 0)
    assert summed(calls).money.amount == Decimal("0.03")


def test_another_target_is_another_call():
    calls = [call("a"), CallRecord(target="azure", wire="a", spent=Decimal(1))]
    (only,) = by_variant(calls, {"one": {("azure", "a")}})
    assert only.cost.money.amount == 1


def test_the_field_reports_two_ways_side_by_side():
    described, edited = (priced(recipe, TABLE) for recipe in load_recipes())
    assert (described.calls, edited.calls) == (2, 1)
    # The description's price is unknown, so the whole is, and what was reported stays what it is.
    assert (described.computed.amount, described.computed.unknown) == (None, 1)
    assert edited.computed.amount == Decimal("0.012945")
    assert described.recipe.reported > edited.recipe.reported
    assert compared([described, edited]) == (
        "describe and generate: 2 calls; reported about $0.017; computed $0.01238 for 1 of them; the rest is "
        "unknown, some tokens assumed",
        "direct edit: 1 call; reported about $0.015; computed $0.012945",
    )


def test_the_same_recipe_with_another_model():
    _, edited = load_recipes()
    assert priced(edited, TABLE, model="gpt-image-1-mini").computed.amount == Decimal("0.002711")
    assert priced(edited, TABLE, model="gpt-image-2").computed.amount is None


def test_a_recipe_of_which_nothing_is_known():
    blank = RecipeCall("guess", "images.edit", None, None, Basis.UNKNOWN, "nobody")
    one = priced(Recipe("riddle", "guess", (blank,), None, "nobody"), TABLE, model="gpt-image-1")
    assert compared([one]) == ("riddle: 1 call; computed nothing for 0 of them; the rest is unknown",)


def test_cached_tokens_without_a_rate_make_a_step_at_most():
    usage = Usage(cached_text_in=1000)
    cached = RecipeCall("edit", "images.edit", "gpt-image-1-mini", usage, Basis.REPORTED, "me")
    (step,) = priced(Recipe("r", "r", (cached,), None, "me"), TABLE).steps
    assert (step.at_most, step.money) == (True, Decimal("0.002"))
